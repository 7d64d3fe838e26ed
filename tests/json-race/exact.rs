//! What a parser loses of what upstream's `json.loads(text, strict=False)` keeps, or of the digits that are signed.

use crate::readers::Reader;

/// What must not be lost, a text that has it, and the same as it has to be written again.
const KEPT: [(&str, &str, &str); 7] = [
    ("the order of keys", r#"{"7":1,"07":2,"a":3,"A":4}"#, r#"{"7":1,"07":2,"a":3,"A":4}"#),
    ("duplicate keys", r#"{"7":1,"07":2,"7":3}"#, r#"{"7":3,"07":2}"#),
    (
        "large integers",
        "[9007199254740993,184467440737095516150]",
        "[9007199254740993,184467440737095516150]",
    ),
    ("digits", "[9007199254740993.0,1.50,1e5,-0,1E400]", "[9007199254740993.0,1.50,1e5,-0,1E400]"),
    ("NaN and Infinity", "[NaN,Infinity,-Infinity]", "[NaN,Infinity,-Infinity]"),
    ("lone surrogates", r#"["a\ud83dA"]"#, r#"["a\ud83dA"]"#),
    ("raw control characters", "[\"a\u{1}\nb\"]", r#"["a\u0001\nb"]"#),
];
/// `CPython` gives up a little below 1,000.
const DEPTH: usize = 900;

/// Says what a parser loses or refuses.
pub(crate) fn lost_by(reader: &Reader) -> String {
    let mut lost = Vec::new();
    for (what, text, expected) in KEPT {
        match (reader.written)(text) {
            Some(written) if written == expected => {}
            Some(_) => lost.push(format!("loses {what}")),
            None => lost.push(format!("refuses {what}")),
        }
    }
    let deep = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    if !(reader.read)(&deep) {
        lost.push(format!("refuses {DEPTH} levels"));
    }
    if lost.is_empty() { "exact".to_owned() } else { lost.join(", ") }
}
