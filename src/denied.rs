//! Files that may not be opened, and their owners.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::terminal::{printable, shown};

/// Says that nobody lets us open `path`, and to whom it belongs: the file, or the folder that hides it.
pub(crate) fn denied(path: &Path) -> String {
    let visible = path.ancestors().find_map(|place| Some((place, place.metadata().ok()?)));
    match visible {
        Some((place, about)) => {
            format!("{}: permission denied; it belongs to `{}`", shown(place), owner(&about))
        }
        None => format!("{}: permission denied", shown(path)),
    }
}

/// The user's name, or the number where no name goes with it.
fn owner(about: &Metadata) -> String {
    match uzers::get_user_by_uid(about.uid()) {
        Some(user) => printable(&user.name().to_string_lossy()).into_owned(),
        None => about.uid().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, chown};

    use super::denied;

    #[test]
    fn what_is_denied_is_named_with_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("watermark");
        std::fs::write(&path, "").unwrap();
        let uid = path.metadata().unwrap().uid();
        let name =
            uzers::get_user_by_uid(uid).map_or(uid.to_string(), |user| user.name().to_string_lossy().into());
        let told =
            |path: &std::path::Path| format!("{}: permission denied; it belongs to `{name}`", path.display());
        assert_eq!(denied(&path), told(&path));
        assert_eq!(
            denied(&folder.path().join("hidden/in/it")),
            told(folder.path()),
            "what hides it is named"
        );
        // Only root gives files away.
        let nobodys = 4_242_424;
        if uzers::get_user_by_uid(nobodys).is_none() && chown(&path, Some(nobodys), None).is_ok() {
            assert!(denied(&path).ends_with("it belongs to `4242424`"), "{}", denied(&path));
        }
    }
}
