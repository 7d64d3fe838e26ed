//! The schema `system`: what the log is made of, and how the tables stand.

use std::fmt;
use std::sync::Arc;

use annals_log::{ReadError, Reader, SegmentFile, SignedCheckpoint, TreeSize};
use annals_projections::CellType::{Bool, Text, UInt};
use annals_projections::{Column, TableSchema};
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::rows::{RowColumn, Rows};
use crate::scan_exec::{Reading, ScanExec, Sink};
use crate::state::StateTables;

/// Its tables, beside `sources`, which is a scan of the log.
pub(crate) const LISTINGS: [Listing; 3] = [Listing::Segments, Listing::Checkpoints, Listing::Projections];

/// A short table that is made anew whenever it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    Segments,
    Checkpoints,
    Projections,
}

const SEGMENTS: &[RowColumn<SegmentFile>] = &[
    RowColumn::of("file", Text, |segment| segment.file.to_string_lossy().into_owned().into()),
    RowColumn::of("first_index", UInt, |segment| segment.first.0.into()),
    RowColumn::of("entries", UInt, |segment| (segment.size.0 - segment.first.0).into()),
    RowColumn::of("bytes", UInt, |segment| segment.bytes.into()),
    RowColumn::of("sealed", Bool, |segment| segment.sealed.into()),
];

const CHECKPOINTS: &[RowColumn<ListedCheckpoint>] = &[
    RowColumn::of("size", UInt, |listed| listed.checkpoint.claim().size.0.into()),
    RowColumn::of("root", Text, |listed| listed.checkpoint.claim().root.to_string().into()),
    RowColumn::of("published", Bool, |listed| listed.is_published.into()),
];

const PROJECTIONS: &[RowColumn<ListedTable>] = &[
    RowColumn::of("name", Text, |table| table.schema.name.into()),
    RowColumn::of("about", Text, |table| table.schema.about.into()),
    RowColumn::of("version", UInt, |table| u64::from(table.schema.version).into()),
    RowColumn::of("rows", UInt, |table| table.rows.into()),
    RowColumn::of("position", UInt, |table| table.position.0.into()),
    RowColumn::of("keeps_history", Bool, |table| table.schema.keeps_history.into()),
];

struct ListedCheckpoint {
    checkpoint: SignedCheckpoint,
    is_published: bool,
}

struct ListedTable {
    schema: &'static TableSchema,
    rows: u64,
    position: TreeSize,
}

/// A listing of one log.
#[derive(Clone)]
pub(crate) struct SystemTable {
    listing: Listing,
    reader: Arc<Reader>,
    tables: Arc<StateTables>,
}

#[derive(Debug)]
struct ListingReading {
    table: SystemTable,
    columns: Vec<usize>,
}

impl Listing {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Segments => "segments",
            Self::Checkpoints => "checkpoints",
            Self::Projections => "projections",
        }
    }

    fn columns(self) -> Vec<Column> {
        match self {
            Self::Segments => RowColumn::plain(SEGMENTS),
            Self::Checkpoints => RowColumn::plain(CHECKPOINTS),
            Self::Projections => RowColumn::plain(PROJECTIONS),
        }
    }
}

impl SystemTable {
    pub(crate) fn new(listing: Listing, reader: Arc<Reader>, tables: Arc<StateTables>) -> Self {
        Self { listing, reader, tables }
    }

    fn fill(&self, rows: &mut Rows) -> Result<()> {
        let fault = |error| DataFusionError::External(Box::new(error));
        match self.listing {
            Listing::Segments => {
                for segment in self.reader.segments().map_err(fault)? {
                    rows.push(SEGMENTS, &segment);
                }
            }
            Listing::Checkpoints => {
                for checkpoint in self.checkpoints().map_err(fault)? {
                    rows.push(CHECKPOINTS, &checkpoint);
                }
            }
            Listing::Projections => {
                for snapshot in &self.tables.snapshots {
                    let (schema, position) = (snapshot.schema, self.tables.position);
                    let table = ListedTable { schema, rows: snapshot.open.num_rows() as u64, position };
                    rows.push(PROJECTIONS, &table);
                }
            }
        }
        Ok(())
    }

    /// Those that were published, then the current one if it is not among them.
    fn checkpoints(&self) -> Result<Vec<ListedCheckpoint>, ReadError> {
        let published = self.reader.published()?.into_iter();
        let mut listed: Vec<_> =
            published.map(|checkpoint| ListedCheckpoint { checkpoint, is_published: true }).collect();
        let current = self.reader.checkpoint();
        let last = listed.last().map(|last| last.checkpoint.claim());
        if last != Some(current.claim()) {
            listed.push(ListedCheckpoint { checkpoint: current.clone(), is_published: false });
        }
        Ok(listed)
    }
}

impl fmt::Debug for SystemTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "system.{}", self.listing.name())
    }
}

impl Reading for ListingReading {
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.table, f)
    }

    fn read(&self, sink: &mut Sink) -> Result<()> {
        let mut rows = Rows::new(&self.table.listing.columns(), &self.columns);
        self.table.fill(&mut rows)?;
        let _ = sink.push(rows.take());
        Ok(())
    }
}

#[async_trait]
impl TableProvider for SystemTable {
    fn schema(&self) -> SchemaRef {
        Column::schema_of(&self.listing.columns())
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = projection.cloned().unwrap_or_else(|| (0..self.listing.columns().len()).collect());
        let schema = Arc::new(self.schema().project(&columns)?);
        let reading = Arc::new(ListingReading { table: self.clone(), columns });
        Ok(Arc::new(ScanExec::new(&schema, reading, None).fetching(limit)))
    }
}
