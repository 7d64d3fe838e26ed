//! Metadata, and what it makes of the events and extrinsics of a real block.

use std::sync::LazyLock;

use annals_ingest::fuzzing::Runtime;

use crate::scale::{blocks, metadata_of};

/// The largest block that was recorded.
static BLOCK: LazyLock<(Vec<u8>, Vec<Vec<u8>>)> = LazyLock::new(|| {
    let (_, events, extrinsics) = blocks().into_iter().max_by_key(|(_, events, _)| events.len()).unwrap();
    (events, extrinsics)
});

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    vec![metadata_of(101), metadata_of(185)]
}

pub(crate) fn run(input: &[u8]) {
    let (events, extrinsics) = &*BLOCK;
    let Some(runtime) = Runtime::of(input.to_vec()) else { return };
    runtime.events(events);
    extrinsics.iter().for_each(|extrinsic| runtime.extrinsic(extrinsic));
}
