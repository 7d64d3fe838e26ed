//! Why a question has no answer.

use annals_log::json::Value;

use super::values::{IntoValue as _, object};

/// A refusal, which the client gets as a list `errors` with one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// HTTP status.
    pub(super) status: u16,
    pub(super) message: String,
}

impl Refusal {
    /// Refuses a question that is understood and has no answer. W&B answers that with HTTP 200, too.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { status: 200, message: message.into() }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self { status: 400, message: message.into() }
    }

    pub(super) fn to_json(&self) -> String {
        let error = Value::Object(object([("message", self.message.as_str().into_value())]));
        let answer = object([("data", Value::Null), ("errors", Value::List(vec![error]))]);
        answer.to_json()
    }
}
