//! The file that keeps what was asked before.

use std::ffi::OsString;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::terminal::{say, shown};

/// The most statements that are kept.
pub(super) const STATEMENTS_MAX: usize = 1_000;

/// Returns the file, whose folder is there; `None` where nothing is kept. Why a file that is asked for cannot be had
/// is said.
pub(super) fn file(data: &Path) -> Option<PathBuf> {
    let [named, state, home] = ["ANNALS_HISTORY", "XDG_STATE_HOME", "HOME"].map(std::env::var_os);
    let file = place(named, state, home)?;
    if is_within(&file, data) {
        say(&format!("{}: no history is kept in a log's folder", shown(&file)));
        return None;
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), |folder| DirBuilder::new().recursive(true).mode(0o700).create(folder));
    if let Err(error) = made {
        say(&format!("{}: no history is kept: {error}", shown(&file)));
        return None;
    }
    Some(file)
}

/// A file that is named, though with an empty name there is none; else one in the user's folder for states.
fn place(named: Option<OsString>, state: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    if let Some(named) = named {
        return Some(PathBuf::from(named)).filter(|file| !file.as_os_str().is_empty());
    }
    // One that is not absolute is passed over, as the specification of these folders says.
    let folder = |value: Option<OsString>| value.map(PathBuf::from).filter(|folder| folder.is_absolute());
    let state = folder(state).or_else(|| Some(folder(home)?.join(".local/state")))?;
    Some(state.join("annals/history"))
}

/// Whether a file is below a folder, by whatever links lead to either.
fn is_within(file: &Path, folder: &Path) -> bool {
    let (Ok(file), Ok(folder)) = (std::path::absolute(file), folder.canonicalize()) else { return false };
    let mut known = file.ancestors().filter_map(|above| above.canonicalize().ok());
    known.next().is_some_and(|above| above.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_named_or_the_user_s() {
        let of = |named: Option<&str>, state: Option<&str>, home: Option<&str>| {
            place(named.map(Into::into), state.map(Into::into), home.map(Into::into))
        };
        let is = |file: &str| Some(PathBuf::from(file));
        assert_eq!(of(Some("mine"), Some("/state"), Some("/home")), is("mine"));
        assert_eq!(of(Some(""), Some("/state"), Some("/home")), None);
        assert_eq!(of(None, Some("/state"), Some("/home")), is("/state/annals/history"));
        assert_eq!(of(None, Some(""), Some("/home")), is("/home/.local/state/annals/history"));
        assert_eq!(of(None, Some("state"), Some("/home")), is("/home/.local/state/annals/history"));
        assert_eq!(of(None, None, None), None);
        assert_eq!(of(None, None, Some("")), None);
    }

    #[test]
    fn a_log_s_folder_is_seen_through_links() {
        let folder = tempfile::tempdir().unwrap();
        let (log, link) = (folder.path().join("log"), folder.path().join("link"));
        std::fs::create_dir(&log).unwrap();
        std::os::unix::fs::symlink(&log, &link).unwrap();
        assert!(is_within(&log.join("history"), &log) && is_within(&link.join("new/history"), &log));
        assert!(is_within(&log.join("history"), &link));
        assert!(!is_within(&folder.path().join("logs/history"), &log));
    }
}
