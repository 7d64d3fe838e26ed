//! The watermark: the size and root known to be durable, kept outside of the segments, so that a log that lost its
//! end is not mistaken for a shorter one.
//!
//! Two slots in separate 4 KiB pages are written in turn: a power cut in the middle of one leaves the other.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::disk::{Access, Disk, DiskFile, Readers, write_small};
use crate::fault::{Fault, Wrong};
use crate::hash::Hash;
use crate::lock::Lock;
use crate::place::{LogId, TreeSize};
use crate::wire::{Fields, open_block, seal_block};

pub(crate) const FILE_NAME: &str = "watermark";
const SLOT_BYTES: usize = 4096;
const FILE_BYTES: usize = 2 * SLOT_BYTES;
const MAGIC: [u8; 4] = *b"AWMK";
const VERSION: u32 = 1;

/// How long it may take to follow frames that are there. With a writer that is until its disk has synced them.
const PATIENCE: Duration = Duration::from_millis(200);
const PATIENCE_WITH_WRITER: Duration = Duration::from_secs(5);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(2);

/// What one slot says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watermark {
    pub(crate) log_id: LogId,
    pub(crate) size: TreeSize,
    pub(crate) root: Hash,
    /// Of the frame that ends there; 0 before the first.
    pub(crate) commit: u64,
}

/// Both slots, as they were read at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slots([Option<Watermark>; 2]);

/// The file, open to move the mark. Belongs to the writer.
pub(crate) struct WatermarkFile {
    file: Box<dyn DiskFile>,
    /// The file as this writer left it.
    left: Box<[u8; FILE_BYTES]>,
    /// The slot that holds the newest mark; the other one is written next.
    newest: usize,
}

impl Watermark {
    fn encode(&self) -> [u8; SLOT_BYTES] {
        let (size, commit) = (self.size.0.to_be_bytes(), self.commit.to_be_bytes());
        seal_block(MAGIC, &[&VERSION.to_be_bytes(), &self.log_id.0, &size, &commit, &self.root.0])
    }

    fn decode(block: &[u8]) -> Option<Self> {
        let mut fields = (block[..4] == MAGIC).then(|| open_block(block))??;
        fields.u32().filter(|&version| version == VERSION)?;
        Self::decode_fields(&mut fields)
    }

    fn decode_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let log_id = LogId(fields.array()?);
        let (size, commit) = (TreeSize(fields.u64()?), fields.u64()?);
        Some(Self { log_id, size, root: Hash(fields.array()?), commit })
    }
}

impl Slots {
    /// # Errors
    /// `Missing`, `Unreadable`; `WatermarkLost` when neither slot can be believed.
    pub(crate) fn read(disk: &dyn Disk, folder: &Path) -> Result<Self, Fault> {
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => Wrong::WatermarkLost.at(FILE_NAME, None),
            _ => Wrong::Unreadable(error).at(FILE_NAME, None),
        };
        let file = disk.open(&folder.join(FILE_NAME), Access::Read).map_err(unreadable)?;
        let mut bytes = [0; FILE_BYTES];
        match file.read_exact_at(&mut bytes, 0) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
            outcome => outcome.map_err(unreadable)?,
        }
        let slots = Self::decode(&bytes);
        match slots.0 {
            [Some(a), Some(b)] if a.log_id != b.log_id => {
                Err(Wrong::OtherLog { expected: a.log_id, found: b.log_id }.at(FILE_NAME, SLOT_BYTES as u64))
            }
            [None, None] => Err(Wrong::WatermarkLost.at(FILE_NAME, None)),
            _ => Ok(slots),
        }
    }

    fn decode(bytes: &[u8; FILE_BYTES]) -> Self {
        let (a, b) = bytes.split_at(SLOT_BYTES);
        Self([Watermark::decode(a), Watermark::decode(b)])
    }

    /// Whether the watermark comes to `size`, where frames are seen beyond it: somebody may be writing them just now,
    /// and then it follows as soon as the disk has them. That somebody says so only lets us wait longer: anybody may
    /// say it, and it may be untrue.
    pub(crate) fn come_to(disk: &dyn Disk, folder: &Path, size: TreeSize) -> Result<bool, Fault> {
        let begun = Instant::now();
        loop {
            if Self::read(disk, folder)?.mark().size >= size {
                return Ok(true);
            }
            let patience = if Lock::is_held(folder) { PATIENCE_WITH_WRITER } else { PATIENCE };
            if begun.elapsed() >= patience {
                return Ok(false);
            }
            std::thread::sleep(LOOK_AGAIN_AFTER);
        }
    }

    /// The newest mark.
    pub(crate) fn mark(&self) -> Watermark {
        self.0[self.newest()].expect("one slot at least was read")
    }

    /// The damaged slot, if there is one. Then the newest mark may be the one that is lost.
    pub(crate) fn damaged(&self) -> Option<Fault> {
        let slot = self.0.iter().position(Option::is_none)?;
        let wrong = Wrong::SlotDamaged { slot: ['A', 'B'][slot], size: self.mark().size };
        Some(wrong.at(FILE_NAME, (slot * SLOT_BYTES) as u64))
    }

    /// Both slots say the same. A writer leaves them so when it has begun, when it ends, and when a segment begins.
    pub(crate) fn are_level(&self) -> bool {
        self.0[0] == self.0[1]
    }

    fn newest(&self) -> usize {
        usize::from(self.0[1].map(|mark| mark.commit) > self.0[0].map(|mark| mark.commit))
    }
}

