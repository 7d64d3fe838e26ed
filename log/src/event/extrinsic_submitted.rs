//! `extrinsic_submitted`: what the recorder itself told the chain, and what became of it.

use bincode::{Decode, Encode};

use super::{Account, Fact, Kind};

/// An extrinsic that the recorder signed and sent, once. The native id is its hash, `0x` and hex, which is BLAKE2b-256 of
/// its bytes; the entry's block is the height of the block that it is in, if it is in one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ExtrinsicSubmitted {
    /// Whom it was sent to: scheme, host and port, without credentials and path.
    pub node: String,
    /// As the metadata names it.
    pub pallet: String,
    /// As the metadata names it.
    pub call: String,
    /// A JSON object of its arguments.
    pub args: String,
    /// Who signed.
    pub signer: Account,
    /// What became of it, as far as it was waited for.
    pub outcome: SubmitOutcome,
}

/// What became of an extrinsic that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum SubmitOutcome {
    /// It is in this block, and the call did what it says.
    Included(InBlock),
    /// It is in this block, and the call failed: `Pallet.Error`, and what the runtime says of that.
    Failed(InBlock, String),
    /// The node did not take it, in its words.
    Refused(String),
    /// It was sent, and then nothing certain was heard of it, for this reason.
    Unknown(String),
}

/// A block that an extrinsic is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct InBlock {
    /// The block's hash.
    pub hash: [u8; 32],
    /// Whether the node called it finalized; a block that it only held for the best may be none of the chain's later.
    pub is_final: bool,
}

impl Fact for ExtrinsicSubmitted {
    const KIND: Kind = Kind(0x0206);
    const SCHEMA: u16 = 1;
}

impl SubmitOutcome {
    /// As SQL shows it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Included(_) => "included",
            Self::Failed(..) => "failed",
            Self::Refused(_) => "refused",
            Self::Unknown(_) => "unknown",
        }
    }
}
