//! What lies beyond the watermark: what a crash left there, or what an older watermark hides.
//!
//! A crash leaves at most the commits of one sync, none of them acknowledged; a power cut during a lagged import
//! leaves more. Acknowledged frames are part of the log, wherever the watermark is.

use crate::entry::Envelope;
use crate::event::{Fact as _, LogOpened, RecorderStarted, RecorderStopped};
use crate::group::GROUP_MAX;
use crate::place::TreeSize;
use crate::public_keys::PublicKeys;
use crate::segment::{Frame, Head, SegmentWalk};

/// A segment is searched so far: more than all commits that one sync may make durable.
const SEARCHED_BYTES_MAX: u64 = 128 << 20;
/// Of what looks like a frame so much is read: bytes that a stranger chose may look like very many.
const TRIED_BYTES_MAX: u64 = 1 << 30;

/// Whole frames of this log, signed by its key, from a place of a segment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Beyond {
    /// The log's size behind the last of them.
    pub(crate) size: TreeSize,
    /// The first stands where the next frame belongs, and is no writer's first: that one has said who it is.
    pub(crate) goes_on: bool,
    /// Commits there were acknowledged, so no crash has left them: there are more than one sync makes durable, or one
    /// that its writer waits for comes before another, or the segment is sealed.
    pub(crate) is_acknowledged: bool,
}

/// Looks for frames from the walk's place on, where the frame of `commit` belongs, behind `size` entries; passes over
/// what is damaged. The walk stands where it stood.
pub(crate) fn look(walk: &mut SegmentWalk, commit: u64, size: TreeSize, keys: &PublicKeys) -> Option<Beyond> {
    let start = walk.offset();
    let mut found: Option<Beyond> = None;
    let (mut tried_bytes, mut settled) = (0, false);
    while tried_bytes < TRIED_BYTES_MAX
        && walk.seek_frame(start.saturating_add(SEARCHED_BYTES_MAX)).is_ok_and(|is_there| is_there)
    {
        let offset = walk.offset();
        if let Ok(Head::Frame(header)) = walk.head()
            && header.commit >= commit
            && header.first.0 >= size.0
        {
            tried_bytes += header.frame_bytes() as u64;
            // The signature says that it was not made up: whoever may put bytes into a log may put frames into them.
            if let Ok(frame) = walk.take(header)
                && keys.verify(frame.checkpoint()).is_ok()
            {
                let goes_on = offset == start && !begins_session(&frame);
                let beyond =
                    found.get_or_insert(Beyond { size: frame.size(), goes_on, is_acknowledged: false });
                beyond.size = beyond.size.max(frame.size());
                beyond.is_acknowledged |= settled || header.commit - commit >= GROUP_MAX as u64;
                settled |= is_waited_for(&frame);
                walk.seek(offset + header.frame_bytes() as u64);
                continue;
            }
        }
        walk.seek(offset + 1);
    }
    // A seal is written when the watermark is durable where it stands.
    if let Some(seal) = walk.seal_at_end().filter(|seal| seal.size > size && seal.next_commit > commit) {
        let beyond = found.get_or_insert(Beyond { size: seal.size, goes_on: false, is_acknowledged: true });
        (beyond.size, beyond.is_acknowledged) = (seal.size, true);
    }
    walk.seek(start);
    found
}

fn begins_session(frame: &Frame<'_>) -> bool {
    let first = frame.entries().next().and_then(|(_, entry)| Envelope::decode(entry).ok());
    first.is_some_and(|envelope| envelope.kind == RecorderStarted::KIND)
}

/// Whether the writer waits until such a commit is durable before it goes on: it ends a batch, or begins or ends a
/// session.
fn is_waited_for(frame: &Frame<'_>) -> bool {
    const SESSION: [crate::event::Kind; 3] = [LogOpened::KIND, RecorderStarted::KIND, RecorderStopped::KIND];
    let mut envelopes = frame.entries().filter_map(|(_, entry)| Envelope::decode(entry).ok());
    envelopes.any(|envelope| envelope.closes.is_some() || SESSION.contains(&envelope.kind))
}
