//! What an attempt to prove a GPU was about: who asked whom, for how much work, not before which moment.

use bincode::{Decode, Encode};

use crate::event::Account;
use crate::event::json::Value;
use crate::event::json::fields::{digest, number, object, or_null, text};

/// The terms of an attempt of annals' own protocol, which `gpu/PROTOCOL.md` describes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PogTerms {
    /// The subnet.
    pub netuid: u32,
    /// The hotkey that asked and kept the time.
    pub validator: Account,
    /// The hotkey that was asked.
    pub miner: Account,
    /// The name by which both call the GPU. It is evidence of nothing.
    pub gpu: String,
    /// Nobody can have begun before this was known.
    pub beacon: PogBeacon,
    /// How large the attempt was.
    pub size: PogSize,
}

/// A hash that nobody knew before a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct PogBeacon {
    /// Whose word it is.
    pub kind: PogBeaconKind,
    /// A block's height, or a checkpoint's tree size.
    pub number: u64,
    /// The block's hash, or the checkpoint's root.
    pub hash: [u8; 32],
}

/// Whose word a beacon is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum PogBeaconKind {
    /// A finalized block of the chain.
    Chain,
    /// A checkpoint of the validator's own log.
    Log,
}

/// The eight numbers of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct PogSize {
    /// Rows and columns of a matrix.
    pub size: u32,
    /// Products.
    pub rounds: u32,
    /// How many of the last products stay in memory.
    pub kept_rounds: u32,
    /// How often they are hashed.
    pub sweeps: u32,
    /// Tiles opened among all rounds.
    pub round_openings: u32,
    /// Tiles opened among all sweeps.
    pub sweep_openings: u32,
    /// Milliseconds for all rounds.
    pub rounds_ms_max: u32,
    /// Milliseconds for all sweeps.
    pub sweeps_ms_max: u32,
}

/// The terms of an attempt of upstream's protocol, as far as they are told.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct UpstreamTerms {
    /// The hotkey that asked, if that is told.
    pub validator: Option<Account>,
    /// The hotkey that was asked, if that is told.
    pub miner: Option<Account>,
    /// Rows and columns of a matrix: the miner's own word.
    pub size: u64,
    /// GPUs that answered.
    pub gpus: u32,
}

impl PogTerms {
    pub(super) fn field(&self) -> Value {
        let numbers = &self.size;
        object([
            ("netuid", number(self.netuid.into())),
            ("validator", text(&self.validator.address())),
            ("miner", text(&self.miner.address())),
            ("gpu", text(&self.gpu)),
            ("beacon", self.beacon.field()),
            ("size", number(numbers.size.into())),
            ("rounds", number(numbers.rounds.into())),
            ("kept_rounds", number(numbers.kept_rounds.into())),
            ("sweeps", number(numbers.sweeps.into())),
            ("round_openings", number(numbers.round_openings.into())),
            ("sweep_openings", number(numbers.sweep_openings.into())),
            ("rounds_ms_max", number(numbers.rounds_ms_max.into())),
            ("sweeps_ms_max", number(numbers.sweeps_ms_max.into())),
        ])
    }
}

impl UpstreamTerms {
    pub(super) fn field(&self) -> Value {
        let account = |account: Option<Account>| or_null(account, |account| text(&account.address()));
        object([
            ("validator", account(self.validator)),
            ("miner", account(self.miner)),
            ("size", number(self.size)),
            ("gpus", number(self.gpus.into())),
        ])
    }
}

impl PogBeacon {
    pub(super) fn field(&self) -> Value {
        object([
            ("kind", text(self.kind.as_str())),
            ("number", number(self.number)),
            ("hash", digest(self.hash)),
        ])
    }
}

impl PogBeaconKind {
    /// As SQL shows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Log => "log",
        }
    }
}
