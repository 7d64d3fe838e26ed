//! Why bytes are not a value of a type.

/// How many values may be nested in each other: about as many as a thread's stack holds. A node takes 256 calls in each
/// other, which nest more values than that.
pub(super) const DEPTH_MAX: u32 = 256;

/// Why bytes are not a value of a type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScaleError {
    #[error("they end too early")]
    TooShort,
    #[error("a value of {0} has no variant {1}")]
    NoVariant(String, u8),
    #[error("a value is none of its type {0}")]
    Malformed(&'static str),
    #[error("the metadata has no type {0}")]
    NoType(u32),
    #[error(
        "it is nested deeper than {DEPTH_MAX}, has more values than its bytes can hold, or takes too many bytes as text"
    )]
    TooLarge,
}
