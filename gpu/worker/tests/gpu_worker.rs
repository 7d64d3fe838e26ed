//! The worker over loopback: what it answers, and what it refuses.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use annals_gpu::attestation::{Attestation, Evidence};
use annals_gpu::{
    About, AboutGpu, Beacon, BeaconKind, Challenge, CpuProver, NoBeacons, Opening, Openings, Outcome,
    Parameters, Prover, ProverError, Roots, RoundSeed, Secret, Signature, Step, SweepKey, SweepPlace,
    TilePlace, Times, Transcript,
};
use annals_gpu_worker::{Attest, BoxedProver, Gpu, Limits, MakeProver, WorkerOptions, serve};
use annals_log::{Account, Hash, HotkeySigner};
use annals_served::Served;
use reqwest::{Client, StatusCode};
use serde_json::Value;
use sp_core::{Pair as _, sr25519};

const TOKEN: &str = "a-token-that-nobody-guesses";
const NUMBERS: Parameters = Parameters {
    size: 64,
    rounds: 3,
    kept_rounds: 2,
    sweeps: 2,
    round_openings: 4,
    sweep_openings: 4,
    rounds_ms_max: 60_000,
    sweeps_ms_max: 60_000,
};
const SWEEP_SECRET: Secret = Secret([5; 32]);
const OPEN_SECRET: Secret = Secret([6; 32]);

fn signer(uri: &str) -> HotkeySigner {
    HotkeySigner::new(sr25519::Pair::from_string(uri, None).unwrap())
}

fn account(uri: &str) -> Account {
    Account(signer(uri).hotkey().public_key())
}

fn challenge() -> Challenge {
    Challenge {
        parameters: NUMBERS,
        genesis: Hash([1; 32]),
        netuid: 27,
        beacon_kind: BeaconKind::Log,
        beacon: Beacon { number: 7, hash: Hash([2; 32]) },
        validator: account("//Validator"),
        miner: account("//Miner"),
        gpu: "cpu".parse().unwrap(),
        nonce: [3; 32],
        sweep_commitment: SWEEP_SECRET.commitment(),
        open_commitment: OPEN_SECRET.commitment(),
    }
}

fn signed(challenge: &Challenge, uri: &str) -> Vec<u8> {
    let mut bytes = challenge.to_bytes().to_vec();
    bytes.extend_from_slice(&Step::Challenge.sign(&challenge.seed().0, &signer(uri)).0);
    bytes
}

fn limits() -> Limits {
    Limits {
        operations_max: 1 << 40,
        kept_bytes_max: 1 << 30,
        attempts_an_hour: 100,
        idle: Duration::from_secs(600),
        validators: Vec::new(),
    }
}

fn cpu() -> MakeProver {
    Arc::new(|numbers| Ok(Box::new(CpuProver::new(numbers)) as BoxedProver))
}

/// A worker, and who asks it.
struct Asked {
    worker: Served,
    http: Client,
}

impl Asked {
    async fn start(prover: MakeProver, limits: Limits) -> Self {
        Self::start_with(prover, limits, None).await
    }

    async fn start_with(prover: MakeProver, limits: Limits, attest: Option<Attest>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let about = AboutGpu {
            label: "cpu".into(),
            prover: "cpu".into(),
            operations_max: limits.operations_max,
            kept_bytes_max: limits.kept_bytes_max,
            inventory: Value::Null,
        };
        let options = WorkerOptions {
            signer: signer("//Miner"),
            token: TOKEN.into(),
            program: "annals test".into(),
            gpus: vec![Gpu { about, prover, attest }],
            limits,
        };
        let worker = serve(SocketAddr::from(([127, 0, 0, 1], 0)), options).await.unwrap();
        let http = Client::builder().tls_certs_only([]).timeout(Duration::from_secs(60)).build().unwrap();
        Self { worker, http }
    }

    /// Sends a body to a path of the protocol, with the token.
    async fn post(&self, path: &str, body: Vec<u8>) -> (StatusCode, Vec<u8>) {
        let url = format!("{}/pog/v2/{path}", self.worker.url());
        let answer = self.http.post(url).bearer_auth(TOKEN).body(body).send().await.unwrap();
        (answer.status(), answer.bytes().await.unwrap().to_vec())
    }

