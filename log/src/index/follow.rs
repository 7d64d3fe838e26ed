//! The index's own thread: reads the frames that became durable, and writes their rows.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use super::contents;
use super::cursor::Cursor;
use super::row::{Row, rows_of_frame};
use super::shared::Shared;
use super::stopped::IndexFolder;
use super::store::{Store, StoreError};
use crate::attest::Attester;
use crate::disk::{Access, Disk};
use crate::entry::Envelope;
use crate::fault::{Fault, Wrong, same_root};
use crate::folder::{self, Folder};
use crate::hash::Hash;
use crate::place::{LogId, TreeSize};
use crate::read_error::ReadError;
use crate::reader::Reader;
use crate::segment::{Frame, Head, SEGMENT_HEADER_BYTES, SegmentWalk};

/// Rows written at once: enough to be cheap, few enough to stop soon.
const BATCH_ROWS: usize = 4096;
/// Made anew more often than this since the log was opened, the disk is not worth another try.
const MADE_ANEW_MAX: u32 = 3;

pub(super) struct Follower {
    disk: Arc<dyn Disk>,
    folder: Folder,
    index: IndexFolder,
    log_id: LogId,
    shared: Arc<Shared>,
}

/// Why following ended before it was asked to.
enum Ended {
    /// Make the index anew.
    Store(StoreError),
    /// The log itself is not what it was, or cannot be read here.
    Log(Fault),
}

/// What the follower goes by when it looks for the next frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    /// At the first frame of the log: only the log can be wrong.
    AtFirstFrame,
    /// Where an earlier holder left its index, which may point anywhere.
    WhereItWasLeft,
}

impl Begun {
    /// What is not as it should be where the next frame was looked for.
    fn astray(self, fault: Fault, why: &'static str) -> Ended {
        match self {
            Self::AtFirstFrame => Ended::Log(fault),
            // It is met again, and known for what it is, when the index is made anew.
            Self::WhereItWasLeft => StoreError::Astray(why).into(),
        }
    }
}

impl<E: Into<StoreError>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

impl Follower {
    pub(super) fn new(
        disk: Arc<dyn Disk>,
        root: &Path,
        log_id: LogId,
        attester: Attester,
        shared: Arc<Shared>,
    ) -> Self {
        Self { disk, folder: Folder::new(root), index: IndexFolder::new(root, attester), log_id, shared }
    }

    /// Follows until it is told to stop. What goes wrong with the index stays with the index.
    pub(super) fn run(self) {
        loop {
            let ended = catch_unwind(AssertUnwindSafe(|| self.follow()));
            let ended = ended.unwrap_or(Err(Ended::Store(StoreError::Panicked)));
            if let Some(store) = self.shared.put_store(None) {
                store.abandon();
            }
            match ended {
                Ok(()) => return,
                // A recorder that goes on behind a damaged frame signs for it.
                Err(Ended::Log(fault)) if fault.is_damage() => return self.shared.note_fault(fault),
                Err(Ended::Log(fault)) => return self.shared.note_trouble(fault.to_string(), true),
                Err(Ended::Store(error)) => {
                    // If it stays, it is found not to have been left well, and removed then.
                    let _ = contents::remove(&self.index.database());
                    let made_anew = self.shared.standing().made_anew;
                    let given_up = error.is_lasting() || made_anew >= MADE_ANEW_MAX;
                    self.shared.note_trouble(error.to_string(), given_up);
                    // The next holder makes it anew: an empty one must not pass for one that was left well.
                    if given_up || self.shared.is_stopping() {
                        return;
                    }
                }
            }
        }
    }

    /// From opening the database to closing it well.
    fn follow(&self) -> Result<(), Ended> {
        let database = self.index.database();
        if !self.index.take_stopped(&*self.disk)? && database.exists() {
            let trouble = "its last holder did not stop well, or its files are not those that it left";
            self.shared.note_trouble(trouble.to_owned(), false);
            contents::remove(&database)?;
        }
        let store = Store::open(&self.index.make_database(&*self.disk)?)?;
        let (begun, mut cursor) = match store.view().cursor()? {
            Some(cursor) => (Begun::WhereItWasLeft, cursor),
            None => (Begun::AtFirstFrame, Cursor::at_start()),
        };
        self.must_be_of_this_log(&cursor)?;
        self.shared.put_store(Some(store));
        while let Some(size) = self.shared.next_target(cursor.size())? {
            self.follow_to(size, &mut cursor, begun)?;
        }
        if let Some(store) = self.shared.put_store(None) {
            store.close()?;
            self.index.say_stopped(&*self.disk)?;
        }
        Ok(())
    }

