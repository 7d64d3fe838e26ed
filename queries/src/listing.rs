//! Listings: short tables that are made anew whenever they are asked for. Those of the schema `system` say what the log
//! is made of, how far its sources were read, and how the tables stand.

use std::fmt;
use std::sync::Arc;

use annals_log::{Hash, ReadError, SegmentFile, SignedCheckpoint, TreeSize};
use annals_projections::CellType::{Bool, Text, Time, UInt};
use annals_projections::{Cell, Column, ListedRoot, Retraction, SourceRead, TableSchema};
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use crate::chain_text::hex;
use crate::look::Look;
use crate::rows::{RowColumn, Rows};
use crate::scan_exec::{Reading, ScanExec, Sink};

/// The listings of the schema `public`.
pub(crate) const PUBLIC_LISTINGS: [Listing; 1] = [Listing::BlockRetractions];
/// The listings of the schema `system`.
pub(crate) const SYSTEM_LISTINGS: [Listing; 5] =
    [Listing::Segments, Listing::Checkpoints, Listing::Projections, Listing::Sources, Listing::StateRoots];

/// A short table that is made anew whenever it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    /// Blocks that the chain's node took back, though it had called them finalized, in the order of their entries.
    BlockRetractions,
    Segments,
    Checkpoints,
    Projections,
    /// How far each source has been read, in the order of their names.
    Sources,
    /// The state roots that the log has of its tables, in the order of their entries.
    StateRoots,
}

/// `retracted_index` is the entry of the block that is taken back: the last of that hash in front of the retraction,
/// null when there is none.
const BLOCK_RETRACTIONS: &[RowColumn<(u64, Retraction)>] = &[
    RowColumn::nullable("block_number", UInt, |(_, retraction)| retraction.number.into()),
    RowColumn::of("block_hash", Text, |(_, retraction)| retraction.hash.as_str().into()),
    RowColumn::nullable("replaced_by", Text, |(_, retraction)| {
        Cell::of(retraction.replaced_by.map(|hash| hex(&hash)))
    }),
    RowColumn::nullable("retracted_index", UInt, |(_, retraction)| Cell::of(retraction.retracted_index)),
    RowColumn::of("log_index", UInt, |(log_index, _)| (*log_index).into()),
    RowColumn::of("recorded_at", Time, |(_, retraction)| Cell::Time(retraction.recorded_at_ms)),
];

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

const SOURCES: &[RowColumn<(String, SourceRead)>] = &[
    RowColumn::of("source", Text, |(name, _)| name.as_str().into()),
    RowColumn::of("entries", UInt, |(_, source)| source.entries.into()),
    RowColumn::of("batches", UInt, |(_, source)| source.batches.into()),
    RowColumn::nullable("cursor", Text, |(_, source)| {
        let text = source.cursor.as_deref().map(String::from_utf8_lossy);
        Cell::of(text.as_deref())
    }),
    RowColumn::of("log_index", UInt, |(_, source)| source.log_index.into()),
    RowColumn::of("recorded_at", Time, |(_, source)| Cell::Time(source.recorded_at_ms)),
];

