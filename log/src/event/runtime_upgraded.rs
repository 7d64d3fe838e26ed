//! `runtime_upgraded`: a runtime came into force whose metadata is not in the log yet.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{number, object, text};
use super::{Derived, Fact, Kind, Known, Memory};

/// A runtime, recorded before the first recorded block that it executed, whose height is the entry's block. The native
/// id is the spec version in decimal. Attached is its metadata, SCALE, as the node gave it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RuntimeUpgraded {
    /// The runtime's name for itself.
    pub spec_name: String,
    /// Rises with every upgrade.
    pub spec_version: u32,
    /// The version of the form of extrinsics.
    pub transaction_version: u32,
    /// The version of the metadata: 14, 15 or 16.
    pub metadata_version: u8,
}

impl Fact for RuntimeUpgraded {
    const KIND: Kind = Kind(0x0202);
    const NAME: &'static str = "runtime_upgraded";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = Some(|_, event| {
        let known = Known { payload: event.payload, ..Known::default() };
        vec![Memory::of(Self::key(event.native_id), known)]
    });

    fn fields(&self) -> Value {
        object([
            ("spec_name", text(&self.spec_name)),
            ("spec_version", number(self.spec_version.into())),
            ("transaction_version", number(self.transaction_version.into())),
            ("metadata_version", number(self.metadata_version.into())),
        ])
    }
}

impl RuntimeUpgraded {
    /// Names the metadata of a runtime in what is remembered.
    pub fn key(spec_version: &str) -> String {
        format!("runtime {spec_version}")
    }
}
