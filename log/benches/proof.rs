//! A proof from a log of a million entries: how long it is, how long it takes to make, with an index and without, and
//! to check.

use std::ops::Deref;
use std::path::Path;
use std::time::{Duration, Instant};

use annals_log::{LogIndex, Reader, SignedEvent};
use criterion::Criterion;

use crate::peers::{Alone, ScratchLog};

/// Anywhere but at an edge.
const INDEX: LogIndex = LogIndex(654_321);

pub(crate) fn benches(criterion: &mut Criterion, million: &impl Deref<Target = ScratchLog>) {
    // It hashes every entry on the way.
    let made = Alone::measure(criterion, "proof/made", || {
        let mut reader = Reader::open(million.root()).unwrap();
        move || reader.prove(INDEX).unwrap()
    });
    made.line("proof made by hashing", "");
    let by_index = Alone::measure(criterion, "proof/made by index", || {
        let start = Instant::now();
        let mut log = million.reopen_indexed();
        assert!(log.index().unwrap().catch_up(Duration::from_secs(600)), "the index comes to the end");
        let (rate, index_bytes) =
            (log.size().0 as f64 / start.elapsed().as_secs_f64(), held_bytes(&million.root().join("index")));
        println!("index made anew: {rate:.0} entries/s, {} bytes an entry", index_bytes / log.size().0);
        move || log.prove(INDEX).unwrap()
    });
    by_index.line("proof made by the index", "");

    let mut proof_bytes = None;
    let checked = Alone::measure(criterion, "proof/checked", || {
        let mut reader = Reader::open(million.root()).unwrap();
        let (text, vkey) = (reader.prove(INDEX).unwrap().to_string(), reader.vkey().clone());
        let entry = text.lines().find(|line| line.starts_with("extra ")).map_or(0, str::len);
        proof_bytes = Some(text.len() - entry);
        move || {
            let proof = SignedEvent::parse(&text).unwrap();
            proof.verify(&vkey).map(|(_, checkpoint)| checkpoint.size).unwrap()
        }
    });
    checked.line("proof checked", " (target: under 200 us)");
    if let Some(bytes) = proof_bytes {
        println!("proof, its text without the entry: {bytes} bytes (target: at most 1700)");
    }
}

/// Of the files in a folder, without what is only set aside.
fn held_bytes(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| match entry.metadata() {
            Ok(about) if about.is_dir() => held_bytes(&entry.path()),
            about => about.map_or(0, |about| about.blocks() * 512),
        })
        .sum()
}
