//! Bytes that no runtime wrote, for `tests/fuzz`.

use std::fmt;

use super::events::Events;
use super::extrinsics::Extrinsic;
use super::question::RuntimeVersion;
use super::runtime::Runtime;
use super::scale::Budget;
use super::watch::{RawEvents, Watch};

/// What all texts of a block may take: what is shown of one value, beside what was shown before.
const TEXT_BYTES_MAX: usize = 16 << 20;

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
        let read = Events::decode(bytes, metadata, &watch);
        if let Ok(events) = &read {
            assert_eq!(events.watched.len(), events.count as usize);
            assert!(events.watched.iter().map(|event| event.fields.len()).sum::<usize>() <= TEXT_BYTES_MAX);
            events.watched.iter().for_each(|event| assert_json(&event.fields));
        }
        assert_eq!(read, Events::decode(bytes, metadata, &watch));
    }

    /// Decodes an extrinsic.
    ///
    /// # Panics
    /// As [`FuzzedRuntime::events`].
    pub fn extrinsic(&self, bytes: &[u8]) {
        let mut budget = Budget::default();
        if let Ok(extrinsic) = Extrinsic::decode(bytes, &self.0.metadata, &mut budget) {
            assert!(extrinsic.args.len() <= TEXT_BYTES_MAX);
            assert_json(&extrinsic.args);
            extrinsic.timestamp_ms();
        }
    }
}

fn assert_json(text: &str) {
    let read = annals_log::json::parse(text);
    assert!(read.is_ok(), "no JSON: {read:?}: {text}");
}
