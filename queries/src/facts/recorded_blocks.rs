//! `recorded_blocks`: every block that was recorded, taken back since or not.

use annals_log::{BlockHeader, ChainBlock, Fact as _, Hash, Kind, ReadError};
use annals_projections::{Cell, CellType, Column};

use super::{Entry, FactTable, Pushable, Walk};
use crate::chain_blocks::is_late;
use crate::chain_text::hex;
use crate::rows::Rows;

/// The table. A block written by a later annals shows as a row that knows little more than its place.
///
/// `is_backfilled`: it was fetched over 10 minutes after its own time, so nobody followed the chain then.
#[derive(Debug)]
pub(super) struct RecordedBlocks;

/// What only the body knows.
struct Block {
    fact: ChainBlock,
    header: Option<BlockHeader>,
}

impl FactTable for RecordedBlocks {
    fn name(&self) -> &'static str {
        "recorded_blocks"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::nullable("block_number", CellType::UInt),
            Column::of("block_hash", CellType::Text),
            Column::nullable("parent_hash", CellType::Text),
            Column::nullable("block_time", CellType::Time),
            Column::nullable("state_root", CellType::Text),
            Column::nullable("extrinsics_root", CellType::Text),
            Column::nullable("spec_version", CellType::UInt),
            Column::nullable("metadata_sha256", CellType::Text),
            Column::nullable("event_count", CellType::UInt),
            Column::nullable("extrinsic_count", CellType::UInt),
            Column::nullable("updates_runtime", CellType::Bool),
            Column::nullable("is_backfilled", CellType::Bool),
            Column::of("has_raw_events", CellType::Bool),
            Column::of("log_index", CellType::UInt),
            Column::of("recorded_at", CellType::Time),
            Column::of("fetched_at", CellType::Time),
        ];
        COLUMNS
    }

    fn pushable(&self) -> Pushable {
        Pushable { index: "log_index", block: "block_number", ..Pushable::default() }
    }

    fn kinds(&self) -> Option<&'static [Kind]> {
        Some(&[ChainBlock::KIND])
    }

    fn walk(&self) -> Box<dyn Walk> {
        Box::new(Self)
    }
}

impl Walk for RecordedBlocks {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let mut block: Option<Option<Block>> = None;
        rows.push(|column| {
            if let Some(cell) = entry.cell_of_block(column).or_else(|| cell_of_entry(entry, column)) {
                return Ok(cell);
            }
            if block.is_none() {
                block = Some(entry.fact()?.map(|fact: ChainBlock| Block { header: fact.header(), fact }));
            }
            let Some(Some(block)) = &block else { return Ok(Cell::Null) };
            Ok(cell(block, column))
        })
    }
}

fn cell_of_entry(entry: &Entry<'_>, column: &str) -> Option<Cell> {
    let envelope = &entry.envelope;
    Some(match column {
        "is_backfilled" => Cell::of(envelope.observed_at_ms.map(|own| is_late(own, envelope.fetched_at_ms))),
        "has_raw_events" => (!envelope.attached.is_empty()).into(),
        "recorded_at" => Cell::Time(envelope.recorded_at_ms),
        "fetched_at" => Cell::Time(envelope.fetched_at_ms),
        _ => return None,
    })
}

fn cell(block: &Block, column: &str) -> Cell {
    let Block { fact, header } = block;
    let of_header =
        |told: fn(&BlockHeader) -> [u8; 32]| Cell::of(header.as_ref().map(|header| hex(&told(header))));
    match column {
        "parent_hash" => of_header(|header| header.parent_hash),
        "state_root" => of_header(|header| header.state_root),
        "extrinsics_root" => of_header(|header| header.extrinsics_root),
        "spec_version" => u64::from(fact.spec_version).into(),
        "metadata_sha256" => Hash(fact.metadata_sha256).to_string().into(),
        "event_count" => u64::from(fact.event_count).into(),
        "extrinsic_count" => u64::from(fact.extrinsic_count).into(),
        "updates_runtime" => Cell::of(header.as_ref().map(BlockHeader::updates_runtime)),
        other => unreachable!("recorded_blocks has no column {other}"),
    }
}