    async fn refused(&self, path: &str, body: Vec<u8>) -> (u16, String) {
        let (status, reason) = self.post(path, body).await;
        (status.as_u16(), String::from_utf8(reason).unwrap())
    }
}

fn step(challenge: &Challenge, step: &str) -> String {
    format!("attempts/{}/{step}", challenge.seed().0)
}

fn opening(beacon: &Beacon) -> Vec<u8> {
    [&OPEN_SECRET.0[..], &beacon.number.to_le_bytes(), &beacon.hash.0].concat()
}

#[tokio::test]
async fn an_attempt_over_http_is_one_that_anybody_verifies() {
    let asked = Asked::start(cpu(), limits()).await;
    let challenge = challenge();
    let bytes = signed(&challenge, "//Validator");
    let (_, rounds) = asked.post("attempts", bytes.clone()).await;
    let (_, sweeps) = asked.post(&step(&challenge, "sweeps"), SWEEP_SECRET.0.to_vec()).await;
    let open_beacon = Beacon { number: 8, hash: Hash([4; 32]) };
    let (_, openings) = asked.post(&step(&challenge, "openings"), opening(&open_beacon)).await;
    let mut transcript = Transcript {
        challenge,
        challenge_signature: Signature(bytes[352..].try_into().unwrap()),
        rounds: Roots::from_bytes(NUMBERS.rounds, &rounds).unwrap(),
        sweep_secret: SWEEP_SECRET,
        sweeps: Roots::from_bytes(NUMBERS.sweeps, &sweeps).unwrap(),
        open_secret: OPEN_SECRET,
        open_beacon,
        openings: Openings::from_bytes(&NUMBERS, &openings).unwrap(),
        times: Times::default(),
        signature: Signature([0; 64]),
    };
    transcript.sign(&signer("//Validator"));
    assert_eq!(transcript.verify(Some(&challenge), &NoBeacons).outcome, Outcome::Passed);
    // It is over: nothing of it is opened twice.
    let (status, _) = asked.post(&step(&challenge, "openings"), opening(&open_beacon)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let url = format!("{}/pog/v2", asked.worker.url());
    let about = asked.http.get(url).bearer_auth(TOKEN).send().await.unwrap().text().await.unwrap();
    let about: About = serde_json::from_str(&about).unwrap();
    assert_eq!((about.hotkey, about.gpus.len()), (account("//Miner").address(), 1));
}

#[tokio::test]
async fn whoever_has_not_the_token_learns_nothing() {
    let asked = Asked::start(cpu(), limits()).await;
    for token in [None, Some(""), Some("a-token-that-nobody-guesse"), Some("another")] {
        for (path, is_post) in [("pog/v2", false), ("pog/v2/attempts", true), ("pog/v2/other", false)] {
            let url = format!("{}/{path}", asked.worker.url());
            let request = if is_post { asked.http.post(url) } else { asked.http.get(url) };
            let request = token.iter().fold(request, reqwest::RequestBuilder::bearer_auth);
            let status = request.send().await.unwrap().status();
            assert!(status == StatusCode::UNAUTHORIZED, "{token:?} {path}: {status}");
        }
    }
}

#[tokio::test]
async fn a_challenge_that_is_not_for_it_costs_nothing() {
    let made: MakeProver = Arc::new(|_| panic!("no prover is made for it"));
    let strict = Limits { validators: vec![account("//Validator")], operations_max: 5_000_000, ..limits() };
    let asked = Asked::start(made, strict).await;
    let right = challenge();
    let changed = |change: fn(&mut Challenge)| {
        let mut changed = right;
        change(&mut changed);
        changed
    };
    let other_gpu = changed(|challenge| challenge.gpu = "GPU-1".parse().unwrap());
    let other_miner = changed(|challenge| challenge.miner = account("//Other"));
    let stranger = changed(|challenge| challenge.validator = account("//Stranger"));
    let large = changed(|challenge| challenge.parameters.rounds = 40);
    let mut odd = signed(&right, "//Validator");
    odd[8] = 1;
    let validators = |challenge: &Challenge| signed(challenge, "//Validator");
    let mut short = validators(&right);
    short.pop();
    for (bytes, status, why) in [
        (signed(&right, "//Stranger"), 403, "not signed by its validator"),
        (validators(&other_gpu), 404, "calls no GPU GPU-1"),
        (validators(&other_miner), 403, "for another hotkey"),
        (signed(&stranger, "//Stranger"), 403, "no challenge of"),
        (validators(&large), 422, "operations, this worker does 5000000"),
        (odd, 400, "challenge: size is"),
        (short, 400, "has 416 bytes, not 415"),
        (vec![0; 4_000], 413, "as long"),
    ] {
        let (found, reason) = asked.refused("attempts", bytes).await;
        assert!(found == status && reason.contains(why), "{found} {reason:?}, not {status} {why:?}");
    }
}

#[tokio::test]
async fn steps_come_in_order_and_a_wrong_one_ends_the_attempt() {
    let asked = Asked::start(cpu(), limits()).await;
    let challenge = challenge();
    let later = Beacon { number: 8, hash: Hash([4; 32]) };
    let (status, _) = asked.refused(&step(&challenge, "sweeps"), SWEEP_SECRET.0.to_vec()).await;
    assert_eq!(status, 404);
    let (status, _) = asked.refused("attempts/xyz/sweeps", SWEEP_SECRET.0.to_vec()).await;
    assert_eq!(status, 404);
    for (wrong, body, expected) in [
        ("openings", opening(&later), 409),
        ("sweeps", OPEN_SECRET.0.to_vec(), 403),
        ("sweeps", vec![0; 31], 400),
    ] {
        let (status, _) = asked.post("attempts", signed(&challenge, "//Validator")).await;
        assert_eq!(status, StatusCode::OK);
        let (status, reason) = asked.refused(&step(&challenge, wrong), body).await;
        assert_eq!(status, expected, "{wrong}: {reason}");
        let goes_on = asked.post(&step(&challenge, "sweeps"), SWEEP_SECRET.0.to_vec()).await.0;
        // Bytes that are no request are nobody's step; what was computed for nothing is not computed twice.
        assert_eq!(goes_on.as_u16(), if expected == 400 { 200 } else { 404 }, "{wrong}");
    }
    // The last one went on, and an early beacon ends it, too.
    let early = Beacon { number: 7, hash: Hash([4; 32]) };
    let (status, _) = asked.refused(&step(&challenge, "openings"), opening(&early)).await;
    assert_eq!(status, 422);
}

/// A prover that waits until it is told to go on, or told to fail.
struct Held {
    inner: CpuProver,
    go: Arc<std::sync::Mutex<Receiver<bool>>>,
}

impl Prover for Held {
    fn round(&mut self, round: u32, seed: RoundSeed) -> Result<Hash, ProverError> {
        assert!(round > 0 || self.go.lock().unwrap().recv().unwrap(), "the device has failed");
        self.inner.round(round, seed)
    }

    fn sweep(&mut self, sweep: u32, key: SweepKey) -> Result<Hash, ProverError> {
        self.inner.sweep(sweep, key)
    }

    fn open_rounds(&mut self, _: &[TilePlace]) -> Result<Vec<Opening>, ProverError> {
        Err(ProverError("out of memory".into()))
    }

    fn open_sweeps(&mut self, places: &[SweepPlace]) -> Result<Vec<Opening>, ProverError> {
        self.inner.open_sweeps(places)
    }
}

fn held() -> (MakeProver, SyncSender<bool>) {
    let (say, go) = sync_channel(8);
    let go = Arc::new(std::sync::Mutex::new(go));
    let prover: MakeProver = Arc::new(move |numbers| {
        Ok(Box::new(Held { inner: CpuProver::new(numbers), go: Arc::clone(&go) }) as BoxedProver)
    });
    (prover, say)
}

#[tokio::test]
async fn a_flood_of_challenges_finds_one_attempt_at_work_and_an_hour_with_an_end() {
    let (prover, go) = held();
    let asked = Arc::new(Asked::start(prover, Limits { attempts_an_hour: 2, ..limits() }).await);
    let first = signed(&challenge(), "//Validator");
    let at_work = tokio::spawn({
        let (asked, first) = (Arc::clone(&asked), first.clone());
        async move { asked.post("attempts", first).await.0 }
    });
    // Whoever asks meanwhile, for the same attempt or another one, is told so at once.
    let other = signed(&Challenge { nonce: [9; 32], ..challenge() }, "//Validator");
    loop {
        let (status, _) = asked.post(&step(&challenge(), "sweeps"), SWEEP_SECRET.0.to_vec()).await;
        if status == StatusCode::CONFLICT {
            break;
        }
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    for _ in 0..50 {
        let (status, reason) = asked.refused("attempts", other.clone()).await;
        assert!(status == 409 && reason.contains("one at a time"), "{status} {reason}");
    }
    go.send(true).unwrap();
    assert_eq!(at_work.await.unwrap(), StatusCode::OK);
    // The device fails at the end: the attempt is over, and says why.
    asked.post(&step(&challenge(), "sweeps"), SWEEP_SECRET.0.to_vec()).await;
    let later = Beacon { number: 8, hash: Hash([4; 32]) };
    let (status, reason) = asked.refused(&step(&challenge(), "openings"), opening(&later)).await;
    assert!(status == 500 && reason.contains("out of memory"), "{status} {reason}");
    // A prover that panics is over, too, and its GPU goes on.
    go.send(false).unwrap();
    let (status, reason) = asked.refused("attempts", other.clone()).await;
    assert!(status == 500 && reason.contains("the prover has failed"), "{status} {reason}");
    let (status, reason) = asked.refused("attempts", other).await;
    assert!(status == 429 && reason.contains("2 attempts an hour"), "{status} {reason}");
}

#[tokio::test]
async fn an_attempt_that_nobody_goes_on_with_makes_way() {
    let asked = Asked::start(cpu(), Limits { idle: Duration::ZERO, ..limits() }).await;
    let left = challenge();
    let next = Challenge { nonce: [9; 32], ..left };
    for challenge in [&left, &next] {
        let (status, _) = asked.post("attempts", signed(challenge, "//Validator")).await;
        assert_eq!(status, StatusCode::OK);
    }
    let (status, _) = asked.refused(&step(&left, "sweeps"), SWEEP_SECRET.0.to_vec()).await;
    assert_eq!(status, 404);
    let (status, _) = asked.post(&step(&next, "sweeps"), SWEEP_SECRET.0.to_vec()).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_card_attests_once_its_rounds_are_done_and_one_that_cannot_attests_nothing() {
    let signs: Attest = Arc::new(|nonce| {
        let evidence = Evidence { report: nonce.0.to_vec(), chain: b"chain".to_vec() };
        Ok(Attestation::Report(evidence))
    });
    let fails: Attest = Arc::new(|_| Err("the driver is gone".to_owned()));
    for (attest, expected) in [(Some(signs), 200), (Some(fails), 204), (None, 204)] {
        let asked = Asked::start_with(cpu(), limits(), attest).await;
        let challenge = challenge();
        let (_, rounds) = asked.post("attempts", signed(&challenge, "//Validator")).await;
        let rounds = Roots::from_bytes(NUMBERS.rounds, &rounds).unwrap();
        let (status, bytes) = asked.post(&step(&challenge, "attestation"), vec![]).await;
        assert_eq!(status.as_u16(), expected);
        if expected == 200 {
            let seeds = rounds.seeds(challenge.seed());
            let evidence = Evidence::from_bytes(&bytes);
            assert_eq!(evidence.report, seeds.last().unwrap().attestation_nonce().0);
            assert_eq!(evidence.chain, b"chain");
        }
        // It goes on.
        let (status, _) = asked.post(&step(&challenge, "sweeps"), SWEEP_SECRET.0.to_vec()).await;
        assert_eq!(status, StatusCode::OK);
    }
}
