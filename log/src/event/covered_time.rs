//! A time in which a source was looked at.

/// What one event says of the time in which its source was looked at, and of the outcome: a row of `coverage`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoveredTime {
    /// Which part of the source was looked at: a poll's scope, or the name of a database.
    pub scope: Option<String>,
    /// The run, when the event concerns no other.
    pub run_id: Option<String>,
    /// When it began.
    pub from_ms: i64,
    /// When it was over.
    pub to_ms: i64,
    /// One of the words that `coverage` explains, as `ok`.
    pub outcome: &'static str,
    /// What was not had, and why.
    pub detail: Option<String>,
}
