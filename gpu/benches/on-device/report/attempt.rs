//! A whole attempt, as a validator asks for it and a verifier judges it: its times and figures.

use std::time::{Duration, Instant};

use annals_gpu::device::{Device, DeviceError, KernelProver, Path, Pieces};
use annals_gpu::{
    Beacon, BeaconKind, Challenge, Figures, NoBeacons, Openings, Outcome, Parameters, Prover, Roots,
    RoundSeed, Secret, Signature, Step, Times, Transcript, Worker, WorkerError,
};
use annals_log::{Account, Hash, HotkeySigner};
use sp_core::{Pair as _, sr25519};

use super::{By, Open};

const SWEEP_SECRET: Secret = Secret([1; 32]);
const OPEN_SECRET: Secret = Secret([2; 32]);
const OPEN_BEACON: Beacon = Beacon { number: 2, hash: Hash([4; 32]) };

/// What the miner answered, and when.
struct Answers {
    rounds: Roots,
    sweeps: Roots,
    openings: Openings,
    times: Times,
}

/// Makes an attempt by int8, prints its figures beside `plain_rate`, and returns whether it passes.
pub(super) fn measure<D: Device>(
    open: Open<'_, D>,
    numbers: &Parameters,
    plain_rate: f64,
) -> Result<bool, DeviceError> {
    let pair = sr25519::Pair::from_string("//OnDevice", None).map_err(DeviceError::at("have a hotkey"))?;
    let signer = HotkeySigner::new(pair);
    let challenge = challenge(*numbers, Account(signer.hotkey().public_key()));
    let challenge_signature = Step::Challenge.sign(&challenge.seed().0, &signer);
    let mut prover = KernelProver::new(open(By::Library)?, numbers, Path::Int8, Pieces::default())?;
    // A device loads its kernels when they are first used. A worker has that behind it when a challenge arrives.
    prover.round(0, RoundSeed(Hash([9; 32]))).map_err(DeviceError::at("warm up"))?;
    let worker = Worker::accept(challenge, &challenge_signature, signer.clone(), &mut prover);
    let Answers { rounds, sweeps, openings, times } =
        worker.and_then(answers).map_err(DeviceError::at("finish an attempt"))?;
    let mut transcript = Transcript {
        challenge,
        challenge_signature,
        rounds,
        sweep_secret: SWEEP_SECRET,
        sweeps,
        open_secret: OPEN_SECRET,
        open_beacon: OPEN_BEACON,
        openings,
        times,
        signature: Signature([0; 64]),
    };
    transcript.sign(&signer);
    let outcome = transcript.verify(None, &NoBeacons).outcome;
    print_figures(numbers, &times, plain_rate);
    println!("verdict on the transcript: {outcome}");
    Ok(outcome == Outcome::Passed)
}

fn challenge(parameters: Parameters, account: Account) -> Challenge {
    Challenge {
        parameters,
        genesis: Hash([1; 32]),
        netuid: 27,
        beacon_kind: BeaconKind::Chain,
        beacon: Beacon { number: 1, hash: Hash([2; 32]) },
        validator: account,
        miner: account,
        gpu: "on-device".parse().expect("a label of printed characters"),
        nonce: [3; 32],
        sweep_commitment: SWEEP_SECRET.commitment(),
        open_commitment: OPEN_SECRET.commitment(),
    }
}

fn answers(mut worker: Worker<impl Prover>) -> Result<Answers, WorkerError> {
    let start = Instant::now();
    let now = || u64::try_from(start.elapsed().as_nanos()).expect("less than five centuries");
    let mut times = Times { challenge_sent_ns: now(), ..Times::default() };
    let rounds = worker.rounds()?;
    times.rounds_received_ns = now();
    times.sweep_sent_ns = now();
    let sweeps = worker.sweeps(&SWEEP_SECRET)?;
    times.sweeps_received_ns = now();
    times.open_sent_ns = now();
    let openings = worker.open(&OPEN_SECRET, &OPEN_BEACON)?;
    times.openings_received_ns = now();
    Ok(Answers { rounds, sweeps, openings, times })
}

fn print_figures(numbers: &Parameters, times: &Times, plain_rate: f64) {
    let took = |from: u64, to: u64| Duration::from_nanos(to - from);
    let rounds = took(times.challenge_sent_ns, times.rounds_received_ns);
    let operations = numbers.operations_per_round() as f64 * f64::from(numbers.rounds);
    let rate = operations / rounds.as_secs_f64();
    println!(
        "{} rounds of {}: {rounds:.2?}, {:.1} * 10^12 operations a second, {:.1} % of the plain loop (target: at least 90)",
        numbers.rounds,
        numbers.size,
        rate / 1e12,
        100.0 * rate / plain_rate
    );
    let sweeps = took(times.sweep_sent_ns, times.sweeps_received_ns);
    let bytes = numbers.kept_bytes() as f64;
    println!(
        "{} sweeps of {:.1} GB: {sweeps:.2?}, {:.1} GB/s",
        numbers.sweeps,
        bytes / 1e9,
        bytes * f64::from(numbers.sweeps) / sweeps.as_secs_f64() / 1e9
    );
    println!("openings: {:.2?}", took(times.open_sent_ns, times.openings_received_ns));
    let figures = Figures::of(numbers, times);
    println!(
        "lower bounds: {} int8 operations a second, {} resident bytes",
        figures.int8_ops_per_second, figures.resident_bytes
    );
}
