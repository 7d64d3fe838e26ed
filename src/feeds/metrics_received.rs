//! The server for metrics that neurons send, signed, by themselves.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use annals_ingest::sources::{Inbox, ReceivedRequest, Verdict};
use annals_log::Account;
use annals_log::remote_write::RemoteWrite;
use annals_projections::View;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use tokio::sync::watch;

/// How long the bytes of a request may take to come.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// How long a sender waits for the log.
const RECORDED_WITHIN: Duration = Duration::from_secs(30);

/// Everything that receiving takes.
#[derive(Clone)]
pub(crate) struct Receiving {
    pub(crate) inbox: Inbox,
    /// The subnet of the log.
    pub(crate) netuid: u16,
    /// The tables, which say who has a neuron; `None` takes whoever signs.
    pub(crate) views: Option<watch::Receiver<Option<View>>>,
}

/// The paths of the proxy and of Prometheus itself.
pub(crate) fn router(receiving: Receiving) -> Router {
    Router::new()
        .route("/prometheus/inbound", post(take))
        .route("/api/v1/write", post(take))
        .with_state(Arc::new(receiving))
}

async fn take(
    State(receiving): State<Arc<Receiving>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = read(body).await else {
        let most = RemoteWrite::BYTES_MAX;
        let why = format!("the body is longer than {most} bytes, or took longer than {BODY_WITHIN:?}\n");
        return (StatusCode::PAYLOAD_TOO_LARGE, why).into_response();
    };
    let told = receiving.told(&head.headers, peer).await;
    match tokio::time::timeout(RECORDED_WITHIN, receiving.inbox.take(told, body)).await {
        Ok(Some(verdict)) => answer(&verdict),
        Ok(None) => {
            let why = "too many requests were refused in this minute, or the recorder ends: send it again\n";
            (StatusCode::TOO_MANY_REQUESTS, why).into_response()
        }
        Err(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "the log does not take it now: send it again\n").into_response()
        }
    }
}

async fn read(body: Body) -> Result<Vec<u8>, ()> {
    let read = tokio::time::timeout(BODY_WITHIN, to_bytes(body, RemoteWrite::BYTES_MAX)).await;
    Ok(read.map_err(drop)?.map_err(drop)?.into())
}

impl Receiving {
    async fn told(&self, headers: &HeaderMap, peer: SocketAddr) -> ReceivedRequest {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let hotkey = header("bittensor-hotkey");
        let account = hotkey.as_deref().and_then(Account::of_address).map(|(account, _)| account);
        let has_neuron = match (self.views.clone(), account) {
            (Some(views), Some(account)) => Some(has_neuron(views, self.netuid, account).await),
            _ => None,
        };
        ReceivedRequest {
            hotkey,
            netuid: header("bittensor-netuid"),
            signature: header("bittensor-signature"),
            peer: Some(peer.ip().to_string()),
            has_neuron,
        }
    }
}

/// Whether a hotkey has a neuron on the subnet. Waits for the tables, should they still follow the log.
async fn has_neuron(mut views: watch::Receiver<Option<View>>, netuid: u16, hotkey: Account) -> bool {
    let view = views.wait_for(Option::is_some).await.ok().and_then(|view| view.clone());
    view.is_some_and(|view| view.tables.has_neuron(netuid, hotkey))
}

/// Answers as the proxy does.
fn answer(verdict: &Verdict) -> Response {
    let status = match verdict {
        Verdict::Right { .. } => return StatusCode::NO_CONTENT.into_response(),
        Verdict::BadHeader { .. } | Verdict::BadSignature | Verdict::Undecodable { .. } => {
            StatusCode::BAD_REQUEST
        }
        Verdict::OtherNetuid | Verdict::NoNeuron | Verdict::OtherHotkey { .. } => StatusCode::FORBIDDEN,
    };
    let why = match verdict {
        Verdict::OtherNetuid => "the log is of another subnet".to_owned(),
        Verdict::NoNeuron => "the hotkey has no neuron on the subnet, as the log knows it".to_owned(),
        Verdict::BadSignature => "the hotkey did not sign this body".to_owned(),
        other => other.detail().unwrap_or_default(),
    };
    (status, why + "\n").into_response()
}
