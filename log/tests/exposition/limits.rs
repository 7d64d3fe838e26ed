//! How much a body may hold.

use annals_log::exposition::{Exposition, ExpositionError, Format, LABELS_MAX, Limit, Limits};

/// The first error of a body, in either format.
fn refusal(limits: Limits, body: &str) -> Option<ExpositionError> {
    let of_text = Exposition::within(limits, body.as_bytes(), Format::Text).find_map(Result::err);
    let ended = format!("{body}\n# EOF\n");
    let mut items = Exposition::within(limits, ended.as_bytes(), Format::OpenMetrics);
    assert_eq!(items.find_map(Result::err), of_text, "{body}");
    of_text
}

/// Checks a body that holds as much as is allowed, and one that holds more on its line `line`.
fn assert_bound(limits: Limits, most: &str, more: &str, line: usize, limit: Limit, what: &str) {
    assert_eq!(refusal(limits, most), None, "{most}");
    let error = refusal(limits, more).unwrap();
    assert_eq!(error.limit, Some(limit), "{more}");
    assert_eq!(error.to_string(), format!("line {line}: {what}"), "{more}");
    assert_eq!(refusal(Limits::default(), more), None, "{more}");
}

#[test]
fn a_body_has_a_bound_of_samples() {
    let limits = Limits { samples: 2, ..Limits::default() };
    let most = "# TYPE a gauge\na 1\n# HELP b c\nb 2";
    let what = "too many samples";
    assert_bound(limits, most, &format!("{most}\n# HELP c d\na 3"), 6, Limit::Samples, what);
    let none = Limits { samples: 0, ..Limits::default() };
    assert_bound(none, "# TYPE a gauge", "a 1", 1, Limit::Samples, what);
}

#[test]
fn a_sample_has_a_bound_of_labels() {
    let limits = Limits { labels: 2, ..Limits::default() };
    let what = "a sample has too many labels";
    let most = "a{b=\"1\",c=\"2\"} 1";
    assert_bound(
        limits,
        most,
        &format!("{most}\n{{\"a\",b=\"1\",c=\"2\",d=\"3\"}} 1"),
        2,
        Limit::Labels,
        what,
    );
    assert_eq!(refusal(limits, "{\"a\",b=\"1\",c=\"2\"} 1"), None, "the name is none");
}

#[test]
fn no_limit_takes_more_labels_than_there_is_memory_for() {
    let with = |count: usize| {
        let labels: Vec<_> = (0..count).map(|number| format!("l{number}=\"\"")).collect();
        format!("a{{{}}} 1", labels.join(","))
    };
    for labels in [LABELS_MAX, usize::MAX] {
        let limits = Limits { labels, ..Limits::default() };
        assert_eq!(refusal(limits, &with(LABELS_MAX)), None);
        assert_eq!(refusal(limits, &with(LABELS_MAX + 1)).unwrap().limit, Some(Limit::Labels));
    }
}

#[test]
fn a_label_has_a_bound_of_its_name_and_value() {
    let limits = Limits { label_name_bytes: 4, label_value_bytes: 6, ..Limits::default() };
    let name = (Limit::LabelNameBytes, "a label's name is too long");
    let value = (Limit::LabelValueBytes, "a label's value or a metric's name is too long");
    let table = [
        ("a{bcde=\"\"} 1", "a{bcdef=\"\"} 1", name),
        ("a{\"éé\"=\"\"} 1", "a{\"ééb\"=\"\"} 1", name),
        ("a{\"\\\"\\\"\\\\\\n\"=\"\"} 1", "a{\"\\\"\\\"\\\\\\n \"=\"\"} 1", name),
        ("a{b=\"123456\"} 1", "a{b=\"1234567\"} 1", value),
        ("a{b=\"ééé\"} 1", "a{b=\"éééé\"} 1", value),
        ("a{b=\"\\\\\\\\\\\\456\"} 1", "a{b=\"\\\\\\\\\\\\4567\"} 1", value),
        ("a{b=\"\\x\\x56\"} 1", "a{b=\"\\x\\x567\"} 1", value),
        ("a12345 1", "a123456 1", value),
        ("{\"a.2345\"} 1", "{\"a.23456\"} 1", value),
    ];
    for (most, more, (limit, what)) in table {
        assert_bound(limits, most, &format!("a 1\n{more}"), 2, limit, what);
    }
}

#[test]
fn an_exemplar_is_bounded_as_in_prometheus_by_none_of_them() {
    let limits = Limits { samples: 1, labels: 0, label_name_bytes: 0, label_value_bytes: 7 };
    let body = b"a_total 1 # {trace_id=\"0123456789\",span=\"1\"} 1\n# EOF\n";
    assert!(Exposition::within(limits, body, Format::OpenMetrics).all(|item| item.is_ok()));
}

#[test]
fn a_wrong_line_exceeds_no_limit() {
    assert_eq!(refusal(Limits::default(), "a 1\nb").unwrap().limit, None);
}
