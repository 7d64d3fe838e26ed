//! The samples of metrics that are named so are those that the whole body has, wherever else the name stands.

use annals_log::exposition::{Exposition, Format, Item, samples_naming};

use super::made_up::Written;
use super::{bodies, corpus};
use crate::scratch::seeded;

/// Asks a body that is right for each of `names`, and returns how many samples have these names and no longer ones.
fn assert_same<'n>(body: &[u8], format: Format, names: impl IntoIterator<Item = &'n str>) -> usize {
    let mut samples = Vec::new();
    for item in Exposition::of(body, format) {
        if let Item::Sample(sample) = item.unwrap() {
            samples.push((sample.name.unescape(), format!("{sample:?}")));
        }
    }
    let mut count = 0;
    for name in names {
        let of_whole: Vec<_> =
            samples.iter().filter(|(of, _)| of.contains(name)).map(|(_, shown)| shown).collect();
        let named = samples_naming(body, format, name).map(|sample| format!("{:?}", sample.unwrap()));
        assert!(
            named.eq(of_whole.iter().copied().cloned()),
            "{name:?} in {:?}",
            String::from_utf8_lossy(body)
        );
        count += samples.iter().filter(|(of, _)| of == name).count();
    }
    count
}

/// Every name that a body has, of a metric, a family or a label, and each label's value.
fn words(body: &[u8], format: Format) -> Vec<String> {
    let mut words = Vec::new();
    for item in Exposition::of(body, format) {
        match item.unwrap() {
            Item::Sample(sample) => {
                words.push(sample.name.unescape().into_owned());
                for label in sample.labels.iter() {
                    words.extend([label.name.unescape().into_owned(), label.value.unescape().into_owned()]);
                }
            }
            Item::Metadata(metadata) => words.push(metadata.family.unescape().into_owned()),
        }
    }
    words.sort();
    words.dedup();
    words
}

#[test]
fn a_metric_is_found_by_its_name_or_a_part_of_it() {
    let body = "\
# HELP load load and load 1\n# TYPE load gauge\n# load 9\nload 1\nload5 2\nnode_load 3\nload{a=\"load 4\"} 4\n\
 \tload { load = \"load\" } 5 6\nup{load=\"load\"} 7\n{\"load\",a=\"\"} 8\n{a=\"load\",\"load\"} 9\nload-10\n";
    assert_eq!(assert_same(body.as_bytes(), Format::Text, ["load"]), 6);
    assert_eq!(assert_same(body.as_bytes(), Format::Text, ["load5", "node_load", "up", "loa", "oad", ""]), 3);
}

#[test]
fn a_line_within_a_text_in_quotes_is_none() {
    let body =
        "a{b=\"\nload 1\nload{c=\\\"d\\\"} 2\n# TYPE load counter\n\\\\\"} 3\n# \"\nload 4\n# \"\\\nb 5";
    assert_eq!(assert_same(body.as_bytes(), Format::Text, ["load"]), 1);
    let lines: Vec<_> =
        samples_naming(body.as_bytes(), Format::Text, "load").map(|sample| sample.unwrap().line).collect();
    assert_eq!(lines, [7]);
    assert_eq!(assert_same(body.as_bytes(), Format::Text, ["a", "b", "c"]), 2);
}

#[test]
fn a_name_is_found_however_it_is_escaped() {
    let body = b"{\"\\\\\\x\"} 1\n{\"\\\\\\\\x\"} 2\n{\"\n\"} 3\n{\"\\n\"} 4\n{\"x\\\"y\"} 5\n{\"\\\"\"} 6\n{\"x\"} 7";
    let names = ["\\\\x", "\n", "x\"y", "\"", "x", "\\", "y", ""];
    assert_eq!(assert_same(body, Format::Text, names), 7);
}

#[test]
fn the_type_is_that_of_the_last_line_before_which_names_one() {
    let text =
        b"# TYPE a counter\n #\tTYPE a histogram\n#TYPE a gauge\n# TYPES a gauge\n# HELP a TYPE a gauge\n\
        c{d=\"\n# TYPE a gauge\n\"} 1\n# \xff\na_bucket 1\n# TYPE a counter\na_bucket 2\na_total 3";
    assert_eq!(assert_same(text, Format::Text, ["a_bucket", "a_total"]), 3);
    let open_metrics = b"# TYPE a summary\n# HELP a a_sum\n# TYPE b info\na_sum 1\n# TYPE a summary\n\
        a_sum 2 # {a=\"a_sum\"} 3 4\n# EOF";
    assert_eq!(assert_same(open_metrics, Format::OpenMetrics, ["a_sum"]), 2);
}

#[test]
fn a_body_that_was_not_read_before_gives_an_error_once() {
    let mut samples = samples_naming(b"a 1\nb\na{\na 2", Format::Text, "a");
    assert_eq!(samples.next().unwrap().unwrap().line, 1);
    assert_eq!(samples.next().unwrap().unwrap_err().to_string(), "line 3: a label's name was expected");
    assert!(samples.next().is_none() && samples.next().is_none());
}

#[test]
fn each_metric_of_a_recorded_body_is_found() {
    for name in ["node_exporter-1.5.0.txt", "prometheus-2.42.0-self.txt"] {
        let body = bodies::body(name);
        let words = words(body.as_bytes(), Format::Text);
        let found = assert_same(body.as_bytes(), Format::Text, words.iter().map(String::as_str));
        assert_eq!(found, body.lines().filter(|line| !line.starts_with('#')).count());
    }
}

#[test]
fn each_metric_of_the_corpus_is_found() {
    let mut found = 0;
    for case in corpus::cases() {
        if Exposition::of(&case.body, case.format).all(|item| item.is_ok()) {
            let words = words(&case.body, case.format);
            found += assert_same(&case.body, case.format, words.iter().map(String::as_str));
        }
    }
    assert!(found > 100, "{found} found");
}

#[test]
fn each_metric_of_a_made_up_body_is_found() {
    let mut rng = seeded("exposition named");
    for format in [Format::Text, Format::OpenMetrics] {
        let mut found = 0;
        for _ in 0..500 {
            let body = Written::make_up(&mut rng, format).body;
            let mut words = words(&body, format);
            words.extend(["a", "n", "_total", "\\", "\"", "\n", "TYPE", ""].map(str::to_owned));
            words.sort();
            words.dedup();
            found += assert_same(&body, format, words.iter().map(String::as_str));
        }
        assert!(found > 500, "{found} found");
    }
}

#[test]
fn any_bytes_are_walked_through_without_a_panic() {
    let mut rng = seeded("exposition named, any bytes");
    let mut errors = 0;
    for format in [Format::Text, Format::OpenMetrics] {
        for _ in 0..2_000 {
            let mut body = Written::make_up(&mut rng, format).body;
            for _ in 0..rng.usize(..4) {
                if let Some(byte) = rng.choice(&mut body) {
                    *byte = *rng.choice(b"\"\\\n{}=,# \t0e.\xff\0").unwrap();
                }
            }
            for name in ["a", "_", "\n", ""] {
                errors += samples_naming(&body, format, name).filter(Result::is_err).count();
            }
        }
    }
    assert!(errors > 100, "{errors} errors");
}
