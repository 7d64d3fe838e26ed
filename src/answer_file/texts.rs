//! What answers in text tell beside their rows, found at their ends.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use serde::Deserialize;

use super::Evidence;
use crate::output::ANSWERED;
use crate::output::format::Format;

/// Behind the rows are a question, a policy and a checkpoint, which all have their own bounds.
const TAIL_BYTES_MAX: u64 = 4 << 20;

/// The last line of an answer of objects in lines.
#[derive(Deserialize)]
struct Last {
    checkpoint: Evidence,
}

/// Returns the form of an answer and what it tells; `None` for any other text. `first` is its beginning.
pub(super) fn evidence(first: &[u8], file: &mut File) -> io::Result<Option<(Format, Evidence)>> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES_MAX)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    // A character that was cut in two is one of the rows.
    let tail = String::from_utf8_lossy(&tail);
    Ok(object(first, &tail).or_else(|| last_line(&tail)).or_else(|| lines(&tail)))
}

/// `{"rows":[...],"checkpoint":{...}}`: quotes inside of texts are escaped, and rows stand before, so the last such
/// key is the one.
fn object(first: &[u8], tail: &str) -> Option<(Format, Evidence)> {
    let (_, checkpoint) =
        tail.rsplit_once("],\"checkpoint\":").filter(|_| first.starts_with(b"{\"rows\""))?;
    let checkpoint = checkpoint.trim_end().strip_suffix('}')?;
    Some((Format::Json, serde_json::from_str(checkpoint).ok()?))
}

fn last_line(tail: &str) -> Option<(Format, Evidence)> {
    let line = tail.trim_end().lines().last()?;
    Some((Format::Ndjson, serde_json::from_str::<Last>(line).ok()?.checkpoint))
}

/// A line with the question, and beneath it the checkpoint, in comments or not.
fn lines(tail: &str) -> Option<(Format, Evidence)> {
    let behind = |begin: &str| {
        let (_, line) = tail.rsplit_once(&format!("\n{begin}{ANSWERED}"))?;
        line.split_once('\n')
    };
    let (format, begin, (answered, beneath)) = match behind("# ") {
        Some(found) => (Format::Csv, "# ", found),
        None => (Format::Table, "", behind("")?),
    };
    let note: Option<Vec<&str>> = beneath.lines().map(|line| line.strip_prefix(begin)).collect();
    let mut evidence: Evidence = serde_json::from_str(answered).ok()?;
    evidence.signed_note = note?.join("\n") + "\n";
    Some((format, evidence))
}
