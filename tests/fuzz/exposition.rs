//! What metrics endpoints answer. A byte says the format.

use annals_log::exposition::{Exposition, Format, Item, LABELS_MAX, Labels};
use annals_log::json::{Value, parse};

use crate::golden::fixture;

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let odd: [&[u8]; 5] = [
        b"\0# HELP a b\\\\c\\n\n# TYPE a histogram\na_bucket{le=\"+Inf\",} 1 -1\na-1\n\ta { b = \"\\\"\n}\" } NaN 12",
        b"\0#\xff\n{\"http.requests\",\"x y\"=\"\xc3\xa9\"}+Inf\n",
        b"\x01# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds \\\"\na_seconds_total 1 2.5\n# EOF\n",
        b"\x01a_total{b=\"c\"} 1 # {trace_id=\"d\",\"e.f\"=\"\"} 2 3.25\na_created 1520430000.123\n# EOF",
        b"\x01# TYPE a info\na_info{a=\"1\",b=\"2\"} 1\n# TYPE s stateset\ns{s=\"x\"} 0\n# EOF\n",
    ];
    let mut seeds: Vec<_> = odd.iter().map(|seed| seed.to_vec()).collect();
    for name in ["node_exporter-1.5.0.txt", "prometheus-2.42.0-self.txt"] {
        let body = std::fs::read(fixture("prometheus").join(name)).unwrap();
        // Lines enough for each kind of metric.
        seeds.push([&[0], &body[..6_000]].concat());
    }
    seeds
}

pub(crate) fn run(input: &[u8]) {
    let Some((first, body)) = input.split_first() else { return };
    let format = if first % 2 == 0 { Format::Text } else { Format::OpenMetrics };
    let lines = 1 + body.iter().filter(|byte| **byte == b'\n').count();
    let mut line_before = 0;
    let mut last_sample_line = None;
    let mut items = Exposition::of(body, format);
    while let Some(item) = items.next() {
        let line = match item {
            Ok(Item::Sample(sample)) => {
                check_labels(&sample.labels);
                if let Some(exemplar) = sample.exemplar {
                    check_labels(&exemplar.labels);
                }
                assert!(!sample.name.unescape().is_empty());
                last_sample_line = Some(sample.line);
                sample.line
            }
            Ok(Item::Metadata(metadata)) => metadata.line,
            Err(error) => {
                assert!(items.next().is_none(), "an error is the last");
                assert!((line_before..=lines).contains(&error.line), "{error}");
                return;
            }
        };
        assert!(line > line_before && line <= lines, "line {line} after {line_before}");
        line_before = line;
    }
    if let (Format::Text, Some(line)) = (format, last_sample_line) {
        check_before(body, line);
    }
}

/// The object has each label once, in order, and the values that the labels have.
fn check_labels(labels: &Labels<'_>) {
    let json = labels.to_json();
    let Ok(Value::Object(object)) = parse(&json) else { panic!("no object: {json}") };
    let keys: Vec<_> = object.iter().map(|(key, _)| key.as_bytes()).collect();
    assert!(keys.is_sorted() && keys.len() <= LABELS_MAX, "{json}");
    assert_eq!(labels.iter().count(), keys.len(), "{json}");
    for label in labels.iter() {
        let value = object.get(&label.name.unescape()).and_then(Value::as_text).expect("the label has a key");
        assert_eq!(value.as_str(), Some(&*label.value.unescape()), "{json}");
    }
}

/// What stands before the last sample's line is read the same without it.
fn check_before(body: &[u8], line: usize) {
    let before: usize = body.split_inclusive(|byte| *byte == b'\n').take(line - 1).map(<[u8]>::len).sum();
    let whole = Exposition::of(body, Format::Text);
    let mut cut = Exposition::of(&body[..before], Format::Text);
    for item in whole {
        let item = item.expect("the whole was read before");
        if matches!(item, Item::Sample(sample) if sample.line >= line) {
            break;
        }
        let again = cut.next().expect("it is no shorter").expect("it was read before");
        assert_eq!(format!("{item:?}"), format!("{again:?}"));
    }
    assert!(cut.next().is_none());
}
