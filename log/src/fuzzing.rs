//! What `tests/fuzz` reaches in here: readers of files that are never evidence, and so may be anybody's bytes.

use crate::{index, sources_file};

/// A byte says which reader, the rest is what it reads.
///
/// # Panics
/// If what the reader promises does not hold.
pub fn index(input: &[u8]) {
    match input.split_first() {
        Some((0, file)) => sources_file::fuzz(file),
        Some((&which, row)) => index::fuzz(which, row),
        None => {}
    }
}

/// Inputs of [`index`] to begin with.
pub fn index_seeds() -> Vec<Vec<u8>> {
    let with = |which: u8, bytes: Vec<u8>| [&[which], &bytes[..]].concat();
    let rows = index::fuzz_seeds().into_iter().map(|(which, row)| with(which, row));
    std::iter::once(with(0, sources_file::fuzz_seed())).chain(rows).collect()
}
