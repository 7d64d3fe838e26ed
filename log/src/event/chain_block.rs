//! `chain_block`: a finalized block, with what it says that is watched.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{bytes, digest, list, number, object, or_null, parsed, text};
use super::{Account, Anomaly, BlockHeader, Derived, EventView, Fact, Kind, Known, Memory};
use crate::hash::Hash;

/// A block. The native id is its hash, `0x` and hex, which is BLAKE2b-256 of the header; the entry's block is its
/// height; observed is its own timestamp. Attached, unless the recorder was told to leave it out: the block's
/// `System.Events`, as the node gave it.
///
/// Everything in it was decoded by the runtime that executed it, which is the one in force after its parent.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ChainBlock {
    /// SCALE bytes, see [`BlockHeader`].
    pub header: Vec<u8>,
    /// Of the runtime that executed it.
    pub spec_version: u32,
    /// SHA-256 of the metadata that it was decoded by: the payload of a `runtime_upgraded` before it.
    pub metadata_sha256: [u8; 32],
    /// All events of the block, watched or not.
    pub event_count: u32,
    /// All extrinsics of the block.
    pub extrinsic_count: u32,
    /// Those that are watched, in their order.
    pub events: Vec<ChainEvent>,
    /// Those that are watched, and those that could not be decoded, in their order.
    pub extrinsics: Vec<ChainExtrinsic>,
}

/// An event that a runtime deposited.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ChainEvent {
    /// Place among all events of the block, from 0.
    pub index: u32,
    /// When it was deposited.
    pub phase: EventPhase,
    /// As the metadata names it.
    pub pallet: String,
    /// As the metadata names it.
    pub name: String,
    /// A JSON object of its fields; of fields without names a list. Accounts are SS58 with prefix 42, bytes are `0x`
    /// and hex; over 1,024 of them `{"length": n, "blake2_256": "0x…"}`.
    pub fields: String,
}

/// When an event was deposited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum EventPhase {
    /// By the extrinsic at this place.
    Extrinsic(u32),
    /// Before all extrinsics.
    Initialization,
    /// Behind all extrinsics.
    Finalization,
}

/// An extrinsic of a block.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ChainExtrinsic {
    /// Place in the block, from 0.
    pub index: u32,
    /// BLAKE2b-256 of its bytes.
    pub hash: [u8; 32],
    /// What it is.
    pub told: ToldExtrinsic,
}

/// What an extrinsic is, as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum ToldExtrinsic {
    /// A call.
    Call(ChainCall),
    /// The runtime's metadata does not decode it, for this reason.
    Undecoded(String),
}

/// A call that an extrinsic makes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ChainCall {
    /// Who signed; `None` for inherents, and for signers that are no account of 32 bytes.
    pub signer: Option<[u8; 32]>,
    /// As the metadata names it.
    pub pallet: String,
    /// As the metadata names it.
    pub name: String,
    /// As of [`ChainEvent::fields`].
    pub args: String,
    /// What became of it, by its own events.
    pub outcome: CallOutcome,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum CallOutcome {
    /// `System.ExtrinsicSuccess`.
    Succeeded,
    /// `System.ExtrinsicFailed`, with the error: `Pallet.Error` for one of a pallet, else as of [`ChainEvent::fields`].
    Failed(String),
    /// The block has neither for it.
    Untold,
}

impl Fact for ChainBlock {
    const KIND: Kind = Kind(0x0201);
    const NAME: &'static str = "chain_block";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = Some(|_, event| Self::remembered(event).into_iter().collect());
    const ANOMALIES: Derived<Self, Anomaly> =
        Some(|block, _| block.extrinsics.iter().filter_map(ChainExtrinsic::anomaly).collect());

    fn fields(&self) -> Value {
        object([
            ("header", bytes(&self.header)),
            ("spec_version", number(self.spec_version.into())),
            ("metadata_sha256", digest(self.metadata_sha256)),
            ("event_count", number(self.event_count.into())),
            ("extrinsic_count", number(self.extrinsic_count.into())),
            ("events", list(&self.events, ChainEvent::field)),
            ("extrinsics", list(&self.extrinsics, ChainExtrinsic::field)),
        ])
    }
}

impl ChainBlock {
    /// A block that is retracted lies at most so far below the one recorded last.
    pub const REMEMBERED: u64 = 4096;

    /// The header, taken apart; `None` when its bytes are none.
    pub fn header(&self) -> Option<BlockHeader> {
        BlockHeader::from_scale(&self.header)
    }

    /// Whether another runtime is in force behind it, as far as it says so itself: in its digest, or by
    /// `System.CodeUpdated`.
    pub fn replaces_code(&self) -> bool {
        let says_so =
            |event: &ChainEvent| (event.pallet.as_str(), event.name.as_str()) == ("System", "CodeUpdated");
        self.header().is_some_and(|header| header.updates_runtime()) || self.events.iter().any(says_so)
    }

    /// What a block at this height is remembered by.
    pub fn key(height: u64) -> String {
        format!("block {}", height % Self::REMEMBERED)
    }

    /// Remembers the hash of the block at its height; nothing when the entry does not say both.
    fn remembered(event: &EventView<'_>) -> Option<Memory> {
        let hash = Hash::from_hex(event.native_id.strip_prefix("0x")?)?;
        let known = Known { digest: Some(hash), position: event.block, payload: None };
        Some(Memory::of(Self::key(event.block?), known))
    }
}

impl ChainEvent {
    fn field(&self) -> Value {
        let phase = match self.phase {
            EventPhase::Extrinsic(index) => object([("extrinsic", number(index.into()))]),
            EventPhase::Initialization => text("initialization"),
            EventPhase::Finalization => text("finalization"),
        };
        object([
            ("index", number(self.index.into())),
            ("phase", phase),
            ("pallet", text(&self.pallet)),
            ("name", text(&self.name)),
            ("fields", parsed(&self.fields)),
        ])
    }
}

impl ChainExtrinsic {
    fn field(&self) -> Value {
        let told = match &self.told {
            ToldExtrinsic::Call(call) => object([("call", call.field())]),
            ToldExtrinsic::Undecoded(reason) => object([("undecoded", text(reason))]),
        };
        object([("index", number(self.index.into())), ("hash", bytes(&self.hash)), ("told", told)])
    }

    fn anomaly(&self) -> Option<Anomaly> {
        let ToldExtrinsic::Undecoded(reason) = &self.told else { return None };
        let place = format!("extrinsics[{}]", self.index);
        Some(Anomaly::new("extrinsic_undecodable", place, reason.as_str()))
    }
}

impl ChainCall {
    fn field(&self) -> Value {
        let outcome = match &self.outcome {
            CallOutcome::Failed(error) => object([("failed", parsed(error))]),
            CallOutcome::Succeeded | CallOutcome::Untold => text(self.outcome.as_str()),
        };
        object([
            ("signer", or_null(self.signer, |signer| text(&Account(signer).address()))),
            ("pallet", text(&self.pallet)),
            ("name", text(&self.name)),
            ("args", parsed(&self.args)),
            ("outcome", outcome),
        ])
    }
}

impl CallOutcome {
    /// As SQL shows it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed(_) => "failed",
            Self::Untold => "untold",
        }
    }
}
