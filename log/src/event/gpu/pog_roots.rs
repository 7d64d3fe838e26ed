//! `pog_roots`: what a miner had signed of an attempt before anybody knew which tiles it would have to open.

use bincode::{Decode, Encode};

use super::PogTerms;
use crate::event::json::Value;
use crate::event::json::fields::{object, text};
use crate::event::{Derived, Fact, Kind, Memory};

/// A miner has answered the rounds and the sweeps of a challenge. The native id is the seed of the first round, in hex;
/// the beginning of the transcript is attached, up to the signature of the sweeps. It is recorded before the beacon
/// that draws the openings is there, which makes it the anchor of the attempt.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PogRoots {
    /// The worker that was asked, as a URL without credentials.
    pub worker: String,
    /// The terms of the challenge.
    pub terms: PogTerms,
}

impl Fact for PogRoots {
    const KIND: Kind = Kind(0x0401);
    const NAME: &'static str = "pog_roots";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = None;

    fn fields(&self) -> Value {
        object([("worker", text(&self.worker)), ("terms", self.terms.field())])
    }
}
