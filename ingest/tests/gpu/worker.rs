//! A worker of our own, which does as it should, or not.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use annals_gpu::{
    About, AboutGpu, Beacon, CHALLENGE_BYTES, Challenge, CpuProver, Secret, Signature, Step, Worker,
};
use annals_log::{Hash, HotkeySigner};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use sp_core::{Pair as _, sr25519};

/// What a worker does otherwise than it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// It says nothing of itself that can be read.
    Mumbles,
    HasNoGpu,
    /// It lists more GPUs than any host has.
    Boasts,
    /// It never answers this step.
    Hangs(&'static str),
    /// It ends half-way through the answer of this step.
    Dies(&'static str),
    OutOfMemory(&'static str),
    /// It answers with a byte more, or less.
    Length(i8),
    /// It answers this challenge with work for another.
    OtherChallenge,
    /// It answers, but after the rounds had to be done.
    Late,
    /// It answers with another product.
    Wrong,
}

pub(super) fn signer(uri: &str) -> HotkeySigner {
    HotkeySigner::new(sr25519::Pair::from_string(uri, None).unwrap())
}

struct Serving {
    fault: Fault,
    attempt: Mutex<Option<Worker<CpuProver>>>,
}

type Shared = State<Arc<Serving>>;

impl Serving {
    /// Gives the answer of a step as the fault has it.
    async fn answer(&self, step: &'static str, bytes: Vec<u8>) -> Response {
        match self.fault {
            Fault::Hangs(at) if at == step => std::future::pending().await,
            Fault::OutOfMemory(at) if at == step => {
                (StatusCode::INTERNAL_SERVER_ERROR, "out of memory").into_response()
            }
            Fault::Dies(at) if at == step => {
                let half = Bytes::copy_from_slice(&bytes[..bytes.len() / 2]);
                let broken = futures_util::stream::iter([Ok(half), Err(std::io::Error::other("it is dead"))]);
                Body::from_stream(broken).into_response()
            }
            Fault::Length(by) => {
                let mut bytes = bytes;
                bytes.resize(bytes.len().saturating_add_signed(by.into()), 0);
                bytes.into_response()
            }
            _ => bytes.into_response(),
        }
    }
}

async fn about(State(serving): Shared) -> Response {
    if serving.fault == Fault::Mumbles {
        return "hm".into_response();
    }
    let gpu = AboutGpu {
        label: "GPU-1".into(),
        prover: "cpu".into(),
        operations_max: 1,
        kept_bytes_max: 1,
        inventory: serde_json::json!({"name": "NVIDIA H200", "uuid": "GPU-1", "memory_bytes": 7, "odd": [1]}),
    };
    let count = match serving.fault {
        Fault::HasNoGpu => 0,
        Fault::Boasts => 65,
        _ => 1,
    };
    let gpus = vec![gpu; count];
    let hotkey = signer("//Miner").hotkey().to_string();
    serde_json::to_string(&About { hotkey, program: "test".into(), gpus }).unwrap().into_response()
}

async fn rounds(State(serving): Shared, body: Bytes) -> Response {
    let mut challenge = Challenge::from_bytes(&body[..CHALLENGE_BYTES]).unwrap();
    let mut signature = Signature(body[CHALLENGE_BYTES..].try_into().unwrap());
    if serving.fault == Fault::OtherChallenge {
        challenge.nonce[0] ^= 1;
        signature = Step::Challenge.sign(&challenge.seed().0, &signer("//Validator"));
    }
    let prover = CpuProver::new(challenge.parameters);
    let mut worker = Worker::accept(challenge, &signature, signer("//Miner"), prover).unwrap();
    let mut roots = worker.rounds().unwrap();
    if serving.fault == Fault::Wrong {
        roots.roots[1].0[0] ^= 1;
        let mut seed = challenge.seed();
        roots.roots.iter().for_each(|root| seed = seed.next(root));
        roots.signature = Step::Rounds.sign(&seed.0, &signer("//Miner"));
    }
    if serving.fault == Fault::Late {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    *serving.attempt.lock().unwrap() = Some(worker);
    let mut bytes = Vec::new();
    roots.write(&mut bytes);
    serving.answer("rounds", bytes).await
}

async fn sweeps(State(serving): Shared, Path(_): Path<String>, body: Bytes) -> Response {
    let secret = Secret(body[..].try_into().unwrap());
    let mut bytes = Vec::new();
    let roots = serving.attempt.lock().unwrap().as_mut().unwrap().sweeps(&secret);
    roots.unwrap().write(&mut bytes);
    serving.answer("sweeps", bytes).await
}

async fn openings(State(serving): Shared, Path(_): Path<String>, body: Bytes) -> Response {
    let secret = Secret(body[..32].try_into().unwrap());
    let number = u64::from_le_bytes(body[32..40].try_into().unwrap());
    let beacon = Beacon { number, hash: Hash(body[40..].try_into().unwrap()) };
    let mut bytes = Vec::new();
    let openings = serving.attempt.lock().unwrap().as_mut().unwrap().open(&secret, &beacon);
    openings.unwrap().write(&mut bytes);
    serving.answer("openings", bytes).await
}

/// Serves on loopback until the runtime ends. Returns the URL.
pub(super) async fn serve(fault: Fault) -> String {
    let serving = Arc::new(Serving { fault, attempt: Mutex::default() });
    let router = Router::new()
        .route("/pog/v2", get(about))
        .route("/pog/v2/attempts", post(rounds))
        .route("/pog/v2/attempts/{seed}/sweeps", post(sweeps))
        .route("/pog/v2/attempts/{seed}/openings", post(openings))
        .with_state(serving);
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}
