//! A challenge: everything that makes an attempt this one and no other, in 352 bytes.

use annals_log::{Account, Hash};
use thiserror::Error;

use crate::beacon::{Beacon, BeaconKind};
use crate::bytes::Fields;
use crate::gpu_label::{GpuLabel, LabelError};
use crate::parameters::{ParameterError, Parameters};
use crate::round::RoundSeed;
use crate::tags::Tag;
use crate::tile::TILE_EDGE;

/// Bytes of a challenge.
pub const CHALLENGE_BYTES: usize = 352;
/// The first eight.
pub(crate) const MAGIC: [u8; 8] = *b"annlpog2";
/// Bits that a tile keeps of an element.
const ELEMENT_BITS: u32 = 16;
/// How a challenge calls the two kinds of beacons.
const CHAIN: u32 = 1;
const LOG: u32 = 2;

/// What a validator asks of a miner's GPU. The miner chooses nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge {
    /// How large the attempt is.
    pub parameters: Parameters,
    /// The hash of the chain's genesis, or SHA-256 of the log's verifier key where the beacon is a checkpoint.
    pub genesis: Hash,
    /// The subnet.
    pub netuid: u32,
    /// Whose word both beacons are.
    pub beacon_kind: BeaconKind,
    /// Nobody can have begun before it was known.
    pub beacon: Beacon,
    /// Asks, keeps the time and signs.
    pub validator: Account,
    /// Answers and signs.
    pub miner: Account,
    /// The GPU that is to answer.
    pub gpu: GpuLabel,
    /// Random: makes the attempts of validators who know nothing of each other different.
    pub nonce: [u8; 32],
    /// Commits to the secret that begins the sweeps.
    pub sweep_commitment: Hash,
    /// Commits to the secret that draws the openings.
    pub open_commitment: Hash,
}

/// Why bytes are no challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ChallengeError {
    /// There are more or fewer of them.
    #[error("a challenge has {CHALLENGE_BYTES} bytes, not {bytes}")]
    Length {
        /// How many there are.
        bytes: usize,
    },
    /// They begin otherwise.
    #[error("a challenge of protocol 2 begins with annlpog2")]
    Magic,
    /// A number is none that an attempt has. Big-endian numbers end here.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// A number that the protocol fixes is another.
    #[error("{field} is {value}: it is always {fixed}")]
    Fixed {
        /// The name of the number.
        field: &'static str,
        /// What it is.
        value: u32,
        /// What it has to be.
        fixed: u32,
    },
    /// There are two kinds of beacons.
    #[error("beacon_kind is {0}: it is 1 (chain) or 2 (log)")]
    BeaconKind(u32),
    /// The label of the GPU.
    #[error("gpu: {0}")]
    Label(#[from] LabelError),
}

impl Challenge {
    /// Returns the challenge in bytes.
    pub fn to_bytes(&self) -> [u8; CHALLENGE_BYTES] {
        let numbers = &self.parameters;
        let mut bytes = Vec::with_capacity(CHALLENGE_BYTES);
        bytes.extend_from_slice(&MAGIC);
        for number in [
            numbers.size,
            numbers.rounds,
            numbers.kept_rounds,
            numbers.sweeps,
            numbers.round_openings,
            numbers.sweep_openings,
            TILE_EDGE,
            ELEMENT_BITS,
            numbers.rounds_ms_max,
            numbers.sweeps_ms_max,
        ] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&self.genesis.0);
        bytes.extend_from_slice(&self.netuid.to_le_bytes());
        let kind = match self.beacon_kind {
            BeaconKind::Chain => CHAIN,
            BeaconKind::Log => LOG,
        };
        bytes.extend_from_slice(&kind.to_le_bytes());
        bytes.extend_from_slice(&self.beacon.number.to_le_bytes());
        bytes.extend_from_slice(&self.beacon.hash.0);
        bytes.extend_from_slice(&self.validator.0);
        bytes.extend_from_slice(&self.miner.0);
        bytes.extend_from_slice(&self.gpu.to_bytes());
        bytes.extend_from_slice(&self.nonce);
        bytes.extend_from_slice(&self.sweep_commitment.0);
        bytes.extend_from_slice(&self.open_commitment.0);
        bytes.try_into().expect("the fields have this length together")
    }

    /// Reads what [`Challenge::to_bytes`] writes, and nothing else.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ChallengeError> {
        if bytes.len() != CHALLENGE_BYTES {
            return Err(ChallengeError::Length { bytes: bytes.len() });
        }
        let mut fields = Fields::of(bytes);
        if fields.array() != MAGIC {
            return Err(ChallengeError::Magic);
        }
        let parameters = read_parameters(&mut fields)?;
        let genesis = fields.hash();
        let netuid = fields.u32();
        let beacon_kind = match fields.u32() {
            CHAIN => BeaconKind::Chain,
            LOG => BeaconKind::Log,
            other => return Err(ChallengeError::BeaconKind(other)),
        };
        Ok(Self {
            parameters,
            genesis,
            netuid,
            beacon_kind,
            beacon: Beacon { number: fields.u64(), hash: fields.hash() },
            validator: Account(fields.array()),
            miner: Account(fields.array()),
            gpu: GpuLabel::from_bytes(fields.array())?,
            nonce: fields.array(),
            sweep_commitment: fields.hash(),
            open_commitment: fields.hash(),
        })
    }

    /// Returns the seed of the first round: it depends on every byte of the challenge.
    pub fn seed(&self) -> RoundSeed {
        RoundSeed(Tag::SEED.digest(&[&self.to_bytes()]))
    }
}

fn read_parameters(fields: &mut Fields<'_>) -> Result<Parameters, ChallengeError> {
    let [size, rounds, kept_rounds, sweeps, round_openings, sweep_openings] =
        std::array::from_fn(|_| fields.u32());
    for (field, fixed) in [("tile_edge", TILE_EDGE), ("element_bits", ELEMENT_BITS)] {
        let value = fields.u32();
        if value != fixed {
            return Err(ChallengeError::Fixed { field, value, fixed });
        }
    }
    let [rounds_ms_max, sweeps_ms_max] = std::array::from_fn(|_| fields.u32());
    let parameters = Parameters {
        size,
        rounds,
        kept_rounds,
        sweeps,
        round_openings,
        sweep_openings,
        rounds_ms_max,
        sweeps_ms_max,
    };
    Ok(parameters.checked()?)
}
