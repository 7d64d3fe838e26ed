//! Why a worker does not answer, as HTTP says it.

use std::time::Duration;

use annals_gpu::WorkerError;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// A status, a sentence, and when to come again where that is known.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) why: String,
    pub(crate) after: Option<Duration>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, why: why.into(), after: None }
    }
}

impl From<WorkerError> for Refusal {
    fn from(error: WorkerError) -> Self {
        let status = match &error {
            WorkerError::OtherMiner | WorkerError::NotSigned | WorkerError::OtherSecret => {
                StatusCode::FORBIDDEN
            }
            WorkerError::EarlyBeacon { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            WorkerError::OutOfOrder => StatusCode::CONFLICT,
            WorkerError::Prover(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let why = match &error {
            WorkerError::Prover(cause) => format!("{cause}: {}", cause.0),
            _ => error.to_string(),
        };
        Self::new(status, why)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, format!("{}\n", self.why)).into_response();
        if let Some(after) = self.after {
            let seconds = HeaderValue::from(after.as_secs().max(1));
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response
    }
}
