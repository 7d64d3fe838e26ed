//! Whole attempts: who takes part, and the driver that the tests share.

use std::sync::LazyLock;

use annals_gpu::{
    Beacon, BeaconKind, Challenge, NoBeacons, Openings, Outcome, Parameters, Prover, Roots, Secret,
    Signature, Step, Times, Transcript, Worker,
};
use annals_log::{Account, Hash, HotkeySigner};
use sp_core::{Pair as _, sr25519};

pub(crate) static VALIDATOR: LazyLock<HotkeySigner> = LazyLock::new(|| signer("//Validator"));
pub(crate) static MINER: LazyLock<HotkeySigner> = LazyLock::new(|| signer("//Miner"));
pub(crate) static OTHER_MINER: LazyLock<HotkeySigner> = LazyLock::new(|| signer("//Other"));

pub(crate) const MILLISECOND: u64 = 1_000_000;

/// 64 tiles in 4 rounds, two of which are swept twice.
pub(crate) const SMALL: Parameters = Parameters {
    size: 128,
    rounds: 4,
    kept_rounds: 2,
    sweeps: 2,
    round_openings: 8,
    sweep_openings: 8,
    rounds_ms_max: 1_000,
    sweeps_ms_max: 1_000,
};

pub(crate) fn signer(uri: &str) -> HotkeySigner {
    HotkeySigner::new(sr25519::Pair::from_string(uri, None).unwrap())
}

pub(crate) fn account(signer: &HotkeySigner) -> Account {
    Account(signer.hotkey().public_key())
}

/// A validator's side of an attempt, with everything that it holds back.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) challenge: Challenge,
    pub(crate) sweep_secret: Secret,
    pub(crate) open_secret: Secret,
    pub(crate) open_beacon: Beacon,
}

impl Asked {
    pub(crate) fn new(random: &mut fastrand::Rng, parameters: Parameters) -> Self {
        let mut bytes = || std::array::from_fn(|_| random.u8(..));
        let (sweep_secret, open_secret) = (Secret(bytes()), Secret(bytes()));
        let challenge = Challenge {
            parameters: parameters.checked().unwrap(),
            genesis: Hash([1; 32]),
            netuid: 27,
            beacon_kind: BeaconKind::Chain,
            beacon: Beacon { number: 5_000_000, hash: Hash(bytes()) },
            validator: account(&VALIDATOR),
            miner: account(&MINER),
            gpu: "GPU-5d2f1e60-9a1c-4c60-bb3e-0f5c6e7d8a90".parse().unwrap(),
            nonce: bytes(),
            sweep_commitment: sweep_secret.commitment(),
            open_commitment: open_secret.commitment(),
        };
        let open_beacon = Beacon { number: 5_000_004, hash: Hash(bytes()) };
        Self { challenge, sweep_secret, open_secret, open_beacon }
    }

    pub(crate) fn signature(&self) -> Signature {
        Step::Challenge.sign(&self.challenge.seed().0, &VALIDATOR)
    }

    /// Runs the whole attempt, as if it took no time to speak of.
    pub(crate) fn run(&self, prover: impl Prover) -> Transcript {
        self.run_as(prover, &MINER)
    }

    pub(crate) fn run_as(&self, prover: impl Prover, miner: &HotkeySigner) -> Transcript {
        let mut worker = self.worker_as(prover, miner);
        let rounds = worker.rounds().unwrap();
        let sweeps = worker.sweeps(&self.sweep_secret).unwrap();
        let openings = worker.open(&self.open_secret, &self.open_beacon).unwrap();
        self.transcript(rounds, sweeps, openings)
    }

    /// The miner's side, which has accepted the challenge.
    pub(crate) fn worker<P: Prover>(&self, prover: P) -> Worker<P> {
        self.worker_as(prover, &MINER)
    }

    fn worker_as<P: Prover>(&self, prover: P, miner: &HotkeySigner) -> Worker<P> {
        Worker::accept(self.challenge, &self.signature(), miner.clone(), prover).unwrap()
    }

    pub(crate) fn transcript(&self, rounds: Roots, sweeps: Roots, openings: Openings) -> Transcript {
        let begin = 1_790_000_000_000 * MILLISECOND;
        let mut transcript = Transcript {
            challenge: self.challenge,
            challenge_signature: self.signature(),
            rounds,
            sweep_secret: self.sweep_secret,
            sweeps,
            open_secret: self.open_secret,
            open_beacon: self.open_beacon,
            openings,
            times: Times {
                challenge_sent_ns: begin,
                rounds_received_ns: begin + 100 * MILLISECOND,
                sweep_sent_ns: begin + 101 * MILLISECOND,
                sweeps_received_ns: begin + 120 * MILLISECOND,
                open_sent_ns: begin + 50_000 * MILLISECOND,
                openings_received_ns: begin + 50_100 * MILLISECOND,
                round_trip_min_ns: MILLISECOND / 5,
                round_trip_median_ns: MILLISECOND / 4,
            },
            signature: Signature([0; 64]),
        };
        transcript.sign(&VALIDATOR);
        transcript
    }
}

/// What a stranger with the transcript alone finds.
pub(crate) fn outcome(transcript: &Transcript) -> Outcome {
    transcript.verify(None, &NoBeacons).outcome
}