    /// A log may have been put back to an earlier day, or gone another way since: the index is of this one only if both
    /// have the same tree where the index stands.
    fn must_be_of_this_log(&self, cursor: &Cursor) -> Result<(), Ended> {
        if cursor.size() == TreeSize(0) {
            return Ok(());
        }
        let root = Reader::open_on(&self.disk, self.folder.root())
            .and_then(|mut reader| reader.root_of_commit(cursor.size()));
        match root {
            Ok(root) if root == Some(cursor.edge.root()) => Ok(()),
            Err(ReadError::Fault(fault)) => Err(Ended::Log(fault)),
            _ => Err(StoreError::Astray("it stands on another tree").into()),
        }
    }

    /// Takes in frames up to `size`, or until called off.
    fn follow_to(&self, size: TreeSize, cursor: &mut Cursor, begun: Begun) -> Result<(), Ended> {
        let mut walk = self.walk(cursor, begun)?;
        let mut rows = Vec::new();
        while cursor.size() < size && !self.shared.is_called_off() {
            let head = walk.head().map_err(|fault| match fault.what {
                Wrong::NotThis(_) => begun.astray(fault, "no frame begins where the next one should"),
                _ => Ended::Log(fault),
            })?;
            match head {
                Head::Frame(header) if header.first == cursor.place().first && header.size() <= size => {
                    let frame = walk.take(header).map_err(Ended::Log)?;
                    self.take_frame(&frame, cursor, begun, &mut rows)?;
                    cursor.offset += header.frame_bytes() as u64;
                }
                Head::Seal(seal) if seal.size == cursor.size() => {
                    (cursor.segment, cursor.offset) = (seal.size.next_index(), SEGMENT_HEADER_BYTES as u64);
                    walk = self.walk(cursor, begun)?;
                }
                other => {
                    let fault = walk.fault(not_next(&other, cursor.size(), size));
                    return Err(begun.astray(fault, "no frame is where the next one should be"));
                }
            }
            if rows.len() >= BATCH_ROWS {
                self.write(std::mem::take(&mut rows), cursor)?;
            }
        }
        self.write(rows, cursor)
    }

    /// A walk anew each time: what an older one read ahead was not written yet.
    fn walk(&self, cursor: &Cursor, begun: Begun) -> Result<SegmentWalk, Ended> {
        let name = folder::segment_name(cursor.segment);
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => begun
                .astray(Wrong::Missing.at(&name, None), "there is no segment where the next one should be"),
            _ => Ended::Log(Wrong::Unreadable(error).at(&name, None)),
        };
        let file = self.disk.open(&self.folder.join(&name), Access::Read).map_err(unreadable)?;
        let mut walk = SegmentWalk::new(file, name, self.log_id, SegmentWalk::WHOLE).map_err(Ended::Log)?;
        walk.seek(cursor.offset);
        Ok(walk)
    }

    /// Takes leaves and rows of one frame. The tree must be the one that was signed, or the cursor was not of this log.
    fn take_frame(
        &self,
        frame: &Frame<'_>,
        cursor: &mut Cursor,
        begun: Begun,
        rows: &mut Vec<Row>,
    ) -> Result<(), Ended> {
        let (place, name) = (cursor.place(), folder::segment_name(cursor.segment));
        let mut envelopes = Vec::new();
        for (index, entry) in frame.entries() {
            let unreadable = |error| Ended::Log(Wrong::Entry { index, error }.at(&name, place.offset));
            envelopes.push(Envelope::decode(entry).map_err(unreadable)?);
            cursor.push(Hash::leaf(entry), rows);
        }
        same_root("the frame's checkpoint", cursor.edge.root(), frame.checkpoint().claim().root).map_err(
            |wrong| begun.astray(wrong.at(&name, place.offset), "its tree is not the one that was signed"),
        )?;
        rows.extend(rows_of_frame(frame, place, &envelopes));
        Ok(())
    }

    fn write(&self, rows: Vec<Row>, cursor: &Cursor) -> Result<(), Ended> {
        Ok(self.shared.with_store(|store| store.write(rows, cursor))?)
    }
}

/// What stands where the next frame belongs, behind `found` entries of `durable`.
fn not_next(head: &Head, found: TreeSize, durable: TreeSize) -> Wrong {
    let (what, at) = match head {
        Head::Frame(header) if header.first != found.next_index() => ("the first index", header.first.0),
        Head::Frame(_) => return Wrong::Malformed("the frame crosses the watermark"),
        Head::Seal(seal) => ("the seal's size", seal.size.0),
        Head::Nothing => return Wrong::Shorter { expected: durable, found },
    };
    Wrong::Number { what, expected: found.0, found: at }
}
