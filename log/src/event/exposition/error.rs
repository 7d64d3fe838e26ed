//! Why a body is not an exposition.

/// What is wrong, and on which line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ExpositionError {
    /// Counted from 1; that of a quoted text is the line on which it begins.
    pub line: usize,
    /// What was expected or found there.
    pub what: &'static str,
}
