//! A transcript: a whole attempt in bytes that a stranger can verify years later.

use annals_log::{Account, Hash, HotkeySigner};
use thiserror::Error;

use crate::answers::{Openings, Roots};
use crate::beacon::Beacon;
use crate::bytes::Fields;
use crate::challenge::{CHALLENGE_BYTES, Challenge, ChallengeError, MAGIC};
use crate::draw::Draw;
use crate::parameters::Parameters;
use crate::round::RoundSeed;
use crate::secret::Secret;
use crate::signature::{Signature, Step};
use crate::sweep::SweepKey;
use crate::tags::Tag;
use crate::times::{TIMES_BYTES, Times};

/// Everything that was said in an attempt, in the order in which it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// What the validator asked.
    pub challenge: Challenge,
    /// The validator's signature of it.
    pub challenge_signature: Signature,
    /// The roots of all rounds.
    pub rounds: Roots,
    /// Revealed when they were received.
    pub sweep_secret: Secret,
    /// The roots of all sweeps.
    pub sweeps: Roots,
    /// Revealed when they were received and a later beacon was there.
    pub open_secret: Secret,
    /// The later beacon.
    pub open_beacon: Beacon,
    /// The tiles that both draw.
    pub openings: Openings,
    /// What the validator's clock said.
    pub times: Times,
    /// The validator's signature of all of it.
    pub signature: Signature,
}

/// Why bytes are no transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TranscriptError {
    /// They end within the challenge.
    #[error("a transcript begins with {CHALLENGE_BYTES} bytes of challenge, and there are {bytes} in all")]
    Short {
        /// How many there are.
        bytes: usize,
    },
    /// The challenge that they begin with.
    #[error("challenge: {0}")]
    Challenge(#[from] ChallengeError),
    /// There are more or fewer than an attempt with these parameters has.
    #[error("a transcript of this challenge has {expected} bytes, not {bytes}")]
    Length {
        /// How many there are.
        bytes: usize,
        /// How many there have to be.
        expected: usize,
    },
}

/// What everything in a transcript hangs on: the seeds of the rounds and the keys of the sweeps that its roots give.
#[derive(Debug)]
pub(crate) struct Chain {
    /// One a round, and the one after the last.
    pub(crate) seeds: Vec<RoundSeed>,
    /// One a sweep, and the one after the last.
    pub(crate) keys: Vec<SweepKey>,
}

impl Chain {
    /// Returns what is signed at the end of the rounds.
    pub(crate) fn rounds_end(&self) -> RoundSeed {
        self.seeds[self.seeds.len() - 1]
    }

    /// Returns what is signed at the end of the sweeps.
    pub(crate) fn sweeps_end(&self) -> SweepKey {
        self.keys[self.keys.len() - 1]
    }
}

impl Transcript {
    /// Whether `bytes` begin as a transcript does, whatever follows.
    pub fn is_begun_by(bytes: &[u8]) -> bool {
        bytes.starts_with(&MAGIC)
    }

    /// Returns the bytes of a transcript with these parameters: nothing in it has a length of its own.
    pub fn length(numbers: &Parameters) -> usize {
        let signature = 64;
        CHALLENGE_BYTES
            + signature
            + Roots::length(numbers.rounds)
            + 32
            + Roots::length(numbers.sweeps)
            + 32
            + 40
            + Openings::length(numbers)
            + TIMES_BYTES
            + signature
    }

    /// Returns the transcript in bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.signed_bytes();
        bytes.extend_from_slice(&self.signature.0);
        bytes
    }

    /// Returns its bytes up to the miner's signature of the sweeps: everything that was there before anybody knew which
    /// tiles had to be opened.
    pub fn beginning(&self) -> Vec<u8> {
        let asked = (&self.challenge, &self.challenge_signature);
        beginning(asked, &self.rounds, &self.sweep_secret, &self.sweeps)
    }

    /// Reads what [`Transcript::to_bytes`] writes, and nothing else. The length is checked against the parameters
    /// before anything is allocated.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TranscriptError> {
        let (challenge, _) = bytes
            .split_first_chunk::<CHALLENGE_BYTES>()
            .ok_or(TranscriptError::Short { bytes: bytes.len() })?;
        let challenge = Challenge::from_bytes(challenge)?;
        let numbers = &challenge.parameters;
        let expected = Self::length(numbers);
        if bytes.len() != expected {
            return Err(TranscriptError::Length { bytes: bytes.len(), expected });
        }
        let mut fields = Fields::of(&bytes[CHALLENGE_BYTES..]);
        let transcript = Self {
            challenge,
            challenge_signature: Signature(fields.array()),
            rounds: Roots::read(numbers.rounds, &mut fields),
            sweep_secret: Secret(fields.array()),
            sweeps: Roots::read(numbers.sweeps, &mut fields),
            open_secret: Secret(fields.array()),
            open_beacon: Beacon { number: fields.u64(), hash: fields.hash() },
            openings: Openings::read(numbers, &mut fields),
            times: Times::read(&mut fields),
            signature: Signature(fields.array()),
        };
        assert!(fields.is_empty(), "the length was checked before");
        Ok(transcript)
    }

    /// Signs everything in it as the validator.
    pub fn sign(&mut self, signer: &HotkeySigner) {
        self.signature = Step::Transcript.sign(&self.digest(), signer);
    }

    /// Returns whether `account` has signed everything in it.
    pub(crate) fn is_signed_by(&self, account: Account) -> bool {
        Step::Transcript.is_signed(&self.digest(), account, &self.signature)
    }

    /// Returns the seeds and keys that its roots give.
    pub(crate) fn chain(&self) -> Chain {
        let seeds = self.rounds.seeds(self.challenge.seed());
        let first = SweepKey::first(&self.sweep_secret, seeds[seeds.len() - 1]);
        Chain { seeds, keys: self.sweeps.keys(first) }
    }

    /// Returns what decides which tiles had to be opened.
    pub(crate) fn draw(&self, chain: &Chain) -> Draw {
        Draw::new(&self.open_secret, chain.rounds_end(), chain.sweeps_end(), &self.open_beacon)
    }

    fn digest(&self) -> Hash {
        Tag::TRANSCRIPT.digest(&[&self.signed_bytes()])
    }

    fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = self.beginning();
        bytes.extend_from_slice(&self.open_secret.0);
        bytes.extend_from_slice(&self.open_beacon.number.to_le_bytes());
        bytes.extend_from_slice(&self.open_beacon.hash.0);
        self.openings.write(&mut bytes);
        self.times.write(&mut bytes);
        bytes
    }
}

/// Returns the bytes of a transcript up to the miner's signature of the sweeps, while there is no more of it.
pub fn beginning(
    (challenge, signature): (&Challenge, &Signature),
    rounds: &Roots,
    sweep_secret: &Secret,
    sweeps: &Roots,
) -> Vec<u8> {
    let mut bytes = challenge.to_bytes().to_vec();
    bytes.extend_from_slice(&signature.0);
    rounds.write(&mut bytes);
    bytes.extend_from_slice(&sweep_secret.0);
    sweeps.write(&mut bytes);
    bytes
}
