//! Raw answers: what was asked, when, and what came back, before anybody looks into it.

use annals_log::Clock;

/// What one fetch brought: the answers of one source that belong together, in the order in which they were had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// The source's name, as in entries.
    pub source: String,
    /// One at least.
    pub exchanges: Vec<Exchange>,
    /// A poll may take several fetches: how many of its fetches came before this one.
    pub part: u32,
    /// And whether more of them follow.
    pub more: bool,
}

/// One question and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// When the answer was had, or given up, in milliseconds since 1970 UTC.
    pub fetched_at_ms: i64,
    /// What was asked.
    pub request: Request,
    /// What became of it.
    pub outcome: Outcome,
}

/// What was asked. Never with credentials: a request is recorded without its headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// As `POST`, or `READ` for a file.
    pub method: String,
    /// Path and query, without the host; or a file's name.
    pub target: String,
    /// As sent; empty when there was none.
    pub body: String,
}

/// What became of a request, after all retries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Something came back.
    Answer(Answer),
    /// Nothing did, or only a part: why.
    Failed(String),
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status; 200 for a file.
    pub status: u16,
    /// Byte for byte.
    pub body: Vec<u8>,
}

impl Outcome {
    /// The bytes that came back, `None` when nothing did.
    pub fn body(&self) -> Option<&[u8]> {
        match self {
            Self::Answer(answer) => Some(&answer.body),
            Self::Failed(_) => None,
        }
    }
}

impl Exchange {
    /// How much came back.
    pub(crate) fn answer_bytes(&self) -> usize {
        self.outcome.body().map_or(0, <[u8]>::len)
    }
}

impl Raw {
    /// When the last answer was had.
    ///
    /// # Panics
    /// If there is no exchange.
    pub fn fetched_at_ms(&self) -> i64 {
        self.exchanges.last().expect("a fetch brings one exchange at least").fetched_at_ms
    }

    /// The cursor of a source that is asked for its present state: the time of the last answer, in decimal
    /// milliseconds. It never goes back: a clock that does would have recordings told twice.
    pub(crate) fn cursor_behind(&self, cursor: &[u8]) -> Vec<u8> {
        let last = cursor_ms(cursor).unwrap_or(i64::MIN);
        self.fetched_at_ms().max(last).to_string().into_bytes()
    }

    /// Whether the source has been read up to here: what was asked before `cursor` tells nothing new.
    pub(crate) fn is_up_to(&self, cursor: &[u8]) -> bool {
        cursor_ms(cursor).is_some_and(|cursor_ms| self.fetched_at_ms() <= cursor_ms)
    }
}

/// The time in a cursor as [`Raw::cursor`] makes it; `None` before the first.
pub(crate) fn cursor_ms(cursor: &[u8]) -> Option<i64> {
    std::str::from_utf8(cursor).ok()?.parse().ok()
}

/// The time at which an answer is had, in milliseconds since 1970 UTC.
pub(crate) fn now_ms() -> i64 {
    Clock::System.now_ms()
}
