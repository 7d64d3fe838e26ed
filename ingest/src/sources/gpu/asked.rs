//! A challenge that was made, and how far its answer has come.

use annals_gpu::{
    Beacon, Challenge, GpuLabel, Openings, Parameters, Roots, Secret, Signature, Step, Times, Transcript,
    beginning,
};
use annals_log::{Account, Hash, HotkeySigner};

use super::when::Opening;

/// A challenge, with what its validator holds back.
pub(super) struct Asked {
    pub(super) challenge: Challenge,
    pub(super) signature: Signature,
    sweep_secret: Secret,
    open_secret: Secret,
    pub(super) times: Times,
    pub(super) rounds: Option<Roots>,
    pub(super) sweeps: Option<Roots>,
}

/// The part that all challenges of a poll share.
pub(super) struct Asking<'a> {
    pub(super) parameters: Parameters,
    pub(super) genesis: Hash,
    pub(super) netuid: u32,
    pub(super) opening: Opening,
    pub(super) validator: &'a HotkeySigner,
}

impl Asking<'_> {
    /// Makes the challenge of one GPU.
    ///
    /// # Errors
    /// The machine has no random numbers.
    pub(super) fn challenge(&self, miner: Account, gpu: GpuLabel) -> Result<Asked, getrandom::Error> {
        let (sweep_secret, open_secret) = (Secret(random()?), Secret(random()?));
        let Opening { kind, beacon } = self.opening;
        let challenge = Challenge {
            parameters: self.parameters,
            genesis: self.genesis,
            netuid: self.netuid,
            beacon_kind: kind,
            beacon,
            validator: Account(self.validator.hotkey().public_key()),
            miner,
            gpu,
            nonce: random()?,
            sweep_commitment: sweep_secret.commitment(),
            open_commitment: open_secret.commitment(),
        };
        let signature = Step::Challenge.sign(&challenge.seed().0, self.validator);
        let times = Times::default();
        Ok(Asked { challenge, signature, sweep_secret, open_secret, times, rounds: None, sweeps: None })
    }
}

fn random() -> Result<[u8; 32], getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

impl Asked {
    /// Names the attempt at the worker.
    pub(super) fn seed(&self) -> Hash {
        self.challenge.seed().0
    }

    /// The first request.
    pub(super) fn challenge_bytes(&self) -> Vec<u8> {
        let mut bytes = self.challenge.to_bytes().to_vec();
        bytes.extend_from_slice(&self.signature.0);
        bytes
    }

    /// The second request: it reveals the secret of the sweeps.
    pub(super) fn sweep_bytes(&self) -> Vec<u8> {
        self.sweep_secret.0.to_vec()
    }

    /// The third request: it reveals the secret of the openings, and the later beacon.
    pub(super) fn open_bytes(&self, beacon: &Beacon) -> Vec<u8> {
        let mut bytes = self.open_secret.0.to_vec();
        bytes.extend_from_slice(&beacon.number.to_le_bytes());
        bytes.extend_from_slice(&beacon.hash.0);
        bytes
    }

    /// Returns the beginning of the transcript, up to the miner's signature of the sweeps; `None` before it is there.
    pub(super) fn beginning(&self) -> Option<Vec<u8>> {
        let asked = (&self.challenge, &self.signature);
        Some(beginning(asked, self.rounds.as_ref()?, &self.sweep_secret, self.sweeps.as_ref()?))
    }

    /// Returns the whole transcript, signed by the validator; `None` while something of it is missing.
    pub(super) fn transcript(
        &self,
        openings: Openings,
        open_beacon: Beacon,
        validator: &HotkeySigner,
    ) -> Option<Transcript> {
        let mut transcript = Transcript {
            challenge: self.challenge,
            challenge_signature: self.signature,
            rounds: self.rounds.clone()?,
            sweep_secret: self.sweep_secret,
            sweeps: self.sweeps.clone()?,
            open_secret: self.open_secret,
            open_beacon,
            openings,
            times: self.times,
            signature: Signature([0; 64]),
        };
        transcript.sign(validator);
        Some(transcript)
    }
}
