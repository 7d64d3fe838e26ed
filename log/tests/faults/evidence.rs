//! The bytes of a log's files that say something: what `verify` answers for, and what stops the recorder.

use super::attacker::{Files, end_of, frames_of, newest, parts, reseal_frame, segments};

/// What `verify` answers for. Behind the last frame of `truth` anything may lie, a file that was handed out may be
/// gone, and a page of the watermark that does not count says nothing.
pub(crate) fn evidence(truth: &Files, files: &Files) -> Files {
    let mut evidence = Files::new();
    let names = segments(files);
    for name in &names {
        let (bytes, known) = (&files[name], truth.get(name).map_or(0, |bytes| end_of(bytes)));
        let end = if names.last() == Some(name) { bytes.len().min(known) } else { bytes.len() };
        evidence.insert(name.clone(), bytes[..end].to_vec());
    }
    if let Some(mark) = files.get("watermark").and_then(|bytes| newest(bytes)) {
        evidence.insert("watermark".to_owned(), mark.slot());
    }
    evidence.extend(handed_out_otherwise(truth, files));
    evidence
}

/// Checkpoints that lie where others do, or none.
fn handed_out_otherwise<'a>(
    truth: &'a Files,
    files: &'a Files,
) -> impl Iterator<Item = (String, Vec<u8>)> + 'a {
    let is_other = |(name, bytes): &(&String, &Vec<u8>)| {
        let is_checkpoint = name.starts_with("published/") && name.ends_with(".checkpoint");
        is_checkpoint && truth.get(*name) != Some(*bytes)
    };
    files.iter().filter(is_other).map(|(name, bytes)| (name.clone(), bytes.clone()))
}

/// What the recorder has to find before it goes on: it reads the last segment, and what was handed out.
pub(crate) fn stops_the_recorder(truth: &Files, damaged: &Files) -> Option<String> {
    let last = segments(truth).pop()?;
    let count = frames_of(&truth[&last]).len();
    let of_last = |files: &Files| files.get(&last).map(|segment| without_blobs(segment, count));
    if of_last(damaged) != of_last(truth) {
        return Some(format!("{last} is another"));
    }
    handed_out_otherwise(truth, damaged).next().map(|(name, _)| format!("{name} is another"))
}

/// What the first `count` frames of a segment say, but for the bytes of payloads, and for signatures: the last one
/// covers all entries, and `verify --signatures` alone checks the others.
pub(crate) fn without_blobs(segment: &[u8], count: usize) -> Vec<Vec<u8>> {
    let said = |frame: Vec<u8>| {
        let [entries, records, _, checkpoint] = parts(&frame);
        let claim =
            frame[checkpoint].split(|&byte| byte == b'\n').take(3).flatten().copied().collect::<Vec<_>>();
        // But for the lengths and the checksum, which follow the rest.
        [&frame[8..60], &frame[entries], &frame[records], &claim].concat()
    };
    let is_whole = |frame: &Vec<u8>| {
        let mut resealed = frame.clone();
        reseal_frame(&mut resealed);
        resealed == *frame
    };
    frames_of(segment).into_iter().take(count).take_while(is_whole).map(said).collect()
}
