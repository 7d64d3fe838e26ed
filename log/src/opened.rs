//! Entry 0 of a log, and the keys that it names.

use crate::codec;
use crate::entry::{Body, Envelope};
use crate::event::{Fact as _, LogOpened};
use crate::fault::{Fault, Wrong, same_log};
use crate::folder;
use crate::place::{LogIndex, TreeSize};
use crate::public_keys::PublicKeys;
use crate::segment::{Head, SEGMENT_HEADER_BYTES, SegmentWalk};
use crate::survey::{Survey, shorter};

/// Reads entry 0 at the beginning of the first segment.
pub(crate) fn log_opened(walk: &mut SegmentWalk, survey: &Survey) -> Result<(LogOpened, PublicKeys), Fault> {
    let Head::Frame(header) = walk.head()? else {
        return Err(walk.fault(shorter(&survey.mark, TreeSize(0))));
    };
    let frame = walk.take(header)?;
    let (_, entry) = frame.entries().next().expect("a frame has an entry at least");
    decode_opened(entry)
        .and_then(|(opened, keys)| same_log(survey.mark.log_id, opened.log_id()).map(|()| (opened, keys)))
        .map_err(|wrong| wrong.at(folder::segment_name(LogIndex(0)), SEGMENT_HEADER_BYTES as u64))
}

fn decode_opened(entry: &[u8]) -> Result<(LogOpened, PublicKeys), Wrong> {
    let index = LogIndex(0);
    let envelope = Envelope::decode(entry).map_err(|error| Wrong::Entry { index, error })?;
    let (Body::Inline(body), true) = (&envelope.body, envelope.kind == LogOpened::KIND) else {
        return Err(Wrong::Vouched { index, what: "is not log_opened" });
    };
    let opened: LogOpened =
        codec::decode(body).map_err(|error| Wrong::Entry { index, error: error.into() })?;
    let keys = PublicKeys::of(&opened).map_err(Wrong::Note)?;
    if keys.vkey.name() != opened.origin {
        return Err(Wrong::Vouched { index, what: "names a key of another origin" });
    }
    Ok((opened, keys))
}
