//! The least that a durable append can be: bytes in a file that has its blocks already, and a sync.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, Instant};

use rustix::fs::FallocateFlags;

/// Header and checkpoint of a frame, about.
const FRAME_EXTRA_BYTES: usize = 80 + 230;

/// Entries in frames like the log's, each with a CRC-32C and one fdatasync: no index, no hash, no signature.
pub(crate) struct RawFile {
    file: File,
}

impl RawFile {
    pub(crate) fn new() -> Self {
        Self { file: tempfile::tempfile().unwrap() }
    }

    /// How long it takes to write the batches; blocks are set aside before.
    pub(crate) fn write(&mut self, batches: &[Vec<Vec<u8>>]) -> Duration {
        let frame_bytes = |batch: &Vec<Vec<u8>>| {
            FRAME_EXTRA_BYTES + batch.iter().map(|entry| 2 + entry.len()).sum::<usize>()
        };
        set_aside(&self.file, batches.iter().map(frame_bytes).sum::<usize>() as u64);
        let start = Instant::now();
        let (mut frame, mut offset) = (Vec::new(), 0);
        for batch in batches {
            frame.clear();
            frame.resize(FRAME_EXTRA_BYTES, 7);
            for entry in batch {
                frame.extend_from_slice(&u16::try_from(entry.len()).unwrap().to_be_bytes());
                frame.extend_from_slice(entry);
            }
            let checksum = crc32c::crc32c(&frame[4..]);
            frame[..4].copy_from_slice(&checksum.to_be_bytes());
            self.file.write_all_at(&frame, offset).unwrap();
            self.file.sync_data().unwrap();
            offset += frame.len() as u64;
        }
        start.elapsed()
    }
}

/// Two files, as a frame of one entry and the watermark are two: what `strict` has to sync for one commit.
pub(crate) struct TwoFiles {
    frames: File,
    watermark: File,
}

impl TwoFiles {
    const FRAME: [u8; 400] = [7; 400];
    const SLOT: [u8; 4096] = [7; 4096];

    pub(crate) fn new() -> Self {
        let watermark = tempfile::tempfile().unwrap();
        watermark.write_all_at(&[Self::SLOT, Self::SLOT].concat(), 0).unwrap();
        Self { frames: tempfile::tempfile().unwrap(), watermark }
    }

    pub(crate) fn write(&mut self, commits: u64) -> Duration {
        set_aside(&self.frames, commits * Self::FRAME.len() as u64);
        let start = Instant::now();
        for commit in 0..commits {
            self.frames.write_all_at(&Self::FRAME, commit * Self::FRAME.len() as u64).unwrap();
            self.frames.sync_data().unwrap();
            self.watermark.write_all_at(&Self::SLOT, commit % 2 * Self::SLOT.len() as u64).unwrap();
            self.watermark.sync_data().unwrap();
        }
        start.elapsed()
    }
}

fn set_aside(file: &File, bytes: u64) {
    file.set_len(0).unwrap();
    rustix::fs::fallocate(file, FallocateFlags::empty(), 0, bytes).unwrap();
    file.sync_all().unwrap();
}
