//! Holes: parts of a file that were never written, take no room, and are read as zeros for as long as one likes.

use std::fs::File;
use std::io::{self, Seek as _};

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;

/// Whether a file has a hole of at least `bytes`. Nothing that annals writes has one but a segment, so it need not be
/// read to its end, which may be days away. Leaves the file at its start.
///
/// # Errors
/// As the system's.
pub fn has_hole(mut file: &File, bytes: u64) -> io::Result<bool> {
    let found = find_hole(file, bytes)?;
    file.rewind()?;
    Ok(found)
}

fn find_hole(file: &File, bytes: u64) -> io::Result<bool> {
    let length = file.metadata()?.len();
    let mut at = 0;
    while at < length {
        let hole = match seek(file, SeekFrom::Hole(at)) {
            // A file system that knows of no holes.
            Err(Errno::INVAL | Errno::OPNOTSUPP) => return Ok(false),
            hole => hole?,
        };
        at = data_from(file, hole)?.unwrap_or(length);
        if at.saturating_sub(hole) >= bytes {
            return Ok(true);
        }
    }
    Ok(false)
}

/// See [`super::DiskFile::data_from`].
pub(super) fn data_from(file: &File, offset: u64) -> io::Result<Option<u64>> {
    match seek(file, SeekFrom::Data(offset)) {
        Err(Errno::NXIO) => Ok(None),
        // A file system that knows of no holes.
        Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok((offset < file.metadata()?.len()).then_some(offset)),
        at => Ok(Some(at?)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt as _;

    use super::*;

    #[test]
    fn a_hole_is_found_wherever_it_is() {
        const MIB: u64 = 1 << 20;
        let file = tempfile::tempfile().unwrap();
        assert!(!has_hole(&file, MIB).unwrap(), "an empty file has none");
        file.write_all_at(&[1; 4096], 0).unwrap();
        assert!(!has_hole(&file, MIB).unwrap());
        file.set_len(200 << 30).unwrap();
        assert!(has_hole(&file, MIB).unwrap(), "at the end");
        assert_eq!(data_from(&file, 0).unwrap(), Some(0));
        assert_eq!(data_from(&file, 8192).unwrap(), None);
        file.write_all_at(&[1; 4096], 100 << 30).unwrap();
        assert_eq!(data_from(&file, 8192).unwrap(), Some(100 << 30));
        file.set_len((100 << 30) + 4096).unwrap();
        assert!(has_hole(&file, MIB).unwrap(), "in the middle");
        assert!(!has_hole(&file, 101 << 30).unwrap(), "it is not as long as that");
    }
}
