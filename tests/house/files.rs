//! The Rust files of the house.

use std::path::{Path, PathBuf};

pub(super) fn house() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of the rooms that hold code, in order.
pub(super) fn all_rust_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for room in ["src", "tests", "log", "ingest", "gpu", "projections", "queries"] {
        let room = house().join(room);
        if room.exists() {
            files.extend(rust_files(&room));
        }
    }
    files
}

/// The root files of our crates: `lib.rs` or `main.rs` in a folder `src`.
pub(super) fn crate_roots() -> Vec<PathBuf> {
    let mut roots = all_rust_files();
    roots.retain(|path| path.ends_with("src/lib.rs") || path.ends_with("src/main.rs"));
    roots
}

pub(super) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The path from the top of the house, as the lists of exceptions write it.
pub(super) fn name_of(path: &Path) -> String {
    path.strip_prefix(house()).unwrap().to_str().unwrap().to_owned()
}

pub(super) fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