/// `verify_checks` tells whether `annals verify` compares the root with a fold of the entries: it leaves out those that
/// were taken back, and those of tables in another version than this annals has.
const STATE_ROOTS: &[RowColumn<ListedRoot>] = &[
    RowColumn::of("name", Text, |listed| listed.root.table.as_str().into()),
    RowColumn::of("version", UInt, |listed| u64::from(listed.root.state.version).into()),
    RowColumn::of("at_size", UInt, |listed| listed.root.state.at_size.into()),
    RowColumn::of("root", Text, |listed| Hash(listed.root.state.root).to_string().into()),
    RowColumn::nullable("past_rows", UInt, |listed| Cell::of(listed.root.state.past.map(|past| past.rows))),
    RowColumn::nullable("past_root", Text, |listed| {
        Cell::of(listed.root.state.past.map(|past| Hash(past.root).to_string()))
    }),
    RowColumn::of("policy_sha256", Text, |listed| Hash(listed.root.state.policy_sha256).to_string().into()),
    RowColumn::of("verify_checks", Bool, |listed| (listed.is_known && listed.taken_back.is_none()).into()),
    RowColumn::nullable("taken_back_by", UInt, |listed| {
        Cell::of(listed.taken_back.as_ref().map(|(by, _)| by.0))
    }),
    RowColumn::nullable("taken_back_why", Text, |listed| {
        Cell::of(listed.taken_back.as_ref().map(|(_, why)| why.as_str()))
    }),
    RowColumn::of("log_index", UInt, |listed| listed.root.log_index.0.into()),
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
pub(crate) struct ListingTable {
    listing: Listing,
    look: Look,
}

#[derive(Debug)]
struct ListingReading {
    table: ListingTable,
    columns: Vec<usize>,
}

impl Listing {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BlockRetractions => "block_retractions",
            Self::Segments => "segments",
            Self::Checkpoints => "checkpoints",
            Self::Projections => "projections",
            Self::Sources => "sources",
            Self::StateRoots => "state_roots",
        }
    }

    fn columns(self) -> Vec<Column> {
        match self {
            Self::BlockRetractions => RowColumn::plain(BLOCK_RETRACTIONS),
            Self::Segments => RowColumn::plain(SEGMENTS),
            Self::Checkpoints => RowColumn::plain(CHECKPOINTS),
            Self::Projections => RowColumn::plain(PROJECTIONS),
            Self::Sources => RowColumn::plain(SOURCES),
            Self::StateRoots => RowColumn::plain(STATE_ROOTS),
        }
    }
}

impl ListingTable {
    pub(crate) fn new(listing: Listing, look: Look) -> Self {
        Self { listing, look }
    }

    fn fill(&self, rows: &mut Rows) -> Result<()> {
        let fault = |error| DataFusionError::External(Box::new(error));
        let tables = &self.look.tables;
        match self.listing {
            Listing::BlockRetractions => {
                for row in tables.blocks.retractions().clone() {
                    rows.push(BLOCK_RETRACTIONS, &row);
                }
            }
            Listing::Segments => {
                for segment in self.look.reader.segments().map_err(fault)? {
                    rows.push(SEGMENTS, &segment);
                }
            }
            Listing::Checkpoints => {
                for checkpoint in self.checkpoints().map_err(fault)? {
                    rows.push(CHECKPOINTS, &checkpoint);
                }
            }
            Listing::Projections => {
                for snapshot in &tables.tables {
                    let (schema, position) = (snapshot.schema, tables.position);
                    let table = ListedTable { schema, rows: snapshot.open.num_rows() as u64, position };
                    rows.push(PROJECTIONS, &table);
                }
            }
            Listing::Sources => {
                for row in tables.register.sources.clone() {
                    rows.push(SOURCES, &row);
                }
            }
            Listing::StateRoots => {
                for root in ListedRoot::all(&self.look.reader).map_err(fault)? {
                    rows.push(STATE_ROOTS, &root);
                }
            }
        }
        Ok(())
    }

    /// Those that were published, then the current one if it is not among them.
    fn checkpoints(&self) -> Result<Vec<ListedCheckpoint>, ReadError> {
        let published = self.look.reader.published()?.into_iter();
        let mut listed: Vec<_> =
            published.map(|checkpoint| ListedCheckpoint { checkpoint, is_published: true }).collect();
        let current = self.look.reader.checkpoint();
        let last = listed.last().map(|last| last.checkpoint.claim());
        if last != Some(current.claim()) {
            listed.push(ListedCheckpoint { checkpoint: current.clone(), is_published: false });
        }
        Ok(listed)
    }
}

impl fmt::Debug for ListingTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.listing.name())
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
impl TableProvider for ListingTable {
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
