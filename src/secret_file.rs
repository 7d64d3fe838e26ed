//! Files with a secret that others may read.

use std::fs::Metadata;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::terminal::{say, shown};

/// Says so if others than its owner may read a key, or write it.
pub(crate) fn warn_of_mode(path: &Path, about: &Metadata) {
    let mode = about.permissions().mode() & 0o777;
    if about.is_file() && ![0o600, 0o400].contains(&mode) {
        let path = shown(path);
        say(&format!("{path} has mode {mode:o}: whoever may read it can use it. `chmod 600 {path}`"));
    }
}
