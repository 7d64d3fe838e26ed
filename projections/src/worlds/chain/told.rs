//! What an entry of a chain tells the tables.

use annals_log::{BlockRetracted, ChainBlock, ChainState, Envelope, Fact, RuntimeUpgraded, decode};
use bincode::{Decode, Encode};

use super::cause::Cause;
use crate::upstream::bounds::cut;

/// A fact of the chain, and the height that it belongs to.
pub(crate) struct ToldChain {
    pub(crate) height: u64,
    pub(crate) fact: ChainFact,
}

pub(crate) enum ChainFact {
    Block(ToldBlock),
    /// A runtime that was not known before; it executed no block yet.
    Runtime(RuntimeId, Runtime),
    State(ChainState),
    /// The block is none of the chain's any more.
    Retracted,
}

pub(crate) struct ToldBlock {
    /// `0x` and hex.
    pub(crate) hash: String,
    pub(crate) observed_at_ms: Option<i64>,
    pub(crate) runtime: RuntimeId,
    /// In the order of the events.
    pub(crate) causes: Vec<Cause>,
}

/// Spec version and SHA-256 of the metadata: what a block says of the runtime that executed it.
pub(crate) type RuntimeId = (u32, [u8; 32]);

/// What is known of a runtime beside that.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Runtime {
    /// Of the entry that told it.
    pub(crate) log_index: u64,
    /// Of the first block that it executed then.
    pub(crate) height: u64,
    pub(crate) spec_name: String,
    pub(crate) transaction_version: u32,
    pub(crate) metadata_version: u8,
}

impl ToldChain {
    /// Whether [`Self::read`] knows entries of this kind.
    pub(crate) fn is_told_by(envelope: &Envelope<'_>) -> bool {
        let kinds = [
            (ChainBlock::KIND, ChainBlock::SCHEMA),
            (RuntimeUpgraded::KIND, RuntimeUpgraded::SCHEMA),
            (ChainState::KIND, ChainState::SCHEMA),
            (BlockRetracted::KIND, BlockRetracted::SCHEMA),
        ];
        kinds.contains(&(envelope.kind, envelope.schema))
    }

    /// Reads entry `log_index` with this body; `None` when it is not what its kind says, or belongs to no block.
    pub(crate) fn read(log_index: u64, envelope: &Envelope<'_>, body: &[u8]) -> Option<Self> {
        let height = envelope.block?;
        let fact = match envelope.kind {
            ChainBlock::KIND => {
                let block: ChainBlock = decode(body).ok()?;
                ChainFact::Block(ToldBlock {
                    hash: cut(envelope.native_id).to_owned(),
                    observed_at_ms: envelope.observed_at_ms,
                    runtime: (block.spec_version, block.metadata_sha256),
                    causes: block.events.iter().filter_map(|event| Cause::of(event).ok().flatten()).collect(),
                })
            }
            RuntimeUpgraded::KIND => {
                let told: RuntimeUpgraded = decode(body).ok()?;
                let metadata = envelope.attached.first()?.digest();
                let runtime = Runtime {
                    log_index,
                    height,
                    spec_name: cut(&told.spec_name).to_owned(),
                    transaction_version: told.transaction_version,
                    metadata_version: told.metadata_version,
                };
                ChainFact::Runtime((told.spec_version, metadata.0), runtime)
            }
            ChainState::KIND => ChainFact::State(decode(body).ok()?),
            BlockRetracted::KIND => {
                let _: BlockRetracted = decode(body).ok()?;
                ChainFact::Retracted
            }
            _ => return None,
        };
        Some(Self { height, fact })
    }
}
