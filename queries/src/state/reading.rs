//! Reads the rows of a state table: those that stand, all that ever stood, or those that stood at a size.

use std::fmt;
use std::sync::Arc;

use annals_log::{ReadError, TreeSize};
use annals_projections::{CellType, Column, TableSchema, TableSnapshot};
use datafusion::arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, RecordBatch};
use datafusion::arrow::compute::{
    BatchCoalescer, SortColumn, concat_batches, filter_record_batch, lexsort_to_indices, take_record_batch,
};
use datafusion::arrow::datatypes::{SchemaRef, UInt64Type};
use datafusion::common::stats::Precision;
use datafusion::error::{DataFusionError, Result};

use crate::commit_times::CommitTimes;
use crate::notes::Notes;
use crate::rows::BATCH_ROWS_MAX;
use crate::scan_exec::{Reading, Sink};

/// Which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// That stand.
    Open,
    /// That stood, in the order in which they ended, then those that stand.
    All,
    /// That stood at this size, in the order of their key.
    At(TreeSize),
}

/// Rows of a snapshot, and the places of the columns that are wanted: behind those of the snapshot come
/// [`SINCE_AND_UNTIL`].
pub(super) struct StateReading {
    pub(super) snapshot: Arc<TableSnapshot>,
    pub(super) which: Which,
    pub(super) columns: Vec<usize>,
    pub(super) times: Arc<CommitTimes>,
    /// Notes of the answer, for what was not checked.
    pub(super) notes: Option<Arc<Notes>>,
}

/// When the log reached `valid_from` and `valid_to`. They are no part of a table, nor of its roots: the log itself has
/// them.
pub(super) const SINCE_AND_UNTIL: [Column; 2] =
    [Column::of("valid_from_at", CellType::Time), Column::nullable("valid_to_at", CellType::Time)];

impl fmt::Debug for StateReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.describe(f)
    }
}

impl Reading for StateReading {
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.snapshot.schema.name;
        match self.which {
            Which::Open => write!(f, "{name}"),
            Which::All => write!(f, "{name}_history"),
            Which::At(size) => write!(f, "{name}_at, size={size}"),
        }
    }

    fn row_count(&self) -> Precision<usize> {
        match self.which {
            Which::Open => Precision::Exact(self.snapshot.open.num_rows()),
            // Rows that ended are not counted before they are read.
            Which::All | Which::At(_) => Precision::Absent,
        }
    }

    fn read(&self, sink: &mut Sink) -> Result<()> {
        self.hold()?;
        match self.which {
            Which::Open => self.read_open(sink),
            Which::All => self.read_all(sink),
            Which::At(size) => self.read_at(size, sink),
        }
    }
}

impl StateReading {
    fn read_open(&self, sink: &mut Sink) -> Result<()> {
        push_slices(&self.shown(&self.snapshot.open)?, sink)
    }

    /// Returns the columns of these rows that are wanted.
    fn shown(&self, rows: &RecordBatch) -> Result<RecordBatch> {
        let of_snapshot = rows.num_columns();
        if self.columns.iter().all(|&place| place < of_snapshot) {
            return Ok(rows.project(&self.columns)?);
        }
        let ending = of_snapshot - TableSchema::ENDING.len();
        let column = |&place: &usize| -> Result<ArrayRef> {
            let Some(which) = place.checked_sub(of_snapshot) else {
                return Ok(Arc::clone(rows.column(place)));
            };
            let sizes = rows.column(ending + 1 + which).as_primitive::<UInt64Type>();
            Ok(Arc::new(self.times.of_all(sizes).map_err(external)?))
        };
        let columns = self.columns.iter().map(column).collect::<Result<_>>()?;
        Ok(RecordBatch::try_new(self.schema()?, columns)?)
    }

    /// Returns the schema of the columns that are wanted.
    fn schema(&self) -> Result<SchemaRef> {
        let all = Column::schema_of(self.snapshot.schema.all_columns().chain(&SINCE_AND_UNTIL));
        Ok(Arc::new(all.project(&self.columns)?))
    }

    /// Checks what times are taken from, where they are wanted.
    fn hold(&self) -> Result<()> {
        let of_snapshot = self.snapshot.open.num_columns();
        if self.columns.iter().any(|&place| place >= of_snapshot)
            && let Some(unchecked) = self.times.hold().map_err(external)?
            && let Some(notes) = &self.notes
        {
            notes.push(unchecked);
        }
        Ok(())
    }

    /// In batches of one size, however the rows were saved: sums of floats depend on it.
    fn read_all(&self, sink: &mut Sink) -> Result<()> {
        let mut batches = BatchCoalescer::new(self.schema()?, BATCH_ROWS_MAX);
        let open = std::iter::once(Ok(self.snapshot.open.clone()));
        for batch in self.snapshot.closed.scan(self.snapshot.schema).chain(open) {
            let batch = self.shown(&batch?)?;
            if self.columns.is_empty() {
                // Nothing to sum, only to count.
                if sink.push(batch).is_break() {
                    return Ok(());
                }
                continue;
            }
            batches.push_batch(batch)?;
            while let Some(batch) = batches.next_completed_batch() {
                if sink.push(batch).is_break() {
                    return Ok(());
                }
            }
        }
        batches.finish_buffered_batch()?;
        batches.next_completed_batch().map_or(Ok(()), |batch| push_slices(&batch, sink))
    }

    /// In the order of the key: closed rows come in the order in which they ended, which depends on when one asks. What
    /// stood at one moment is about as much as stands now, and is held in memory.
    fn read_at(&self, size: TreeSize, sink: &mut Sink) -> Result<()> {
        let mut stood = Vec::new();
        let closed = self.snapshot.closed.scan(self.snapshot.schema);
        for batch in closed.chain([Ok(self.snapshot.open.clone())]) {
            let batch = batch?;
            stood.push(filter_record_batch(&batch, &stood_at(&batch, size))?);
        }
        let stood = concat_batches(&self.snapshot.schema.arrow(), &stood)?;
        let keys = stood.columns()[..self.snapshot.schema.key_columns].iter();
        let keys: Vec<_> = keys.map(|key| SortColumn { values: Arc::clone(key), options: None }).collect();
        let order = lexsort_to_indices(&keys, None)?;
        push_slices(&self.shown(&take_record_batch(&stood, &order)?)?, sink)
    }
}

fn external(error: ReadError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

fn push_slices(batch: &RecordBatch, sink: &mut Sink) -> Result<()> {
    for start in (0..batch.num_rows()).step_by(BATCH_ROWS_MAX) {
        let slice = batch.slice(start, BATCH_ROWS_MAX.min(batch.num_rows() - start));
        if sink.push(slice).is_break() {
            break;
        }
    }
    Ok(())
}

/// Half-open: a row stands from `valid_from` on, and at `valid_to` not any more.
fn stood_at(batch: &RecordBatch, size: TreeSize) -> BooleanArray {
    let ending = batch.num_columns() - TableSchema::ENDING.len();
    let from = batch.column(ending + 1).as_primitive::<UInt64Type>();
    let to = batch.column(ending + 2).as_primitive::<UInt64Type>();
    let stood = |row: usize| from.value(row) <= size.0 && (to.is_null(row) || to.value(row) > size.0);
    (0..batch.num_rows()).map(|row| Some(stood(row))).collect()
}
