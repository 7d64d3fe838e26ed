//! Bytes that no runtime wrote, for `tests/fuzz`.

use std::fmt;

use super::events::Events;
use super::extrinsics::Extrinsic;
use super::question::RuntimeVersion;
use super::runtime::Runtime;
use super::scale::TEXT_BYTES_MAX;
use super::watch::{RawEvents, Watch};

/// What there is for the watched events of a block.
const ROOM_BYTES: usize = 8 << 20;

/// A runtime, by its metadata.
pub struct FuzzedRuntime(Runtime);

impl fmt::Debug for FuzzedRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.told)
    }
}

impl FuzzedRuntime {
    /// `None` for what is no metadata.
    pub fn of(metadata: Vec<u8>) -> Option<Self> {
        let (spec_name, spec_version) = ("node-subtensor".to_owned(), 1);
        let version = RuntimeVersion { spec_name, spec_version, transaction_version: 1 };
        Runtime::of(&version, metadata).ok().map(Self)
    }

    /// Decodes the events of a block, with everything shown.
    ///
    /// # Panics
    /// If what is shown is no JSON, is without bounds, or is another one the second time.
    pub fn events(&self, bytes: &[u8]) {
        let metadata = &self.0.metadata;
        let pallets: Vec<_> = metadata.pallets().map(|pallet| pallet.name()).collect();
        let watch = Watch::of(pallets, RawEvents::Kept);
        let read = Events::decode(bytes, metadata, &watch, ROOM_BYTES);
        if let Ok(events) = &read {
            let (listed, _) = events.watched.clone().end();
            assert!(listed.len() <= events.count as usize);
            assert!(listed.iter().map(|event| event.fields.len()).sum::<usize>() <= ROOM_BYTES);
            listed.iter().for_each(|event| assert_json(&event.fields));
        }
        assert_eq!(read, Events::decode(bytes, metadata, &watch, ROOM_BYTES));
    }

    /// Decodes an extrinsic.
    ///
    /// # Panics
    /// As [`FuzzedRuntime::events`].
    pub fn extrinsic(&self, bytes: &[u8]) {
        if let Ok(extrinsic) = Extrinsic::decode(bytes, &self.0.metadata, TEXT_BYTES_MAX) {
            if let Some(args) = extrinsic.args_text() {
                assert!(args.len() <= TEXT_BYTES_MAX);
                assert_json(args);
            }
            extrinsic.timestamp_ms();
        }
    }
}

fn assert_json(text: &str) {
    let read = annals_log::json::parse(text);
    assert!(read.is_ok(), "no JSON: {read:?}: {text}");
}
