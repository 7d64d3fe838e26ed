//! A stranger's reader, written from LOG-FORMAT.md in another language, reads what we write.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use annals_log::{Envelope, Hash, LogIndex, Reader};

#[derive(serde::Deserialize, PartialEq, Debug)]
struct Found {
    size: u64,
    root: String,
    /// SHA-256 of each entry.
    entries: Vec<String>,
    /// Digest to length.
    payloads: BTreeMap<String, u32>,
}

fn by_annals(log: &Path) -> Found {
    let reader = Reader::open(log).unwrap();
    let (mut entries, mut payloads) = (Vec::new(), BTreeMap::new());
    let mut scan = reader.scan(LogIndex(0)..reader.size().next_index());
    while let Some(frame) = scan.next_frame().unwrap() {
        for (_, entry) in frame.entries() {
            entries.push(Hash::of(entry).to_string());
            let vouched = Envelope::decode(entry).unwrap();
            payloads.extend(vouched.payloads().map(|payload| (payload.digest().to_string(), payload.length)));
        }
    }
    let claim = reader.checkpoint().claim();
    Found { size: claim.size.0, root: claim.root.to_string(), entries, payloads }
}

#[test]
fn the_python_reader_agrees_on_root_entries_and_payloads() {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    let log = house.join("fixtures/log-format/log");
    let output = Command::new("python3").arg(house.join("tests/read_log.py")).arg(&log).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let by_python: Found = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(by_python, by_annals(&log));
    assert!(by_python.payloads.len() > 20);
}
