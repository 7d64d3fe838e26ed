//! Bodies that are hard to read, from `corpus.txt`: it says how it is written.

use annals_log::exposition::{Exposition, Format, Item};

const CORPUS: &str = include_str!("corpus.txt");

/// A body, and what has to be made of it.
pub(super) struct Case {
    name: &'static str,
    pub(super) format: Format,
    pub(super) body: Vec<u8>,
    verdict: &'static str,
}

pub(super) fn cases() -> impl Iterator<Item = Case> {
    CORPUS.split("\n## ").skip(1).map(|text| {
        let mut lines = text.lines();
        let name = lines.next().unwrap();
        let format = match lines.next() {
            Some("text") => Format::Text,
            Some("openmetrics") => Format::OpenMetrics,
            other => panic!("{name}: no format: {other:?}"),
        };
        let (mut body, mut verdict) = (Vec::new(), "");
        for line in lines {
            if let Some(line) = line.strip_prefix('|') {
                body.extend(unescaped(line.strip_prefix(' ').unwrap_or(line)));
                body.push(b'\n');
            } else if let Some(line) = line.strip_prefix("> ") {
                body.extend(unescaped(line));
            } else if verdict.is_empty() {
                verdict = line;
            }
        }
        Case { name, format, body, verdict }
    })
}

/// Puts in the bytes that are written as `%XX`.
fn unescaped(line: &str) -> Vec<u8> {
    let mut pieces = line.split('%');
    let mut bytes = pieces.next().unwrap().as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(&piece[..2], 16).unwrap());
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    bytes
}

fn verdict(body: &[u8], format: Format) -> String {
    let mut samples = 0;
    for item in Exposition::of(body, format) {
        match item {
            Ok(Item::Sample(_)) => samples += 1,
            Ok(Item::Metadata(_)) => {}
            Err(error) => return format!("refuses {}: {}", error.line, error.what),
        }
    }
    format!("takes {samples}")
}

#[test]
fn each_body_is_taken_or_refused_as_the_corpus_says() {
    let mut count = 0;
    for case in cases() {
        assert_eq!(verdict(&case.body, case.format), case.verdict, "{:?}, {}", case.format, case.name);
        count += 1;
    }
    assert!(count > 200, "{count} cases");
}
