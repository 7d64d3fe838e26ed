//! Why a body is not an exposition, or not one that is taken.

use super::limits::Limit;

/// What is wrong, and on which line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ExpositionError {
    /// Counted from 1; that of a quoted text is the line on which it begins.
    pub line: usize,
    /// What was expected or found there.
    pub what: &'static str,
    /// The limit that is exceeded; `None` where the line is wrong as such.
    pub limit: Option<Limit>,
}

impl ExpositionError {
    /// A line that is wrong as such.
    pub(super) fn at(line: usize, what: &'static str) -> Self {
        Self { line, what, limit: None }
    }

    /// A line on which more is than `limit` allows.
    pub(super) fn beyond(line: usize, limit: Limit) -> Self {
        let what = match limit {
            Limit::Samples => "too many samples",
            Limit::Labels => "a sample has too many labels",
            Limit::LabelNameBytes => "a label's name is too long",
            Limit::LabelValueBytes => "a label's value or a metric's name is too long",
        };
        Self { line, what, limit: Some(limit) }
    }
}
