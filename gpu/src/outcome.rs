//! How an attempt ended.

use std::fmt;

use crate::draw::SweepPlace;
use crate::signature::Step;
use crate::tile::TilePlace;

/// How an attempt ended. The first seven are what a transcript shows; the others are had without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every check held.
    Passed,
    /// Everything is right but late. Says nothing of fraud: a busy card is slow, too.
    Slow(Phase),
    /// The miner committed to a tile that is not in the product.
    WrongTile(OpenedTile),
    /// A tile does not lead to the root that it was opened against.
    BadPath(OpenedTile),
    /// A part does not follow from what is before it.
    BadChain(Link),
    /// A signature is not that of who has to have signed.
    BadSignature(Step),
    /// The transcript answers another challenge.
    OtherChallenge,
    /// The bytes are no transcript.
    Malformed,
    /// The miner did not answer in time.
    Timeout,
    /// The miner refused the challenge.
    Refused,
    /// The miner could not be reached.
    Unreachable,
    /// The GPU was rented, and not asked.
    SkippedAllocated,
    /// The validator erred, or its machine did. Says nothing of the miner.
    VerifierError,
}

/// The two phases that are timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// From the challenge to the last root of a round.
    Rounds,
    /// From the secret to the last root of a sweep.
    Sweeps,
}

/// An opened tile: its number in the draw, and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenedTile {
    /// Among all rounds.
    Round {
        /// In the draw.
        number: usize,
        /// In the rounds.
        place: TilePlace,
    },
    /// Among all sweeps.
    Sweep {
        /// In the draw.
        number: usize,
        /// In the sweeps.
        place: SweepPlace,
    },
}

/// A part that has to follow from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// The beacon of the challenge is not what the chain or the log has at that number.
    Beacon,
    /// The secret of the sweeps is not the one that was committed to.
    SweepSecret,
    /// The secret of the openings is not the one that was committed to.
    OpenSecret,
    /// The beacon of the openings is not later than the challenge's, or not what the chain or the log has.
    OpenBeacon,
    /// A step came before the one that it follows.
    Times,
}

impl Outcome {
    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Slow(_) => "slow",
            Self::WrongTile(_) => "wrong_tile",
            Self::BadPath(_) => "bad_path",
            Self::BadChain(_) => "bad_chain",
            Self::BadSignature(_) => "bad_signature",
            Self::OtherChallenge => "other_challenge",
            Self::Malformed => "malformed",
            Self::Timeout => "timeout",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::SkippedAllocated => "skipped_allocated",
            Self::VerifierError => "verifier_error",
        }
    }

    /// Returns whether every tile that was looked at is right, so that figures can be derived.
    pub const fn is_right(self) -> bool {
        matches!(self, Self::Passed | Self::Slow(_))
    }
}

impl Link {
    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Beacon => "beacon",
            Self::SweepSecret => "sweep_secret",
            Self::OpenSecret => "open_secret",
            Self::OpenBeacon => "open_beacon",
            Self::Times => "times",
        }
    }
}

impl fmt::Display for OpenedTile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Round { number, place } => write!(f, "round {number} {} {}", place.round, place.tile),
            Self::Sweep { number, place } => {
                write!(f, "sweep {number} {} {} {}", place.sweep, place.tile.round, place.tile.tile)
            }
        }
    }
}

/// The name, and after it what exactly.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Slow(Phase::Rounds) => f.write_str(" rounds"),
            Self::Slow(Phase::Sweeps) => f.write_str(" sweeps"),
            Self::WrongTile(opened) | Self::BadPath(opened) => write!(f, " {opened}"),
            Self::BadChain(link) => write!(f, " {}", link.name()),
            Self::BadSignature(step) => write!(f, " {}", step.name()),
            _ => Ok(()),
        }
    }
}
