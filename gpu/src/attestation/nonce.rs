//! The nonce that a report has to carry: it ties the report to one run.

use annals_log::Hash;

use crate::round::RoundSeed;
use crate::tags::Tag;
use crate::transcript::Transcript;

impl RoundSeed {
    /// Returns the nonce of a report beside the run whose seed after the last round is this one. Nobody knows it before
    /// the rounds are done, so the report is younger than they are.
    pub fn attestation_nonce(self) -> Hash {
        Tag::ATTESTATION.digest(&[&self.0.0])
    }
}

impl Transcript {
    /// Returns the nonce of a report beside this transcript.
    pub fn attestation_nonce(&self) -> Hash {
        self.chain().rounds_end().attestation_nonce()
    }
}
