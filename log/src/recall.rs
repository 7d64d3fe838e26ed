//! Recalling what the sources have told: from what an earlier session saved, and the entries that came after.

use std::path::Path;
use std::sync::Arc;

use crate::disk::Disk;
use crate::payloads::Payloads;
use crate::place::TreeSize;
use crate::read_error::ReadError;
use crate::reader::Reader;
use crate::sources::Sources;
use crate::sources_file;

/// Folds the first `size` entries of the log in `root`, going on where an earlier session left its memory.
///
/// # Errors
/// What was met on the way.
pub(crate) fn recall(disk: &Arc<dyn Disk>, root: &Path, size: TreeSize) -> Result<Sources, ReadError> {
    let mut reader = Reader::open_on(disk, root)?;
    let (from, mut sources) = saved(&mut reader, size)?.unwrap_or((TreeSize(0), Sources::default()));
    let mut payloads = Payloads::of(&reader);
    let mut scan = reader.scan(from.next_index()..size.next_index());
    while let Some(frame) = scan.next_frame()? {
        for (index, entry) in frame.entries() {
            let envelope = reader.envelope(index, entry)?;
            sources.take_entry(&envelope, || payloads.body(&frame, &envelope))?;
        }
    }
    Ok(sources)
}

/// What was saved, if it stands on this log, at or below `size`.
fn saved(reader: &mut Reader, size: TreeSize) -> Result<Option<(TreeSize, Sources)>, ReadError> {
    let Some((at, sources)) = sources_file::load(reader) else { return Ok(None) };
    let is_here = at.log_id == reader.opened().log_id()
        && at.size <= size
        && reader.root_of_commit(at.size)? == Some(at.root);
    Ok(is_here.then_some((at.size, sources)))
}
