//! What becomes of following the chain: runtimes that came into force, blocks that were taken back, times without
//! answers.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{bytes, number, object, or_null, text, time};
use super::{CoveredTime, Derived, EventView, Fact, Kind, Known, Memory};

/// A runtime whose metadata is not in the log yet. It stands in front of the first recorded block that it executed,
/// whose height is the entry's block. The native id is the spec version in decimal. Attached: its metadata, SCALE, as
/// the node gave it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RuntimeUpgraded {
    /// As the runtime calls itself.
    pub spec_name: String,
    /// Rises with every upgrade.
    pub spec_version: u32,
    /// Of the form of extrinsics.
    pub transaction_version: u32,
    /// 14, 15 or 16: of the metadata.
    pub metadata_version: u8,
}

/// A recorded block is none of the chain's any more, though the node had called it finalized. The native id is its
/// hash, the entry's block its height. One for each such block, the highest first; what the chain has instead follows.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct BlockRetracted {
    /// The hash that the node now gives at this height; `None` when its chain ends below.
    pub replaced_by: Option<[u8; 32]>,
}

/// A node did not give what it was asked for, and nothing of its answer was recorded. The native id is the node:
/// scheme, host and port, without credentials and path.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ChainOutage {
    /// The height that was asked for next.
    pub next_block: u64,
    /// When the node last gave something, or was first asked.
    pub since_ms: i64,
    /// What kind of trouble.
    pub trouble: NodeTrouble,
    /// In words.
    pub what: String,
}

/// Why a node's answers were not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum NodeTrouble {
    /// It could not be reached, closed the connection, or did not answer in time.
    Unreachable,
    /// It answered with an error, or without what was asked for.
    Refused,
    /// It does not have the state of a block any more.
    Pruned,
    /// Its answer contradicts itself, or what was recorded: another chain, a header that does not hash, a wrong parent.
    Wrong,
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

impl Fact for BlockRetracted {
    const KIND: Kind = Kind(0x0204);
    const NAME: &'static str = "block_retracted";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = None;

    fn fields(&self) -> Value {
        object([("replaced_by", or_null(self.replaced_by, |hash| bytes(&hash)))])
    }
}

impl Fact for ChainOutage {
    const KIND: Kind = Kind(0x0205);
    const NAME: &'static str = "chain_outage";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = None;
    const COVERED_TIMES: Derived<Self, CoveredTime> = Some(|outage, event| vec![outage.covered(event)]);

    fn fields(&self) -> Value {
        object([
            ("next_block", number(self.next_block)),
            ("since_ms", time(self.since_ms)),
            ("trouble", text(self.trouble.as_str())),
            ("what", text(&self.what)),
        ])
    }
}

impl ChainOutage {
    fn covered(&self, event: &EventView<'_>) -> CoveredTime {
        let outcome = match self.trouble {
            NodeTrouble::Unreachable | NodeTrouble::Wrong => "failed",
            NodeTrouble::Refused | NodeTrouble::Pruned => "refused",
        };
        CoveredTime {
            scope: None,
            run_id: None,
            from_ms: self.since_ms,
            to_ms: event.fetched_at_ms,
            outcome,
            detail: Some(format!("{}: {}", event.native_id, self.what)),
        }
    }
}

impl RuntimeUpgraded {
    /// What the metadata of a runtime is remembered by.
    pub fn key(spec_version: &str) -> String {
        format!("runtime {spec_version}")
    }
}

impl NodeTrouble {
    const ALL: [Self; 4] = [Self::Unreachable, Self::Refused, Self::Pruned, Self::Wrong];

    /// What [`NodeTrouble::as_str`] names so.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trouble| trouble.as_str() == name)
    }

    /// As SQL shows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::Pruned => "pruned",
            Self::Wrong => "wrong",
        }
    }
}
