//! Rows of the index, and the memory of the sources beside it: never evidence, and anybody's bytes.

use annals_log::fuzzing;

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    fuzzing::index_seeds()
}

pub(crate) fn run(input: &[u8]) {
    fuzzing::index(input);
}
