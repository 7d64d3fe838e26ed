//! Recorded bodies, read by the parser and, a second time, by splitting their lines: Go's client library writes nothing
//! that needs more.

use std::path::PathBuf;

use annals_log::exposition::{About, Exposition, Format, Item, MetricType, Part, Sample};

pub(super) fn body(name: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../fixtures/prometheus", name].iter().collect();
    std::fs::read_to_string(path).unwrap()
}

/// Writes a sample as Go's client library does, up to its value.
fn series(sample: &Sample<'_>) -> String {
    let labels: Vec<_> = sample
        .labels
        .iter()
        .map(|label| {
            let value = label.value.unescape().replace('\\', "\\\\").replace('"', "\\\"");
            format!("{}=\"{value}\"", label.name.unescape())
        })
        .collect();
    let name = sample.name.unescape();
    if labels.is_empty() { name.into_owned() } else { format!("{name}{{{}}}", labels.join(",")) }
}

/// Reads a body in both ways, and returns how many samples it has.
fn read_both_ways(body: &str) -> usize {
    let lines: Vec<_> = body.lines().collect();
    let mut samples = 0;
    for item in Exposition::of(body.as_bytes(), Format::Text) {
        match item.unwrap() {
            Item::Sample(sample) => {
                samples += 1;
                let (written, value) = lines[sample.line - 1].rsplit_once(' ').unwrap();
                assert_eq!(series(&sample), written);
                let value: f64 = value.parse().unwrap();
                assert!(sample.value == value || (sample.value.is_nan() && value.is_nan()), "{written}");
                assert_eq!(sample.timestamp_ms, None);
                assert_ne!(sample.part, Part::Alone, "{written}");
            }
            Item::Metadata(metadata) => {
                let (word, said) = match metadata.about {
                    About::Type(MetricType::Unknown) => ("TYPE", "untyped".into()),
                    About::Type(of_type) => ("TYPE", of_type.as_str().into()),
                    About::Help(text) => ("HELP", text.unescape()),
                    About::Unit(unit) => ("UNIT", unit.into()),
                };
                let written = format!("# {word} {} {said}", metadata.family.unescape());
                assert_eq!(written, lines[metadata.line - 1]);
            }
        }
    }
    assert_eq!(samples, lines.iter().filter(|line| !line.starts_with('#')).count());
    samples
}

#[test]
fn every_sample_of_a_recorded_body_is_read() {
    assert_eq!(read_both_ways(&body("node_exporter-1.5.0.txt")), 507);
    assert_eq!(read_both_ways(&body("prometheus-2.42.0-self.txt")), 371);
}

#[test]
fn a_body_that_was_cut_off_gives_an_error_or_what_was_whole() {
    let body = body("prometheus-2.42.0-self.txt");
    let whole: Vec<_> = Exposition::of(body.as_bytes(), Format::Text).map(|item| item.unwrap()).collect();
    for end in (0..body.len()).step_by(101) {
        let cut: Vec<_> = Exposition::of(&body.as_bytes()[..end], Format::Text).collect();
        // The last of them may be shorter than it was.
        for (cut, whole) in cut.iter().rev().skip(1).rev().zip(&whole) {
            assert_eq!(format!("{cut:?}"), format!("Ok({whole:?})"));
        }
    }
}
