//! The watermark under right checksums, over a log that is as it was.

use crate::golden::{GOLDEN, entries_of, reader};
use crate::segment::seal;

const SLOT_BYTES: usize = 4096;

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let file = GOLDEN.file("watermark");
    vec![file.to_vec(), file[..SLOT_BYTES].to_vec(), [&file[SLOT_BYTES..], &file[..SLOT_BYTES]].concat()]
}

pub(crate) fn run(input: &[u8]) {
    let mut file = input.to_vec();
    for slot in file.chunks_exact_mut(SLOT_BYTES) {
        seal(slot);
    }
    let disk = GOLDEN.with("watermark", file);
    GOLDEN.check(&disk);
    // Only a mark at which the log was once signed with this root opens it.
    if let Ok(reader) = reader(&disk) {
        let entries = entries_of(&reader).expect("every frame up to the mark is whole");
        assert!(GOLDEN.entries.starts_with(&entries) && entries.len() as u64 == reader.size().0);
    }
}
