//! Reads the entries of a chain.

use annals_log::{BlockRetracted, ChainBlock, ChainState, Envelope, Fact, Kind, RuntimeUpgraded, decode};
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
    /// A runtime that was not known before and has executed no block yet.
    Runtime(RuntimeId, Runtime),
    State(ChainState),
    /// The block was taken back.
    Retracted,
}

pub(crate) struct ToldBlock {
    /// The block's hash, as `0x` and hex.
    pub(crate) hash: String,
    pub(crate) observed_at_ms: Option<i64>,
    pub(crate) runtime: RuntimeId,
    /// The causes that its events name, in their order.
    pub(crate) causes: Vec<Cause>,
}

/// Spec version and SHA-256 of the metadata, by which a block names the runtime that executed it.
pub(crate) type RuntimeId = (u32, [u8; 32]);

/// What else is known of a runtime.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Runtime {
    /// The entry that tells of it.
    pub(crate) log_index: u64,
    /// The height of the first block that it executed then.
    pub(crate) height: u64,
    pub(crate) spec_name: String,
    pub(crate) transaction_version: u32,
    pub(crate) metadata_version: u8,
}

impl ToldChain {
    /// The kinds of entries that [`Self::read`] knows, and the schema of each.
    pub(crate) const KINDS: &[(Kind, u16)] = &[
        (ChainBlock::KIND, ChainBlock::SCHEMA),
        (RuntimeUpgraded::KIND, RuntimeUpgraded::SCHEMA),
        (ChainState::KIND, ChainState::SCHEMA),
        (BlockRetracted::KIND, BlockRetracted::SCHEMA),
    ];

    /// Whether [`Self::read`] knows entries of this kind.
    pub(crate) fn is_told_by(envelope: &Envelope<'_>) -> bool {
        Self::KINDS.contains(&(envelope.kind, envelope.schema))
    }

    /// Reads entry `log_index` with this body; `None` when the body does not decode, or the entry belongs to no block.
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
