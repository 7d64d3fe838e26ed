//! Whether a frame is the one that follows: commit number, indexes, times, what it vouches for, and the tree.

use std::collections::BTreeSet;

use crate::entry::{Envelope, PayloadRef};
use crate::fault::{Wrong, same_number, same_root};
use crate::hash::Hash;
use crate::place::LogIndex;
use crate::public_keys::PublicKeys;
use crate::segment::{Frame, Head, SegmentHeader, SegmentWalk};
use crate::tree::RightEdge;

/// Which signatures are checked while frames are followed. Roots always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signatures {
    /// None here; the caller checks the last, which covers all entries before it.
    Last,
    /// Each frame's.
    All,
}

/// The end of what has been followed.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    pub(crate) edge: RightEdge,
    /// Of the frame that comes next.
    pub(crate) commit: u64,
    /// Of the last frame; `None` at the start of a segment, whose predecessor has not been read.
    pub(crate) recorded_at_ms: Option<i64>,
}

impl Chain {
    pub(crate) fn at_start_of(header: &SegmentHeader) -> Self {
        Self { edge: header.edge.clone(), commit: header.commit, recorded_at_ms: None }
    }

    /// Takes the next frame in. `on_root` gets each index and the tree after that entry, for roots between frames.
    ///
    /// # Errors
    /// Says what does not follow; the chain is then of no further use.
    pub(crate) fn follow(
        &mut self,
        frame: &Frame<'_>,
        keys: &PublicKeys,
        signatures: Signatures,
        mut on_root: impl FnMut(LogIndex, &RightEdge),
    ) -> Result<(), Wrong> {
        same_number("the commit number", self.commit, frame.header.commit)?;
        same_number("the first index", self.edge.size().0, frame.header.first.0)?;
        if self.recorded_at_ms.is_some_and(|earlier| frame.header.recorded_at_ms < earlier) {
            return Err(Wrong::Malformed("the frame was recorded before the one in front of it"));
        }
        check_entries(frame, |index, entry| {
            self.edge.push(Hash::leaf(entry));
            on_root(index, &self.edge);
        })?;
        let claim = frame.checkpoint().claim();
        if claim.origin != keys.vkey.name() {
            return Err(Wrong::Malformed("the checkpoint is of another origin than entry 0"));
        }
        same_root("the frame's checkpoint", self.edge.root(), claim.root)?;
        if signatures == Signatures::All {
            keys.verify(frame.checkpoint()).map_err(Wrong::Note)?;
        }
        self.commit += 1;
        self.recorded_at_ms = Some(frame.header.recorded_at_ms);
        Ok(())
    }

    /// Follows the frames beyond the watermark, signatures and all, as far as they are sound; the first that is not
    /// ends it, for it was never promised. The walk then stands behind the last one taken, of which `taken` is told
    /// with its offset.
    pub(crate) fn follow_beyond(
        &mut self,
        walk: &mut SegmentWalk,
        keys: &PublicKeys,
        mut taken: impl FnMut(u64, &Frame<'_>),
    ) {
        while let Ok(Head::Frame(header)) = walk.head() {
            let (offset, mut next) = (walk.offset(), self.clone());
            match walk.take(header) {
                Ok(frame) if next.follow(&frame, keys, Signatures::All, |_, _| {}).is_ok() => {
                    taken(offset, &frame);
                }
                _ => return walk.seek(offset),
            }
            *self = next;
        }
    }
}

/// Checks what a frame says beside its tree: its entries can be read and bear its time, and its payload records are
/// those that the entries vouch for. Calls `on_entry` with each entry.
///
/// # Errors
/// The first that is not so.
pub(crate) fn check_entries(
    frame: &Frame<'_>,
    mut on_entry: impl FnMut(LogIndex, &[u8]),
) -> Result<(), Wrong> {
    let mut vouched = Vec::with_capacity(frame.payloads().len());
    for (index, entry) in frame.entries() {
        let envelope = Envelope::decode(entry).map_err(|error| Wrong::Entry { index, error })?;
        if envelope.recorded_at_ms != frame.header.recorded_at_ms {
            return Err(Wrong::Vouched { index, what: "has another recorded time than its frame" });
        }
        vouched.extend(envelope.payloads());
        on_entry(index, entry);
    }
    same_payloads(frame, vouched)
}

/// The frame has a record for each payload its entries vouch for, in the order they first do, and none besides.
fn same_payloads(frame: &Frame<'_>, vouched: Vec<PayloadRef>) -> Result<(), Wrong> {
    let mut seen = BTreeSet::new();
    let mut vouched = vouched.into_iter().filter(|payload| seen.insert(*payload));
    for record in frame.payloads() {
        if vouched.next() != Some(record.payload) {
            let what = "is in the frame where the entries vouch for another one, or for none";
            return Err(Wrong::Payload { digest: record.payload.digest(), what });
        }
    }
    match vouched.next() {
        Some(missing) => {
            Err(Wrong::Payload { digest: missing.digest(), what: "is vouched for, and not in the frame" })
        }
        None => Ok(()),
    }
}