impl WatermarkFile {
    /// Makes the file of a log without entries, durable under its name.
    pub(crate) fn create(disk: &dyn Disk, folder: &Path, log_id: LogId) -> io::Result<()> {
        let mark = Watermark { log_id, size: TreeSize(0), root: Hash::of(&[]), commit: 0 };
        let slots = [mark.encode(), mark.encode()].concat();
        write_small(disk, &folder.join(FILE_NAME), &slots, Readers::Anyone)
    }

    pub(crate) fn open(disk: &dyn Disk, folder: &Path, slots: &Slots) -> io::Result<Self> {
        let file = disk.open(&folder.join(FILE_NAME), Access::Write)?;
        let mut left = Box::new([0; FILE_BYTES]);
        file.read_full_at(&mut *left, 0)?;
        if Slots::decode(&left) != *slots {
            return Err(io::Error::other(
                "it is not what was read a moment ago: somebody put another one there",
            ));
        }
        Ok(Self { file, left, newest: slots.newest() })
    }

    /// Has the lock see to it that the file keeps its name.
    pub(crate) fn watch(&self, lock: &mut Lock, folder: &Path) -> io::Result<()> {
        lock.watch_watermark(folder.join(FILE_NAME), &*self.file)
    }

    /// # Errors
    /// Somebody wrote to it.
    pub(crate) fn must_be_as_left(&self) -> io::Result<()> {
        let mut found = [0; FILE_BYTES];
        self.file.read_full_at(&mut found, 0)?;
        if found == *self.left {
            return Ok(());
        }
        Err(io::Error::other(
            "the watermark is not as this recorder left it: another one has begun, or an older watermark was put back",
        ))
    }

    /// Writes the mark, to be seen by readers; durable only after [`WatermarkFile::sync`]. What it says is durable
    /// already, so a reader that sees it early is told nothing wrong.
    pub(crate) fn write(&mut self, mark: &Watermark) -> io::Result<()> {
        let slot = 1 - self.newest;
        let (start, bytes) = (slot * SLOT_BYTES, mark.encode());
        self.file.write_at(&bytes, start as u64)?;
        self.left[start..start + SLOT_BYTES].copy_from_slice(&bytes);
        self.newest = slot;
        Ok(())
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }

    /// Moves the mark in both slots, one after the other, each durable before the next is touched. Mends a damaged
    /// slot, and sees to it that neither points below a segment that is about to begin.
    pub(crate) fn advance_both(&mut self, mark: &Watermark) -> io::Result<()> {
        for _ in 0..2 {
            self.write(mark)?;
            self.sync()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::SystemDisk;

    fn mark(commit: u64) -> Watermark {
        let size = TreeSize(commit * 3);
        Watermark { log_id: LogId([8; 16]), size, root: Hash::of(&commit.to_be_bytes()), commit }
    }

    #[test]
    fn the_newest_whole_slot_counts_and_the_other_is_written_next() {
        let folder = tempfile::tempdir().unwrap();
        WatermarkFile::create(&SystemDisk, folder.path(), LogId([8; 16])).unwrap();
        let mut file = WatermarkFile::open(
            &SystemDisk,
            folder.path(),
            &Slots::read(&SystemDisk, folder.path()).unwrap(),
        )
        .unwrap();
        for commit in 1..6 {
            let before = Slots::read(&SystemDisk, folder.path()).unwrap().mark();
            file.write(&mark(commit)).unwrap();
            let slots = Slots::read(&SystemDisk, folder.path()).unwrap();
            assert_eq!(slots.mark(), mark(commit));
            assert!(slots.0.contains(&Some(before)), "the mark before {commit} is still there");
        }
    }

    #[test]
    fn a_damaged_slot_is_named_and_two_are_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        std::fs::write(&path, [mark(1).encode(), mark(2).encode()].concat()).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[SLOT_BYTES + 30] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let slots = Slots::read(&SystemDisk, folder.path()).unwrap();
        assert_eq!(slots.mark(), mark(1));
        assert!(matches!(slots.damaged().unwrap().what, Wrong::SlotDamaged { slot: 'B', size: TreeSize(3) }));
        bytes[30] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(Slots::read(&SystemDisk, folder.path()).unwrap_err().what, Wrong::WatermarkLost));
    }
}
