//! What ends a call of `sync_scores`.

/// An exception that leaves the call. Upstream's main loop catches [`SyncException::Runtime`] and tries again; any
/// other ends the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncException {
    /// A uid is beyond the scores, which are as long as the subnet was at the start.
    Index,
    /// A score has no place in the tensor: it is beyond `f32`, or an integer beyond 64 bits.
    Runtime,
    /// A value is of a type that cannot be scored, compared or printed.
    Type,
    /// One of the readers of W&B raised.
    Reader,
}

impl SyncException {
    /// Returns the Python name of the class; a reader has its own.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Index => "IndexError",
            Self::Runtime => "RuntimeError",
            Self::Type => "TypeError",
            Self::Reader => "reader",
        }
    }
}
