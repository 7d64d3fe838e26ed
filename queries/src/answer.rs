//! Answers: rows, and what they stand on.

use annals_log::{Reader, SignedCheckpoint, TreeSize};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

/// What a query gives.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Of every batch, and known when there is none.
    pub schema: SchemaRef,
    /// The rows, in order.
    pub batches: Vec<RecordBatch>,
    /// There were more rows than this, and only so many are given.
    pub cut_at: Option<usize>,
    /// The functions used that return something else every time, as `now()` does: with any of them the answer cannot
    /// be reproduced.
    pub volatile: Vec<String>,
    /// What has to be known to read the rows rightly, a sentence each.
    pub notes: Vec<String>,
    /// What the rows stand on.
    pub standing: Standing,
}

/// The place in a log that answers stand on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How many entries were looked at.
    pub size: TreeSize,
    /// When the last of them was recorded, in milliseconds since 1970 UTC.
    pub recorded_at_ms: i64,
    /// Signed by the log at this size.
    pub checkpoint: SignedCheckpoint,
    /// The state tables were folded under another policy than the log's: nobody ever signed what they say.
    pub what_if: bool,
    /// The log was made for tests, with a clock that was set.
    pub fixture: bool,
}

impl Answer {
    /// How many rows are given.
    pub fn row_count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

impl Standing {
    pub(crate) fn of(reader: &Reader, what_if: bool) -> Self {
        Self {
            size: reader.size(),
            recorded_at_ms: reader.recorded_at_ms(),
            checkpoint: reader.checkpoint().clone(),
            what_if,
            fixture: reader.opened().fixture,
        }
    }
}
