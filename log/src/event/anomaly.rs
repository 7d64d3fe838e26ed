//! Something odd in one entry.

/// A row of `anomalies`: something that could not be read or kept, or that upstream would stumble over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// One of a few words, as `not_a_list`.
    pub kind: &'static str,
    /// A path into the run's config or into the block, or a column or a table of a database. Empty when the whole entry
    /// is odd.
    pub place: String,
    /// What it is, and what upstream makes of it.
    pub detail: String,
}

impl Anomaly {
    /// Names what is odd, where, and why.
    pub fn new(kind: &'static str, place: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind, place: place.into(), detail: detail.into() }
    }

    /// Says that an entry's body, or the payload that its kind depends on, cannot be decoded.
    pub fn undecodable() -> Self {
        Self::new("body_undecodable", "", "the body is not what its kind says; no table is made of it")
    }
}
