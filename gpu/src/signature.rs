//! What validator and miner sign: a word for the step, and 32 bytes that say all that came before it.

use annals_log::{Account, Hash, Hotkey, HotkeySigner};

/// An sr25519 signature. No two of the same text are the same, so nothing that is hashed before it depends on one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

/// What is signed, in the order of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The validator asks: the seed of the first round.
    Challenge,
    /// The miner has done all rounds: the seed after the last.
    Rounds,
    /// The miner has done all sweeps: the key after the last.
    Sweeps,
    /// The validator has looked at the clock: a digest of everything before.
    Transcript,
}

impl Step {
    /// The word in the signed text.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Challenge => "challenge",
            Self::Rounds => "rounds",
            Self::Sweeps => "sweeps",
            Self::Transcript => "transcript",
        }
    }

    /// Signs that this step ends with `end`.
    pub fn sign(self, end: &Hash, signer: &HotkeySigner) -> Signature {
        Signature(signer.sign_pog(&self.text(end)))
    }

    /// Returns whether `account` has signed that this step ends with `end`.
    pub fn is_signed(self, end: &Hash, account: Account, signature: &Signature) -> bool {
        Hotkey::from(account).signed_pog(&self.text(end), &signature.0)
    }

    fn text(self, end: &Hash) -> String {
        format!("{} {end}", self.name())
    }
}
