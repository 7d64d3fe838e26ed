//! `chain_outage`: a time in which a node of the chain gave nothing that could be recorded.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{number, object, text, time};
use super::{CoveredTime, Derived, EventView, Fact, Kind, Memory};

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
