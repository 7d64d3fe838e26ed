//! Whether what is read of a log is what was signed, where only a part of it is read.

use annals_log::{ReadError, Reader};

/// Up to so many entries a log is held against its root in passing: a release build hashes them in a tenth of a second.
const ENTRIES_MAX: u64 = 250_000;

/// Hashes the whole log and compares its root, once, before a part of it is read. Returns a note when the log is too
/// long for that; `part` names what is read.
///
/// # Errors
/// A fault, with its place.
pub(crate) fn hold(reader: &Reader, part: &str) -> Result<Option<String>, ReadError> {
    if reader.size().0 <= ENTRIES_MAX {
        return reader.hold_to_root().map(|()| None);
    }
    Ok(Some(format!(
        "{part} were read without the rest of the log: that they are those that were signed was not checked, `annals verify` \
         does that"
    )))
}
