//! SQL from files and from standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::failure::Failure;

/// The most bytes that are read: a longer statement is refused in any case.
pub(crate) const SQL_BYTES_MAX: u64 = 1 << 20;

/// Reads the SQL in a file.
pub(crate) fn in_file(file: &Path) -> Result<String, Failure> {
    File::open(file).and_then(read).map_err(|error| Failure::input(file, &error))
}

/// Reads SQL up to its end, or to [`SQL_BYTES_MAX`].
pub(crate) fn read(from: impl Read) -> io::Result<String> {
    let mut sql = String::new();
    from.take(SQL_BYTES_MAX).read_to_string(&mut sql)?;
    Ok(sql)
}
