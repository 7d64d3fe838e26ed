//! The worker's server: the requests of `gpu/PROTOCOL.md`, behind a token.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use annals_gpu::attestation::Attestation;
use annals_gpu::{About, Beacon, CHALLENGE_BYTES, Challenge, Secret, Signature, Worker};
use annals_log::{Hash, HotkeySigner};
use annals_served::Served;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use subtle::ConstantTimeEq as _;

use crate::attempts::{Bench, Gpu};
use crate::limits::Limits;
use crate::refusal::Refusal;

/// The longest request has 416 bytes.
const BODY_BYTES_MAX: usize = 1 << 10;
/// How long the bytes of a request may take to come.
const BODY_WITHIN: Duration = Duration::from_secs(10);
const SIGNATURE_BYTES: usize = 64;

/// Everything that a worker is made of.
pub struct WorkerOptions {
    /// The miner's hotkey.
    pub signer: HotkeySigner,
    /// Whoever asks has to send it.
    pub token: String,
    /// Program and version, as the worker tells them.
    pub program: String,
    /// One at least; their labels are all different.
    pub gpus: Vec<Gpu>,
    /// The limits of its work for whoever asks.
    pub limits: Limits,
}

struct Serving {
    signer: HotkeySigner,
    authorization: String,
    program: String,
    benches: Vec<Arc<Bench>>,
    limits: Limits,
}

/// Serves at `listen`, which may have port 0. A step that is computed when the server stops goes on to its end.
///
/// # Errors
/// It cannot listen there.
pub async fn serve(listen: SocketAddr, options: WorkerOptions) -> std::io::Result<Served> {
    let serving = Arc::new(Serving {
        signer: options.signer,
        authorization: format!("Bearer {}", options.token),
        program: options.program,
        benches: options.gpus.into_iter().map(|gpu| Arc::new(Bench::of(gpu))).collect(),
        limits: options.limits,
    });
    Served::start(listen, |_| router(serving)).await
}

fn router(serving: Arc<Serving>) -> Router {
    Router::new()
        .route("/pog/v2", get(about))
        .route("/pog/v2/attempts", post(rounds))
        .route("/pog/v2/attempts/{seed}/sweeps", post(sweeps))
        .route("/pog/v2/attempts/{seed}/attestation", post(attestation))
        .route("/pog/v2/attempts/{seed}/openings", post(openings))
        .layer(from_fn_with_state(Arc::clone(&serving), authorized))
        .with_state(serving)
}

async fn authorized(State(serving): State<Arc<Serving>>, request: Request, next: Next) -> Response {
    if is_authorized(request.headers(), &serving.authorization) {
        return next.run(request).await;
    }
    let why = "this worker takes requests with its token: `Authorization: Bearer TOKEN`";
    Refusal::new(StatusCode::UNAUTHORIZED, why).into_response()
}

/// The time that it takes says nothing of how much of a token is right.
fn is_authorized(headers: &HeaderMap, expected: &str) -> bool {
    let sent = headers.get(AUTHORIZATION).map_or(&[][..], |value| value.as_bytes());
    sent.ct_eq(expected.as_bytes()).into()
}

async fn about(State(serving): State<Arc<Serving>>) -> Response {
    let about = About {
        hotkey: serving.signer.hotkey().to_string(),
        program: serving.program.clone(),
        gpus: serving.benches.iter().map(|bench| bench.about().clone()).collect(),
    };
    let text = serde_json::to_string(&about).expect("texts and numbers are JSON");
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

async fn rounds(State(serving): State<Arc<Serving>>, body: Body) -> Result<Response, Refusal> {
    let bytes = read(body).await?;
    let (challenge, signature) = asked(&bytes)?;
    if !serving.limits.allows(challenge.validator) {
        let why = format!("this worker answers no challenge of {}", challenge.validator.address());
        return Err(Refusal::new(StatusCode::FORBIDDEN, why));
    }
    let label = challenge.gpu.to_string();
    let bench = serving.benches.iter().find(|bench| bench.about().label == label);
    let bench = bench
        .ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, format!("this worker calls no GPU {label}")))?;
    bench.begin(challenge, &signature, &serving.signer, &serving.limits)?;
    tracing::info!(validator = challenge.validator.address(), gpu = label, "a challenge is answered");
    let roots = bench.step(challenge.seed().0, false, Worker::rounds).await?;
    Ok(binary(|bytes| roots.write(bytes)))
}

