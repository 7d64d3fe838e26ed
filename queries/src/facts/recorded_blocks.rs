//! `recorded_blocks`: every block that was recorded, taken back since or not.

use annals_log::{BlockHeader, ChainBlock, Fact as _, Hash, Kind, ReadError};
use annals_projections::CellType::{Bool, Text, UInt};
use annals_projections::{Cell, Column, Evidence};

use super::column::FactColumn;
use super::filter::EntryFilter;
use super::row::FactRow;
use super::{Entry, FactTable, Pushable, Walk};
use crate::chain_text::hex;
use crate::late::is_late;
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

const COLUMNS: &[FactColumn<Block>] = &[
    FactColumn::BLOCK_NUMBER,
    FactColumn::BLOCK_HASH,
    FactColumn::nullable("parent_hash", Text, |block| {
        of_header(block, |header| hex(&header.parent_hash).into())
    }),
    FactColumn::BLOCK_TIME,
    FactColumn::nullable("state_root", Text, |block| {
        of_header(block, |header| hex(&header.state_root).into())
    }),
    FactColumn::nullable("extrinsics_root", Text, |block| {
        of_header(block, |header| hex(&header.extrinsics_root).into())
    }),
    FactColumn::nullable("spec_version", UInt, |block| u64::from(block.fact.spec_version).into()),
    FactColumn::nullable("metadata_sha256", Text, |block| {
        Hash(block.fact.metadata_sha256).to_string().into()
    }),
    FactColumn::nullable("event_count", UInt, |block| u64::from(block.fact.event_count).into()),
    FactColumn::nullable("extrinsic_count", UInt, |block| u64::from(block.fact.extrinsic_count).into()),
    FactColumn::nullable("updates_runtime", Bool, |block| {
        of_header(block, |header| header.updates_runtime().into())
    }),
    FactColumn::nullable_of_entry("is_backfilled", Bool, is_backfilled),
    FactColumn::of_entry("has_raw_events", Bool, |entry| (!entry.envelope.attached.is_empty()).into()),
    FactColumn::LOG_INDEX,
    FactColumn::RECORDED_AT,
    FactColumn::FETCHED_AT,
];

impl FactTable for RecordedBlocks {
    fn name(&self) -> &'static str {
        "recorded_blocks"
    }

    fn columns(&self) -> Vec<Column> {
        FactColumn::plain(COLUMNS)
    }

    fn pushable(&self) -> Pushable {
        FactColumn::pushable(COLUMNS)
    }

    fn evidence(&self) -> Option<Evidence> {
        Some(Evidence::Chain)
    }

    fn kinds(&self) -> Option<&'static [Kind]> {
        Some(&[ChainBlock::KIND])
    }

    fn by_entry(&self) -> bool {
        true
    }

    fn walk(&self, _: &EntryFilter) -> Box<dyn Walk> {
        Box::new(Self)
    }
}

impl Walk for RecordedBlocks {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let mut block = FactRow::unread(entry, Block::read);
        rows.try_push(COLUMNS, |column| column.cell(&mut block))
    }
}

impl Block {
    fn read(entry: &mut Entry<'_>) -> Result<Option<Self>, ReadError> {
        let fact: Option<ChainBlock> = entry.fact()?;
        Ok(fact.map(|fact| Self { header: fact.header(), fact }))
    }
}

fn of_header(block: &Block, cell: fn(&BlockHeader) -> Cell) -> Cell {
    block.header.as_ref().map_or(Cell::Null, cell)
}

fn is_backfilled(entry: &Entry<'_>) -> Cell {
    let own_ms = entry.envelope.observed_at_ms;
    Cell::of(own_ms.map(|own_ms| is_late(own_ms, entry.envelope.fetched_at_ms)))
}
