//! Answers as streams: rows as they are found.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::Result as SqlResult;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use tokio::sync::mpsc;

use crate::answer::{Answer, Standing};
use crate::deadline::Deadline;
use crate::error::QueryError;
use crate::gate::Gate;
use crate::notes::Notes;
use crate::work::Work;

/// Batches that wait to be taken, at most; the query then waits too.
pub(crate) const BATCHES_AHEAD: usize = 2;

/// An answer whose rows come as they are found.
///
/// Only a stream that ended without an error is an answer: a fault of the log, say, may be met behind rows that were
/// given already, and until the last row nothing says that those before it are what was signed. Dropping the stream
/// ends the query.
///
/// The time of [`crate::Limits::time`] runs from the SQL to the last row, and does not wait for whoever takes the rows:
/// a reader that stalls holds a place that others wait for. Rows on their way, [`BATCHES_AHEAD`] batches and what the
/// scans below hold, are not counted as memory; they do not grow with the answer.
pub struct AnswerStream {
    pub(crate) head: Head,
    pub(crate) standing: Standing,
    pub(crate) notes: Arc<Notes>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) deadline: Deadline,
    pub(crate) batches: mpsc::Receiver<RecordBatch>,
    /// `None` once its outcome was told.
    pub(crate) work: Option<Work<CutAt>>,
    pub(crate) cut_at: CutAt,
}

/// How many rows were given, when there were more.
pub(crate) type CutAt = Option<usize>;

/// What is known before the first row.
pub(crate) struct Head {
    pub(crate) schema: SchemaRef,
    pub(crate) volatile: Vec<String>,
}

impl AnswerStream {
    /// Returns the schema of every batch.
    pub fn schema(&self) -> &SchemaRef {
        &self.head.schema
    }

    /// Returns the functions used that return something else every time.
    pub fn volatile(&self) -> &[String] {
        &self.head.volatile
    }

    /// Returns what the rows stand on.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Returns the next rows, at least one; `None` behind the last.
    ///
    /// # Errors
    /// Any but `TablesElsewhere`; the stream is then over, and what it gave is not the whole answer.
    ///
    /// # Panics
    /// If there is a limit of time, outside of a tokio runtime with a clock.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>, QueryError> {
        if let Some(batch) = self.deadline.hold(self.batches.recv()).await? {
            return Ok(Some(batch));
        }
        if let Some(work) = self.work.take() {
            self.cut_at = work.outcome().await?;
        }
        Ok(None)
    }

    /// Returns how many rows were given, when there were more: known once [`AnswerStream::next`] has given `None`.
    pub fn cut_at(&self) -> Option<usize> {
        self.cut_at
    }

    /// Returns what has to be known to read the rows rightly, a sentence each, as far as it was said by now: all of it
    /// once [`AnswerStream::next`] has given `None`.
    pub fn notes(&self) -> Vec<String> {
        self.notes.said()
    }

    /// Takes all rows, which count as memory until the last is there.
    ///
    /// # Errors
    /// As of [`AnswerStream::next`], and `Memory`. What was read before an error is not given.
    pub async fn collect(mut self) -> Result<Answer, QueryError> {
        let reservation = MemoryConsumer::new("the answer").register(&self.gate.runtime().memory_pool);
        let mut batches = Vec::new();
        while let Some(batch) = self.next().await? {
            reserve(&reservation, &batch)
                .map_err(|error| QueryError::of(error, self.gate.limits().memory_bytes))?;
            batches.push(batch);
        }
        let notes = self.notes();
        let Head { schema, volatile } = self.head;
        Ok(Answer { schema, batches, cut_at: self.cut_at, volatile, notes, standing: self.standing })
    }
}

/// Counts only what the rows take: slices of a table share its buffers.
fn reserve(reservation: &MemoryReservation, batch: &RecordBatch) -> SqlResult<()> {
    for column in batch.columns() {
        reservation.try_grow(column.to_data().get_slice_memory_size()?)?;
    }
    Ok(())
}
