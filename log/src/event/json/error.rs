//! Why a text is not JSON.

/// What is wrong, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at byte {at}: {what}")]
pub struct JsonError {
    /// Byte of the text.
    pub at: usize,
    /// What was expected or found there.
    pub what: &'static str,
}
