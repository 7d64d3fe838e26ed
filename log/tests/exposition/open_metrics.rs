//! `OpenMetrics`, line by line: what Prometheus' own parser takes, and what it refuses.

use annals_log::exposition::Format;

use super::shown::{assert_read, assert_refused, read};

/// Adds the end to each body of a table.
fn assert_read_before_end(table: &[(&str, &[&str])]) {
    for (body, lines) in table {
        let body = format!("{body}# EOF\n");
        assert_read(Format::OpenMetrics, &[(&body, lines)]);
    }
}

#[test]
fn samples_are_read_as_prometheus_reads_them() {
    assert_read_before_end(&[
        ("", &[]),
        ("a 1\n", &[r#"1 "a" {} 1.0"#]),
        ("a{} 1\n", &[r#"1 "a" {} 1.0"#]),
        ("a{c=\"1\",b=\"2\"} 1\n", &[r#"1 "a" {"b":"2","c":"1"} 1.0"#]),
        ("a{b=\"c\",} 1\n", &[r#"1 "a" {"b":"c"} 1.0"#]),
        ("a{b=\"\\\"\\\\\\n\0\"} 1\n", &[r#"1 "a" {"b":"\"\\\n\u0000"} 1.0"#]),
        ("{\"a.b\",\"c.d\"=\"e\"} NaN\n", &[r#"1 "a.b" {"c.d":"e"} NaN"#]),
        ("a 1 1520879607.789\n", &[r#"1 "a" {} 1.0 at 1520879607789"#]),
        ("a 1 -0.5\n", &[r#"1 "a" {} 1.0 at -500"#]),
        ("a 1 1.5e9\n", &[r#"1 "a" {} 1.0 at 1500000000000"#]),
    ]);
}

#[test]
fn exemplars_are_read() {
    assert_read_before_end(&[
        ("a_total 1 # {} 2\n", &[r#"1 "a_total" {} 1.0 like {} 2.0"#]),
        (
            "a_bucket{le=\"+Inf\"} 1 2 # {trace_id=\"x\",\"y.z\"=\"#\"} 3.5 4.5\n",
            &[r##"1 "a_bucket" {"le":"+Inf"} 1.0 at 2000 like {"trace_id":"x","y.z":"#"} 3.5 at 4500"##],
        ),
    ]);
}

#[test]
fn metadata_is_read() {
    assert_read_before_end(&[
        (
            "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds b \\\" \\n  c\n",
            &[
                r#"1 type "a_seconds" counter"#,
                r#"2 unit "a_seconds" "seconds""#,
                r#"3 help "a_seconds" "b \" \n  c""#,
            ],
        ),
        ("# HELP a \n# UNIT a \n", &[r#"1 help "a" """#, r#"2 unit "a" """#]),
        ("# UNIT \"a b_c\" c\n", &[r#"1 unit "a b_c" "c""#]),
        ("# TYPE a gauge\n# TYPE a histogram\n", &[r#"1 type "a" gauge"#, r#"2 type "a" histogram"#]),
        ("# TYPE a summary\n# TYPE a unknown\n", &[r#"1 type "a" summary"#, r#"2 type "a" unknown"#]),
        ("# TYPE a info\n# TYPE a stateset\n", &[r#"1 type "a" info"#, r#"2 type "a" stateset"#]),
        ("# TYPE a gaugehistogram\n", &[r#"1 type "a" gaugehistogram"#]),
    ]);
}

#[test]
fn a_body_ends_with_its_end() {
    assert_read(Format::OpenMetrics, &[("# EOF", &[]), ("# EOF\n", &[])]);
    assert_refused(
        Format::OpenMetrics,
        &[
            ("", "line 1: the body does not end with # EOF"),
            ("a 1", "line 1: the body does not end with # EOF"),
            ("a 1\n", "line 2: the body does not end with # EOF"),
            ("a 1 # {b=\"c\"} 4", "line 1: the body does not end with # EOF"),
            ("# HELP a b", "line 1: the body does not end with # EOF"),
            ("# EOF\n\n", "line 2: more follows after # EOF"),
            ("# EOFa 1", "line 1: more follows after # EOF"),
            ("a 1\n# EOF\na 1", "line 3: more follows after # EOF"),
        ],
    );
}

#[test]
fn a_wrong_line_is_named() {
    assert_refused(
        Format::OpenMetrics,
        &[
            ("\n", "line 1: a metric's name was expected"),
            (" a 1\n", "line 1: a metric's name was expected"),
            ("9\n", "line 1: a metric's name was expected"),
            (" # EOF\n", "line 1: a metric's name was expected"),
            ("a\t1\n", "line 1: a value was expected"),
            ("a\n", "line 1: a value was expected"),
            ("a  1\n", "line 1: a value was expected"),
            ("a{}1\n", "line 1: a value was expected"),
            ("a {} 1\n", "line 1: a value was expected"),
            ("a-1\n", "line 1: a value was expected"),
            ("a 1\t2\n", "line 1: the end of the line was expected"),
            ("a 1 2 \n", "line 1: the end of the line was expected"),
            ("a 1 1 1\n", "line 1: the end of the line was expected"),
            ("a 1 1z\n", "line 1: a timestamp in seconds was expected"),
            ("a 1 NaN\n", "line 1: a timestamp in seconds was expected"),
            ("a 1 -Inf\n", "line 1: a timestamp in seconds was expected"),
            ("a 1 1e300\n", "line 1: a timestamp in seconds was expected"),
            ("a 1 #\n", "line 1: a timestamp in seconds was expected"),
            ("a 1 2 #\n", "line 1: the end of the line was expected"),
            ("a{ b=\"c\"} 1\n", "line 1: a label's name was expected"),
            ("a{b=\"c\", d=\"e\"} 1\n", "line 1: a label's name was expected"),
            ("a{b=\"c\",,d=\"e\"} 1\n", "line 1: a label's name was expected"),
            ("a{b=\"c\"d=\"e\"} 1\n", "line 1: a comma or the closing brace was expected"),
            ("a{b=\"c\nd\"} 1\n", "line 1: a quoted text has no end"),
            ("a{b=\"c\",b=\"d\"} 1\n", "line 1: two labels have one name"),
            ("a{bb} 1\n", "line 1: an equals sign was expected"),
            ("{b=\"c\",} 1\n", "line 1: the metric has no name"),
            ("#\n", "line 1: HELP, TYPE, UNIT or EOF was expected"),
            ("# comment\n", "line 1: HELP, TYPE, UNIT or EOF was expected"),
            ("#  TYPE a counter\n", "line 1: HELP, TYPE, UNIT or EOF was expected"),
            ("#\tTYPE a counter\n", "line 1: HELP, TYPE, UNIT or EOF was expected"),
            ("# TYPE \n", "line 1: a family's name was expected"),
            ("# TYPE a\n", "line 1: a space was expected"),
            ("# TYPE a untyped\n", "line 1: no such type of a metric"),
            ("# TYPE a  counter\n", "line 1: no such type of a metric"),
            ("# TYPE a counter \n", "line 1: no such type of a metric"),
            ("# HELP a\n", "line 1: a space was expected"),
            ("# UNIT a_b c\n", "line 1: the family's name does not end with the unit"),
            ("# UNIT ab b\n", "line 1: the family's name does not end with the unit"),
            ("# UNIT b b\n", "line 1: the family's name does not end with the unit"),
            ("a 1 # {b} 1\n", "line 1: an equals sign was expected"),
            ("a 1 # {\"b\"} 1\n", "line 1: an exemplar has no name"),
            ("a 1 # {b=\"\0\"} 1\n", "line 1: a NUL byte in an exemplar"),
            ("a 1 # {b=\"c\"}\n", "line 1: the exemplar's value was expected"),
            ("a 1 # {b=\"c\"} true\n", "line 1: the exemplar's value was expected"),
            ("a 1 # {b=\"c\"} 4 NaN\n", "line 1: a timestamp in seconds was expected"),
            ("a 1 # {b=\"c\"} 4 5 6\n", "line 1: the end of the line was expected"),
            ("a 1 # {b=\"c\",b=\"d\"} 4\n", "line 1: two labels have one name"),
        ],
    );
}

#[test]
fn bytes_that_are_not_utf_8_are_refused() {
    let wrong: [&[u8]; 4] = [b"a{b=\"\xff\"} 1", b"# HELP a \xff", b"a 1\xff", b"#\xff"];
    for body in wrong {
        let body = [b"a 1\n", body, b"\n# EOF\n"].concat();
        assert_eq!(read(&body, Format::OpenMetrics)[1..], ["error: line 2: not UTF-8"], "{body:?}");
    }
}