async fn sweeps(
    State(serving): State<Arc<Serving>>,
    Path(seed): Path<String>,
    body: Body,
) -> Result<Response, Refusal> {
    let secret = Secret(exactly(&read(body).await?)?);
    let (bench, seed) = serving.attempt(&seed)?;
    let roots = bench.step(seed, false, move |worker| worker.sweeps(&secret)).await?;
    Ok(binary(|bytes| roots.write(bytes)))
}

async fn attestation(
    State(serving): State<Arc<Serving>>,
    Path(seed): Path<String>,
    body: Body,
) -> Result<Response, Refusal> {
    let []: [u8; 0] = exactly(&read(body).await?)?;
    let (bench, seed) = serving.attempt(&seed)?;
    match bench.attest(seed).await? {
        Attestation::Report(evidence) => Ok(binary(|bytes| bytes.extend(evidence.to_bytes()))),
        Attestation::NotAvailable => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

async fn openings(
    State(serving): State<Arc<Serving>>,
    Path(seed): Path<String>,
    body: Body,
) -> Result<Response, Refusal> {
    let bytes: [u8; 72] = exactly(&read(body).await?)?;
    let (secret, beacon) = bytes.split_first_chunk::<32>().expect("72 bytes have 32");
    let (number, hash) = beacon.split_first_chunk::<8>().expect("40 bytes have 8");
    let secret = Secret(*secret);
    let hash = Hash(hash.try_into().expect("40 bytes less 8"));
    let beacon = Beacon { number: u64::from_le_bytes(*number), hash };
    let (bench, seed) = serving.attempt(&seed)?;
    let openings = bench.step(seed, true, move |worker| worker.open(&secret, &beacon)).await?;
    Ok(binary(|bytes| openings.write(bytes)))
}

impl Serving {
    /// Finds the GPU that has the attempt.
    fn attempt(&self, seed: &str) -> Result<(&Arc<Bench>, Hash), Refusal> {
        let none = || Refusal::new(StatusCode::NOT_FOUND, "there is no such attempt");
        let seed = Hash::from_hex(seed).ok_or_else(none)?;
        let bench = self.benches.iter().find(|bench| bench.has(seed));
        Ok((bench.ok_or_else(none)?, seed))
    }
}

async fn read(body: Body) -> Result<Vec<u8>, Refusal> {
    let late = |_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "the request did not come to its end");
    let long = |_| Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "no request of the protocol is as long");
    let read = tokio::time::timeout(BODY_WITHIN, to_bytes(body, BODY_BYTES_MAX)).await.map_err(late)?;
    Ok(read.map_err(long)?.into())
}

fn asked(bytes: &[u8]) -> Result<(Challenge, Signature), Refusal> {
    let bytes: [u8; CHALLENGE_BYTES + SIGNATURE_BYTES] = exactly(bytes)?;
    let (challenge, signature) = bytes.split_at(CHALLENGE_BYTES);
    let unread = |error| Refusal::new(StatusCode::BAD_REQUEST, format!("challenge: {error}"));
    let challenge = Challenge::from_bytes(challenge).map_err(unread)?;
    Ok((challenge, Signature(signature.try_into().expect("it has the rest"))))
}

fn exactly<const LENGTH: usize>(bytes: &[u8]) -> Result<[u8; LENGTH], Refusal> {
    let other = |_| {
        let why = format!("this request has {LENGTH} bytes, not {}", bytes.len());
        Refusal::new(StatusCode::BAD_REQUEST, why)
    };
    bytes.try_into().map_err(other)
}

fn binary(write: impl FnOnce(&mut Vec<u8>)) -> Response {
    let mut bytes = Vec::new();
    write(&mut bytes);
    ([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response()
}
