//! The schema `system`: what the log is made of, and how the tables stand.

use std::fmt;
use std::sync::Arc;

use annals_log::{Reader, SegmentFile, SignedCheckpoint};
use annals_projections::{Cell, CellType, Column};
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::rows::Rows;
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

    fn columns(self) -> &'static [Column] {
        match self {
            Self::Segments => {
                const {
                    &[
                        Column::of("file", CellType::Text),
                        Column::of("first_index", CellType::UInt),
                        Column::of("entries", CellType::UInt),
                        Column::of("bytes", CellType::UInt),
                        Column::of("sealed", CellType::Bool),
                    ]
                }
            }
            Self::Checkpoints => {
                const {
                    &[
                        Column::of("size", CellType::UInt),
                        Column::of("root", CellType::Text),
                        Column::of("published", CellType::Bool),
                    ]
                }
            }
            Self::Projections => {
                const {
                    &[
                        Column::of("name", CellType::Text),
                        Column::of("about", CellType::Text),
                        Column::of("version", CellType::UInt),
                        Column::of("rows", CellType::UInt),
                        Column::of("position", CellType::UInt),
                        Column::of("keeps_history", CellType::Bool),
                    ]
                }
            }
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
                let segments = self.reader.segments().map_err(fault)?;
                segments.iter().try_for_each(|segment| rows.push(|column| Ok(segment_cell(segment, column))))
            }
            Listing::Checkpoints => {
                let published = self.reader.published().map_err(fault)?;
                let current = self.reader.checkpoint();
                let is_published = published.last().is_some_and(|last| last.claim() == current.claim());
                let shown = published.iter().map(|one| (one, true));
                let mut shown = shown.chain((!is_published).then_some((current, false)));
                shown.try_for_each(|(one, published)| {
                    rows.push(|column| Ok(checkpoint_cell(one, published, column)))
                })
            }
            Listing::Projections => {
                let mut snapshots = self.tables.snapshots.iter();
                snapshots.try_for_each(|snapshot| {
                    rows.push(|column| {
                        Ok(match column {
                            "name" => snapshot.schema.name.into(),
                            "about" => snapshot.schema.about.into(),
                            "version" => u64::from(snapshot.schema.version).into(),
                            "rows" => (snapshot.open.num_rows() as u64).into(),
                            "position" => self.tables.position.0.into(),
                            "keeps_history" => snapshot.schema.keeps_history.into(),
                            other => unreachable!("projections has no column {other}"),
                        })
                    })
                })
            }
        }
    }
}

fn segment_cell(segment: &SegmentFile, column: &str) -> Cell {
    match column {
        "file" => segment.file.to_string_lossy().into_owned().into(),
        "first_index" => segment.first.0.into(),
        "entries" => (segment.size.0 - segment.first.0).into(),
        "bytes" => segment.bytes.into(),
        "sealed" => segment.sealed.into(),
        other => unreachable!("segments has no column {other}"),
    }
}

fn checkpoint_cell(checkpoint: &SignedCheckpoint, published: bool, column: &str) -> Cell {
    match column {
        "size" => checkpoint.claim().size.0.into(),
        "root" => checkpoint.claim().root.to_string().into(),
        "published" => published.into(),
        other => unreachable!("checkpoints has no column {other}"),
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
        let mut rows = Rows::new(self.table.listing.columns(), &self.columns);
        self.table.fill(&mut rows)?;
        let _ = sink.push(rows.take());
        Ok(())
    }
}

#[async_trait]
impl TableProvider for SystemTable {
    fn schema(&self) -> SchemaRef {
        Column::schema_of(self.listing.columns())
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
