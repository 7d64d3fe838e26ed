//! The page that Prometheus reads.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use prometheus::{Registry, TextEncoder};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers `GET /metrics`.
pub(super) fn page(registry: Registry) -> Router {
    Router::new().route("/metrics", get(told)).with_state(registry)
}

async fn told(State(registry): State<Registry>) -> Response {
    // Some figures are read from files, which may be slow: the recorder's own threads do not wait for them.
    match tokio::task::spawn_blocking(move || text(&registry)).await {
        Ok(Ok(text)) => ([(CONTENT_TYPE, TEXT)], text).into_response(),
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// # Errors
/// A metric is none that Prometheus takes.
pub(super) fn text(registry: &Registry) -> prometheus::Result<String> {
    TextEncoder::new().encode_to_string(&registry.gather())
}
