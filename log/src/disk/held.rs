//! A file that is held open is still the one that has its name.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::{Disk, FileId};
use crate::fault::shown;

/// # Errors
/// Its name is gone, or another file has it: what is written to the one that is open nobody will find.
pub(crate) fn must_still_be(disk: &dyn Disk, path: &Path, id: FileId) -> io::Result<()> {
    let what = match disk.id_at(path) {
        Ok(found) if found == id => return Ok(()),
        Ok(_) => "another file has taken its place",
        Err(error) if error.kind() == ErrorKind::NotFound => "it is gone",
        Err(error) => return Err(error),
    };
    Err(io::Error::other(format!(
        "{}: {what} since this recorder opened it. Nothing may be removed, restored or copied in a log's folder while it is \
         recorded to",
        shown(path)
    )))
}
