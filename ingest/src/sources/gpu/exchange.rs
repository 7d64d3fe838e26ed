//! How an attempt is written down as questions and answers, for decoding and for cassettes.

use annals_gpu::Outcome as PogOutcome;

use crate::raw::{Answer, Exchange, Outcome, Request};

/// Asks a worker about itself; the target is its URL.
pub(super) const ABOUT: &str = "ABOUT";
/// A challenge; the body is its bytes and signature, in hex. Answered by the beginning of the transcript.
pub(super) const CHALLENGE: &str = "CHALLENGE";
/// Asks for the card's evidence; the body is that of the challenge. Answered by the evidence, if there is any.
pub(super) const ATTEST: &str = "ATTEST";
/// The openings; the body is that of the challenge. Answered by the transcript.
pub(super) const OPEN: &str = "OPEN";
/// A file; the target is its name.
pub(super) const READ: &str = "READ";

/// The answer is what was asked for. The others are those of a gateway, with the reason as body.
pub(super) const FOUND: u16 = 200;
const REFUSED: u16 = 403;
const MALFORMED: u16 = 422;
const OUR_ERROR: u16 = 500;
const UNREACHABLE: u16 = 502;
const TIMEOUT: u16 = 504;

/// Why an attempt has no transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    /// One of those that a transcript does not show, or `Malformed`.
    pub(super) outcome: PogOutcome,
    /// In words.
    pub(super) why: String,
}

impl Ended {
    pub(super) fn new(outcome: PogOutcome, why: impl Into<String>) -> Self {
        Self { outcome, why: why.into() }
    }

    fn status(&self) -> u16 {
        match self.outcome {
            PogOutcome::Refused => REFUSED,
            PogOutcome::Malformed => MALFORMED,
            PogOutcome::Unreachable => UNREACHABLE,
            PogOutcome::Timeout => TIMEOUT,
            _ => OUR_ERROR,
        }
    }

    /// Reads an answer that is none.
    pub(super) fn of(answer: &Answer) -> Self {
        let outcome = match answer.status {
            REFUSED => PogOutcome::Refused,
            MALFORMED => PogOutcome::Malformed,
            UNREACHABLE => PogOutcome::Unreachable,
            TIMEOUT => PogOutcome::Timeout,
            _ => PogOutcome::VerifierError,
        };
        Self::new(outcome, String::from_utf8_lossy(&answer.body))
    }
}

/// Whether what was asked for came.
pub(super) fn is_found(exchange: &Exchange) -> bool {
    matches!(&exchange.outcome, Outcome::Answer(answer) if answer.status == FOUND)
}

/// A question, and the bytes or the reason that came of it.
pub(super) fn exchange(
    method: &str,
    target: &str,
    body: String,
    came: Result<Vec<u8>, Ended>,
    now_ms: i64,
) -> Exchange {
    let answer = match came {
        Ok(body) => Answer { status: FOUND, body },
        Err(ended) => Answer { status: ended.status(), body: ended.why.into_bytes() },
    };
    let request = Request { method: method.to_owned(), target: target.to_owned(), body };
    Exchange { fetched_at_ms: now_ms, request, outcome: Outcome::Answer(answer) }
}
