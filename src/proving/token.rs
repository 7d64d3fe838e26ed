//! The token that worker and challenger share.

use std::path::Path;

use crate::failure::Failure;
use crate::secret_file::warn_of_mode;
use crate::terminal::shown;

/// Shorter ones are guessed.
const BYTES_MIN: usize = 16;
const BYTES_MAX: usize = 512;

/// Reads the token in `path`: the one line of the file.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    let unread = |error| Failure::input(path, &error);
    warn_of_mode(path, &path.metadata().map_err(unread)?);
    let text = std::fs::read_to_string(path).map_err(unread)?;
    let token = text.trim_end_matches(['\n', '\r']);
    let is_line = token.bytes().all(|byte| byte.is_ascii_graphic());
    if is_line && (BYTES_MIN..=BYTES_MAX).contains(&token.len()) {
        return Ok(token.to_owned());
    }
    Err(Failure::Usage(format!(
        "{}: a token is one line of {BYTES_MIN} to {BYTES_MAX} characters of printable ASCII without spaces, as \
         `head -c 32 /dev/urandom | base64` writes it",
        shown(path)
    )))
}
