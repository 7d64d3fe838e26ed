//! The miner's side of an attempt: takes each step once, and in order.

use annals_log::{Hash, HotkeySigner};
use thiserror::Error;

use crate::answers::{Openings, Roots};
use crate::beacon::Beacon;
use crate::challenge::Challenge;
use crate::draw::Draw;
use crate::prover::{Prover, ProverError};
use crate::round::RoundSeed;
use crate::secret::Secret;
use crate::signature::{Signature, Step};
use crate::sweep::SweepKey;

/// An attempt that a miner has accepted.
#[derive(Debug, Clone)]
pub struct Worker<P> {
    challenge: Challenge,
    prover: P,
    signer: HotkeySigner,
    standing: Standing,
}

/// How far an attempt is.
#[derive(Debug, Clone, Copy)]
enum Standing {
    Accepted,
    RoundsDone { rounds_end: RoundSeed },
    SweepsDone { rounds_end: RoundSeed, sweeps_end: SweepKey },
    Opened,
}

/// Why a miner does not answer. After any of these the attempt is over.
#[derive(Debug, Error)]
pub enum WorkerError {
    /// The challenge is for another hotkey.
    #[error("the challenge is for another hotkey")]
    OtherMiner,
    /// The challenge is not signed by the validator that it names: whoever sent it would burn a GPU for free.
    #[error("the challenge is not signed by its validator")]
    NotSigned,
    /// The secret is not the one that the challenge committed to.
    #[error("the secret is not the one that the challenge committed to")]
    OtherSecret,
    /// The beacon for the openings is not later than the challenge's.
    #[error("the beacon is number {number}, the challenge has {asked}")]
    EarlyBeacon {
        /// Of the beacon for the openings.
        number: u64,
        /// Of the challenge's.
        asked: u64,
    },
    /// A step was asked for twice, or before the one that it follows.
    #[error("this step does not follow the one before")]
    OutOfOrder,
    /// The device.
    #[error(transparent)]
    Prover(#[from] ProverError),
}

/// Checks that `challenge` is for this miner, and signed by the validator that it names. [`Worker::accept`] does it,
/// too; before it, whoever has to make a prover for the challenge can know whether it is worth one.
///
/// # Errors
/// `OtherMiner`, `NotSigned`.
pub fn check_asked(
    challenge: &Challenge,
    signature: &Signature,
    signer: &HotkeySigner,
) -> Result<(), WorkerError> {
    if signer.hotkey().public_key() != challenge.miner.0 {
        return Err(WorkerError::OtherMiner);
    }
    if !Step::Challenge.is_signed(&challenge.seed().0, challenge.validator, signature) {
        return Err(WorkerError::NotSigned);
    }
    Ok(())
}

impl<P: Prover> Worker<P> {
    /// Accepts a challenge that its validator has signed. Whether its beacon is recent, and whether that validator may
    /// ask, the caller has checked.
    ///
    /// # Errors
    /// `OtherMiner`, `NotSigned`.
    pub fn accept(
        challenge: Challenge,
        signature: &Signature,
        signer: HotkeySigner,
        prover: P,
    ) -> Result<Self, WorkerError> {
        check_asked(&challenge, signature, &signer)?;
        Ok(Self { challenge, prover, signer, standing: Standing::Accepted })
    }

    /// Does all rounds.
    ///
    /// # Errors
    /// `OutOfOrder`, `Prover`.
    pub fn rounds(&mut self) -> Result<Roots, WorkerError> {
        let Standing::Accepted = self.standing else { return Err(WorkerError::OutOfOrder) };
        let (mut seed, mut roots) = (self.challenge.seed(), Vec::new());
        for round in 0..self.challenge.parameters.rounds {
            let root = self.prover.round(round, seed)?;
            seed = seed.next(&root);
            roots.push(root);
        }
        self.standing = Standing::RoundsDone { rounds_end: seed };
        Ok(self.signed(roots, Step::Rounds, &seed.0))
    }

    /// Does all sweeps.
    ///
    /// # Errors
    /// `OutOfOrder`, `OtherSecret`, `Prover`.
    pub fn sweeps(&mut self, secret: &Secret) -> Result<Roots, WorkerError> {
        let Standing::RoundsDone { rounds_end } = self.standing else { return Err(WorkerError::OutOfOrder) };
        if secret.commitment() != self.challenge.sweep_commitment {
            return Err(WorkerError::OtherSecret);
        }
        let (mut key, mut roots) = (SweepKey::first(secret, rounds_end), Vec::new());
        for sweep in 0..self.challenge.parameters.sweeps {
            let root = self.prover.sweep(sweep, key)?;
            key = key.next(&root);
            roots.push(root);
        }
        self.standing = Standing::SweepsDone { rounds_end, sweeps_end: key };
        Ok(self.signed(roots, Step::Sweeps, &key.0))
    }

    /// Returns the nonce under which a card attests beside this attempt: nobody knows it before the rounds are done.
    ///
    /// # Errors
    /// `OutOfOrder`.
    pub fn attestation_nonce(&self) -> Result<Hash, WorkerError> {
        match self.standing {
            Standing::RoundsDone { rounds_end } | Standing::SweepsDone { rounds_end, .. } => {
                Ok(rounds_end.attestation_nonce())
            }
            Standing::Accepted | Standing::Opened => Err(WorkerError::OutOfOrder),
        }
    }

    /// Opens the tiles that the secret and the later beacon draw.
    ///
    /// # Errors
    /// `OutOfOrder`, `OtherSecret`, `EarlyBeacon`, `Prover`.
    pub fn open(&mut self, secret: &Secret, beacon: &Beacon) -> Result<Openings, WorkerError> {
        let Standing::SweepsDone { rounds_end, sweeps_end } = self.standing else {
            return Err(WorkerError::OutOfOrder);
        };
        if secret.commitment() != self.challenge.open_commitment {
            return Err(WorkerError::OtherSecret);
        }
        let (number, asked) = (beacon.number, self.challenge.beacon.number);
        if number <= asked {
            return Err(WorkerError::EarlyBeacon { number, asked });
        }
        let draw = Draw::new(secret, rounds_end, sweeps_end, beacon);
        // A second beacon would draw other tiles.
        self.standing = Standing::Opened;
        Ok(Openings {
            rounds: self.prover.open_rounds(&draw.round_places(&self.challenge))?,
            sweeps: self.prover.open_sweeps(&draw.sweep_places(&self.challenge))?,
        })
    }

    fn signed(&self, roots: Vec<Hash>, step: Step, end: &Hash) -> Roots {
        Roots { roots, signature: step.sign(end, &self.signer) }
    }
}
