//! A file that says that a server answers, and where.

use std::io::Write as _;
use std::path::Path;

use crate::failure::Failure;

/// Whoever waits for the file finds it whole.
pub(crate) fn write_ready_file(file: &Path, url: &str) -> Result<(), Failure> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let of_file = |error| Failure::input(file, &error);
    let mut new = tempfile::NamedTempFile::new_in(folder).map_err(of_file)?;
    writeln!(new, "{url}").map_err(of_file)?;
    new.persist(file).map_err(|error| of_file(error.error))?;
    Ok(())
}
