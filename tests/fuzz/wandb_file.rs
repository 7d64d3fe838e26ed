//! `.wandb` files. A first byte that is even has the checksums of all chunks made right.

use std::error::Error;
use std::path::Path;
use std::sync::LazyLock;

use annals_ingest::sources::{WandbFile, WandbFileError, WandbOffline};
use annals_ingest::{Source as _, SourceError};
use annals_log::{Event, SourceMemory};

use crate::golden::fixture;
use crate::recordable::assert_recordable;

const HEADER_BYTES: usize = 7;
const BLOCK_BYTES: usize = 32 << 10;
const CHUNK_HEADER_BYTES: usize = 7;

static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let file = |name: &str| std::fs::read(fixture("wandb-offline").join(name)).unwrap();
    let whole = ["run-offline-0.19.0.wandb", "run-offline-0.31.0.wandb"].map(file);
    let of = |first: u8, file: &[u8]| [&[first], file].concat();
    whole.iter().flat_map(|file| [of(0, file), of(1, file), of(0, &file[..file.len() / 2])]).collect()
}

pub(crate) fn run(input: &[u8]) {
    let Some((first, file)) = input.split_first() else { return };
    let mut file = file.to_vec();
    if first % 2 == 0 {
        make_checksums_right(&mut file);
    }
    let path = FOLDER.path().join("run.wandb");
    std::fs::write(&path, &file).unwrap();
    let steps = steps_of(&path);
    assert_recordable(&steps);
    assert_eq!(steps, steps_of(&path), "the same file gives the same events");
}

fn steps_of(path: &Path) -> Vec<Vec<Event>> {
    let Ok(mut file) = WandbFile::open(path, 1_767_225_600_000) else { return Vec::new() };
    let (mut context, memory) = (Default::default(), SourceMemory::default());
    let mut steps = Vec::new();
    while let Some(raw) = file.next_records().expect("the file can be read") {
        match WandbOffline.decode(&raw, &mut context, &memory) {
            Ok(decoded) => steps.extend(decoded.steps),
            Err(SourceError::Unfit(error)) if has_no_run(&*error) => break,
            Err(error) => panic!("a file that nobody has recorded yet: {error}"),
        }
    }
    steps
}

fn has_no_run(error: &(dyn Error + 'static)) -> bool {
    matches!(error.downcast_ref::<WandbFileError>(), Some(WandbFileError::NoRun { .. }))
}

fn make_checksums_right(file: &mut [u8]) {
    let mut at = HEADER_BYTES;
    while at + CHUNK_HEADER_BYTES <= file.len() {
        let block_end = (at / BLOCK_BYTES + 1) * BLOCK_BYTES;
        let length = usize::from(u16::from_le_bytes([file[at + 4], file[at + 5]]));
        let end = at + CHUNK_HEADER_BYTES + length;
        if end > block_end.min(file.len()) {
            at = block_end;
            continue;
        }
        let checksum = crc32fast::hash(&file[at + 6..end]);
        file[at..at + 4].copy_from_slice(&checksum.to_le_bytes());
        at = if block_end - end < CHUNK_HEADER_BYTES { block_end } else { end };
    }
}
