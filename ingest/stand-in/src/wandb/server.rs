//! W&B's server on loopback: GraphQL for readers and writers, and the paths beside it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals_served::Served;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, RANGE, WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::exports::range;
use super::recorded::RecordedWandb;
use super::refusal::Refusal;
use super::values::{IntoValue as _, object};

/// The longest body: a config may have 16 MiB, and is escaped twice.
const BODY_BYTES_MAX: usize = 64 << 20;

/// What comes in the place of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Another answer.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Names and values of headers.
        headers: Vec<(String, String)>,
        /// The body, of type `application/json` unless a header says otherwise.
        body: String,
    },
    /// Nothing: the connection stays open, and no answer comes.
    Silence,
}

/// Says what goes wrong with a request for GraphQL, by its number from 0.
pub type Faults = dyn Fn(u64) -> Option<Fault> + Send + Sync;

struct Serving {
    wandb: Arc<RecordedWandb>,
    faults: Arc<Faults>,
    asked: AtomicU64,
}

/// Serves at `listen`, which may have port 0, and lets some requests go wrong.
///
/// # Errors
/// It cannot listen there.
pub async fn serve(
    listen: SocketAddr,
    wandb: Arc<RecordedWandb>,
    faults: Arc<Faults>,
) -> std::io::Result<Served> {
    Served::start(listen, |address| {
        wandb.listens_at(format!("http://{address}"));
        router(Arc::new(Serving { wandb, faults, asked: AtomicU64::new(0) }))
    })
    .await
}

/// Lets the first `requests` be too many: HTTP 429, and to be sent again in a second.
pub fn too_many(requests: u64) -> Arc<Faults> {
    Arc::new(move |number| {
        (number < requests).then(|| Fault::Answer {
            status: 429,
            headers: vec![("Retry-After".to_owned(), "1".to_owned())],
            body: Refusal::new("rate limit exceeded").to_json(),
        })
    })
}

fn router(serving: Arc<Serving>) -> Router {
    let of_key_holders = Router::new()
        .route("/graphql", post(graphql))
        .route("/files/{entity}/{project}/{run}/file_stream", post(file_stream))
        .layer(from_fn(with_a_key));
    Router::new()
        .merge(of_key_holders)
        .route("/uploads/{*file}", put(async |_: Bytes| StatusCode::OK))
        .route("/exports/{file}", get(export))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(serving)
}

async fn graphql(State(serving): State<Arc<Serving>>, body: Bytes) -> Response {
    let number = serving.asked.fetch_add(1, Ordering::Relaxed);
    match (serving.faults)(number) {
        None => {
            let (status, answer) = serving.wandb.answer(&body);
            json(status, answer)
        }
        Some(Fault::Silence) => std::future::pending().await,
        Some(Fault::Answer { status, headers, body }) => {
            let mut answer = json(status, body);
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) = (name.parse::<axum::http::HeaderName>(), value.parse()) {
                    answer.headers_mut().insert(name, value);
                }
            }
            answer
        }
    }
}

async fn file_stream(
    State(serving): State<Arc<Serving>>,
    Path((entity, project, run)): Path<(String, String, String)>,
    body: Bytes,
) -> Response {
    let (status, answer) = serving.wandb.stream(entity, project, &run, &body);
    json(status, answer)
}

async fn export(
    State(serving): State<Arc<Serving>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(bytes) = serving.wandb.exported(&file) else {
        return json(404, told(&format!("nothing was exported into {file}")));
    };
    let asked = headers.get(RANGE).and_then(|header| range(header.to_str().ok()?, bytes.len()));
    let Some(range) = asked else {
        return ([("Accept-Ranges", "bytes")], Bytes::copy_from_slice(&bytes)).into_response();
    };
    let place = format!("bytes {}-{}/{}", range.start, range.end - 1, bytes.len());
    let part = Bytes::copy_from_slice(&bytes[range]);
    (StatusCode::PARTIAL_CONTENT, [(CONTENT_RANGE, place)], part).into_response()
}

async fn unknown(request: Request) -> Response {
    json(404, told(&format!("{} {} is not served here", request.method(), request.uri().path())))
}

/// Lets requests pass that have a key: any key will do, of the user `api`. Compressed bodies are refused.
async fn with_a_key(request: Request, next: Next) -> Response {
    let headers = request.headers();
    if !has_key(headers) {
        let mut answer = json(401, told("a key is needed: Basic authorization of the user api"));
        answer.headers_mut().insert(WWW_AUTHENTICATE, "Basic".parse().expect("it is ASCII"));
        return answer;
    }
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => {
            let encoding = String::from_utf8_lossy(encoding.as_bytes()).into_owned();
            json(
                415,
                told(&format!(
                    "bodies in {encoding} are not taken: no client sent one when this was written"
                )),
            )
        }
        _ => next.run(request).await,
    }
}

fn has_key(headers: &HeaderMap) -> bool {
    let credentials = || {
        let (scheme, encoded) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        let decoded = BASE64_STANDARD.decode(encoded.trim()).ok()?;
        scheme.eq_ignore_ascii_case("basic").then(|| String::from_utf8(decoded).ok())?
    };
    credentials()
        .is_some_and(|credentials| credentials.strip_prefix("api:").is_some_and(|key| !key.is_empty()))
}

fn json(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CONTENT_TYPE, "application/json")], Body::from(body)).into_response()
}

fn told(error: &str) -> String {
    object([("error", error.into_value())]).to_json()
}
