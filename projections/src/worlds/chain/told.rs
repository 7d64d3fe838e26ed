//! Reads the entries of a chain.

use annals_log::{BlockRetracted, ChainBlock, ChainState, Envelope, Fact, Kind, RuntimeUpgraded, decode};
use bincode::{Decode, Encode};

use super::cause::Cause;
use crate::upstream::bounds::cut;

/// An entry of the chain.
pub(crate) struct ToldChain {
    /// The height that it belongs to.
    pub(crate) height: u64,
    /// The hash of the block, as `0x` and hex; of a runtime its name.
    pub(crate) hash: String,
    pub(crate) kind: Kind,
    pub(crate) observed_at_ms: Option<i64>,
    pub(crate) recorded_at_ms: i64,
    /// `None` where the body cannot be read, as when a later annals wrote it.
    pub(crate) fact: Option<ChainFact>,
}

pub(crate) enum ChainFact {
    Block(ToldBlock),
    /// A runtime that was not known before and has executed no block yet.
    Runtime(RuntimeId, Runtime),
    State(ChainState),
    /// The block was taken back.
    Retracted {
        replaced_by: Option<[u8; 32]>,
    },
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
    /// The kinds of entries that [`Self::read`] knows, and the schema in which each can be read.
    pub(crate) const KINDS: &[(Kind, u16)] = &[
        (ChainBlock::KIND, ChainBlock::SCHEMA),
        (RuntimeUpgraded::KIND, RuntimeUpgraded::SCHEMA),
        (ChainState::KIND, ChainState::SCHEMA),
        (BlockRetracted::KIND, BlockRetracted::SCHEMA),
    ];

    /// Whether [`Self::read`] knows entries of this kind.
    pub(crate) fn is_told_by(envelope: &Envelope<'_>) -> bool {
        Self::KINDS.iter().any(|(kind, _)| *kind == envelope.kind)
    }

    /// Reads entry `log_index` with this body; `None` when the entry belongs to no block.
    pub(crate) fn read(log_index: u64, envelope: &Envelope<'_>, body: &[u8]) -> Option<Self> {
        let height = envelope.block?;
        Some(Self {
            height,
            hash: envelope.native_id.to_owned(),
            kind: envelope.kind,
            observed_at_ms: envelope.observed_at_ms,
            recorded_at_ms: envelope.recorded_at_ms,
            fact: ChainFact::read(log_index, height, envelope, body),
        })
    }
}

impl ChainFact {
    /// Reads the body in the schema that is written; `None` when it is of another one or does not decode.
    fn read(log_index: u64, height: u64, envelope: &Envelope<'_>, body: &[u8]) -> Option<Self> {
        if !ToldChain::KINDS.contains(&(envelope.kind, envelope.schema)) {
            return None;
        }
        Some(match envelope.kind {
            ChainBlock::KIND => {
                let block: ChainBlock = decode(body).ok()?;
                Self::Block(ToldBlock {
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
                Self::Runtime((told.spec_version, metadata.0), runtime)
            }
            ChainState::KIND => Self::State(decode(body).ok()?),
            BlockRetracted::KIND => {
                let BlockRetracted { replaced_by } = decode(body).ok()?;
                Self::Retracted { replaced_by }
            }
            _ => return None,
        })
    }
}
