//! Prometheus' text format, line by line: what its own parser takes, and what it refuses.

use std::borrow::Cow;

use annals_log::exposition::{Exposition, Format, Item};

use super::shown::{assert_read, assert_refused, read};

#[test]
fn samples_are_read_as_prometheus_reads_them() {
    assert_read(
        Format::Text,
        &[
            ("", &[]),
            ("\n \t\n\n", &[]),
            ("a 1", &[r#"1 "a" {} 1.0"#]),
            ("a 1\nb:c_2 -2.5e3\n", &[r#"1 "a" {} 1.0"#, r#"2 "b:c_2" {} -2500.0"#]),
            ("  \ta\t1 \t\n", &[r#"1 "a" {} 1.0"#]),
            ("a{} 1", &[r#"1 "a" {} 1.0"#]),
            ("a{b=\"c\"} 1", &[r#"1 "a" {"b":"c"} 1.0"#]),
            ("a { z = \"1\" , b=\"2\", } 1", &[r#"1 "a" {"b":"2","z":"1"} 1.0"#]),
            ("a{b=\"1\" c=\"2\"d=\"3\"}1", &[r#"1 "a" {"b":"1","c":"2","d":"3"} 1.0"#]),
            ("a{b=\"},{=# \\\\\"} 1", &[r#"1 "a" {"b":"},{=# \\"} 1.0"#]),
            ("a{b=\"\"} 1", &[r#"1 "a" {"b":""} 1.0"#]),
            ("a{b=\"x\\\"\\n\\t\"} 1", &[r#"1 "a" {"b":"x\"\n\\t"} 1.0"#]),
            ("a{b=\"1\n2\"} 1\nc 2", &[r#"1 "a" {"b":"1\n2"} 1.0"#, r#"3 "c" {} 2.0"#]),
            ("a{b=\"\0é\"} 1", &[r#"1 "a" {"b":"\u0000é"} 1.0"#]),
            ("a{b=\"\\\0n\\\0\0\"\"} 1", &[r#"1 "a" {"b":"\\\u0000n\\\u0000\u0000\""} 1.0"#]),
            ("a 33  \t123123\n", &[r#"1 "a" {} 33.0 at 123123"#]),
            ("a NaN\na +Inf\na -inf\n", &[r#"1 "a" {} NaN"#, r#"2 "a" {} inf"#, r#"3 "a" {} -inf"#]),
            // No space is needed before the value, so these are no errors.
            ("a-1", &[r#"1 "a" {} -1.0"#]),
            ("a1.5 2", &[r#"1 "a1" {} 0.5 at 2"#]),
            ("_ 1\n: 1\n", &[r#"1 "_" {} 1.0"#, r#"2 ":" {} 1.0"#]),
        ],
    );
}

#[test]
fn names_in_quotes_are_read() {
    assert_read(
        Format::Text,
        &[
            ("{\"http.requests\",b=\"c\"} 1", &[r#"1 "http.requests" {"b":"c"} 1.0"#]),
            ("{ \"é\\\"\" } 1", &[r#"1 "é\"" {} 1.0"#]),
            ("{b=\"c\",\"a\"} 1", &[r#"1 "a" {"b":"c"} 1.0"#]),
            ("{\"a\",} 1", &[r#"1 "a" {} 1.0"#]),
            ("a{\"x.y\"=\"1\", b=\"2\"} 1", &[r#"1 "a" {"b":"2","x.y":"1"} 1.0"#]),
            ("# HELP \"a.b\" c\n", &[r#"1 help "a.b" "c""#]),
            ("# TYPE \"a.b\" gauge\n", &[r#"1 type "a.b" gauge"#]),
        ],
    );
}

#[test]
fn metadata_is_told_apart_from_comments() {
    assert_read(
        Format::Text,
        &[
            ("#\n# a\n#HELP a b\n# HELPa b\n# HELP\n# UNIT a b\n# EOF\na 1", &[r#"8 "a" {} 1.0"#]),
            ("# HELP a b  c \n", &[r#"1 help "a" "b  c ""#]),
            ("#\tHELP \ta  b", &[r#"1 help "a" " b""#]),
            ("# HELP a\n# HELP b ", &[r#"1 help "a" """#, r#"2 help "b" """#]),
            ("# HELP a \\\\ \\n \\\" \0", &["1 help \"a\" \"\\\\ \\n \\\\\\\" \\0\""]),
            ("# HELP a-b c", &[r#"1 help "a" "b c""#]),
            ("# TYPE a counter\n# TYPE a gauge", &[r#"1 type "a" counter"#, r#"2 type "a" gauge"#]),
            ("# TYPE a\thistogram", &[r#"1 type "a" histogram"#]),
            ("# TYPE a summary\n# TYPE a untyped", &[r#"1 type "a" summary"#, r#"2 type "a" unknown"#]),
        ],
    );
}

#[test]
fn a_wrong_line_is_named() {
    assert_refused(
        Format::Text,
        &[
            ("a", "line 1: a value was expected"),
            ("a 1\n\nb true\n", "line 3: a value was expected"),
            ("a{b=\"c\"}{d=\"e\"} 1", "line 1: a value was expected"),
            ("a 1_0", "line 1: a value was expected"),
            ("a 0x1p-3", "line 1: a value was expected"),
            ("a 1e999", "line 1: a value was expected"),
            ("a 1\r\n", "line 1: a value was expected"),
            ("http.requests 1", "line 1: a value was expected"),
            ("a\0 1", "line 1: a value was expected"),
            ("9 1", "line 1: a metric's name was expected"),
            ("<!DOCTYPE html>\n<html>", "line 1: a metric's name was expected"),
            ("a 1\n\0", "line 2: a metric's name was expected"),
            ("{b=\"c\"} 1", "line 1: the metric has no name"),
            ("{} 1", "line 1: the metric has no name"),
            ("a{\"b\"} 1", "line 1: a second name of the metric"),
            ("{\"a\",\"b\"} 1", "line 1: a second name of the metric"),
            ("{\"\"} 1", "line 1: a name is empty"),
            ("{\"a\0\"} 1", "line 1: a NUL byte in a name"),
            ("a{\"\0\"=\"b\"} 1", "line 1: a NUL byte in a name"),
            ("# TYPE \"a\0\" gauge", "line 1: a NUL byte in a name"),
            ("a{b=\"\\\0\"} 1", "line 1: a quoted text has no end"),
            ("a{\"\"=\"b\"} 1", "line 1: a name is empty"),
            ("a{=\"b\"} 1", "line 1: a label's name was expected"),
            ("a{b=\"c\",,} 1", "line 1: a label's name was expected"),
            ("a{,b=\"c\"} 1", "line 1: a label's name was expected"),
            ("a{b:c=\"d\"} 1", "line 1: an equals sign was expected"),
            ("a{b=\"c\"\n}", "line 1: a label's name was expected"),
            ("a{\"x\" \"y\"} 1", "line 1: an equals sign was expected"),
            ("a{b", "line 1: an equals sign was expected"),
            ("a{b='c'} 1", "line 1: a label's value in double quotes was expected"),
            ("a{b=\nc", "line 1: a label's value in double quotes was expected"),
            ("z 1\na{b=\"c\n\n", "line 2: a quoted text has no end"),
            ("a{b=\"c\\", "line 1: a backslash at the end of a line"),
            ("a{b=\"c\\\n\"} 1", "line 1: a backslash at the end of a line"),
            ("a{b=\"1\",b=\"2\"} 1", "line 1: two labels have one name"),
            ("a{b=\"1\",c=\"2\",\"b\"=\"1\"} 1", "line 1: two labels have one name"),
            ("a{\"\\x\"=\"1\",\"\\\\x\"=\"1\"} 1", "line 1: two labels have one name"),
            ("a{__name__=\"b\"} 1", "line 1: a label is named __name__"),
            ("a 1 -1", "line 1: the end of the line was expected"),
            ("a 1 1.5", "line 1: the end of the line was expected"),
            ("a 1 1 1", "line 1: the end of the line was expected"),
            ("a 1 # {b=\"c\"} 1", "line 1: the end of the line was expected"),
            ("a 1 9223372036854775808", "line 1: a timestamp is too large"),
            ("# TYPE a counter ", "line 1: no such type of a metric"),
            ("# TYPE a  counter", "line 1: no such type of a metric"),
            ("# TYPE a info", "line 1: no such type of a metric"),
            ("# TYPE a\n", "line 1: no such type of a metric"),
            ("# TYPE \n", "line 1: a family's name was expected"),
            ("# HELP #\n", "line 1: a family's name was expected"),
            ("# HELP \"\" b", "line 1: a name is empty"),
            ("# HELP aé b", "line 1: a space was expected"),
            ("# HELP a\0b", "line 1: a space was expected"),
            ("# TYPE a\0counter", "line 1: no such type of a metric"),
        ],
    );
}

#[test]
fn bytes_that_are_not_utf_8_are_taken_in_comments_alone() {
    let comment = b"# \xff \xc3\na 1\n#\xff\n#\xff".as_slice();
    assert_eq!(read(comment, Format::Text), [r#"2 "a" {} 1.0"#]);
    let wrong: [&[u8]; 8] = [
        b"a{b=\"\xff\"} 1",
        b"a{b=\"\\\xff\"} 1",
        b"a{\xff=\"b\"} 1",
        b"\xff 1",
        b"a 1\xff",
        b"a 1 2\xff",
        b"# HELP a \xff",
        b"# TYPE a counter\xff",
    ];
    for body in wrong {
        let body = [b"#\xff\n\n", body].concat();
        assert_eq!(read(&body, Format::Text), ["error: line 3: not UTF-8"], "{body:?}");
    }
}

#[test]
fn a_label_is_found_by_what_its_name_stands_for() {
    let body = b"{\"a\",b=\"c\\n\",\"x\\\"y\"=\"\"} 1";
    let Some(Ok(Item::Sample(sample))) = Exposition::of(body, Format::Text).next() else {
        panic!("a sample")
    };
    let value = |name| sample.labels.get(name).map(Cow::into_owned);
    assert_eq!(value("b").as_deref(), Some("c\n"));
    assert_eq!(value("x\"y").as_deref(), Some(""));
    assert_eq!(value("a"), None);
}

#[test]
fn nothing_follows_an_error() {
    let mut items = Exposition::of(b"a 1\nb\nc 1\n", Format::Text);
    assert!(items.next().unwrap().is_ok());
    assert_eq!(items.next().unwrap().unwrap_err().line, 2);
    assert!(items.next().is_none() && items.next().is_none());
}
