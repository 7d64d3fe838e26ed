//! `extrinsic_submitted`: what the recorder itself told the chain, and what became of it.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{bytes, object, parsed, text};
use super::{Account, Derived, Fact, Kind, Memory};

/// An extrinsic that the recorder signed and sent, once. The native id is its hash, `0x` and hex, which is BLAKE2b-256
/// of its bytes; the entry's block is the height of the block that it is in, if it is in one.
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
    const NAME: &'static str = "extrinsic_submitted";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = None;

    fn fields(&self) -> Value {
        object([
            ("node", text(&self.node)),
            ("pallet", text(&self.pallet)),
            ("call", text(&self.call)),
            ("args", parsed(&self.args)),
            ("signer", text(&self.signer.address())),
            ("outcome", self.outcome.field()),
        ])
    }
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

    fn field(&self) -> Value {
        let told = match self {
            Self::Included(block) => block.field(),
            Self::Failed(block, error) => Value::List(vec![block.field(), text(error)]),
            Self::Refused(why) | Self::Unknown(why) => text(why),
        };
        object([(self.as_str(), told)])
    }
}

impl InBlock {
    fn field(&self) -> Value {
        object([("hash", bytes(&self.hash)), ("is_final", Value::Bool(self.is_final))])
    }
}
