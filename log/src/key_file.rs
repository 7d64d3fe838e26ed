//! The file of the log's own key.

use crate::disk::{Disk, read_small};
use crate::fault::{Fault, Wrong};
use crate::folder::{self, Folder};
use crate::vkey::{NoteSigner, Vkey};

const KEY_FILE_BYTES_MAX: u64 = 4096;

/// Reads the signer of the log whose public key is `vkey`.
///
/// # Errors
/// A fault that names the key file: it is missing, may not be read, or is another log's.
pub(crate) fn read_key(disk: &dyn Disk, folder: &Folder, vkey: &Vkey) -> Result<NoteSigner, Fault> {
    let at = |wrong: Wrong| wrong.at(folder::KEY_FILE, None);
    let text = read_small(disk, &folder.join(folder::KEY_FILE), KEY_FILE_BYTES_MAX)
        .map_err(|error| at(Wrong::Unreadable(error)))?;
    let text = String::from_utf8(text).map_err(|_| at(Wrong::NotThis("a key file")))?;
    let signer = NoteSigner::from_secret_text(&text).map_err(|error| at(Wrong::Note(error)))?;
    if signer.vkey() == vkey { Ok(signer) } else { Err(at(Wrong::OtherKey { expected: vkey.to_string() })) }
}
