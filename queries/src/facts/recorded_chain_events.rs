//! `recorded_chain_events`: the watched events of every block that was recorded, taken back since or not.

use annals_log::{ChainBlock, ChainEvent, EventPhase, Fact as _, Kind, ReadError};
use annals_projections::CellType::{Text, UInt};
use annals_projections::{Cell, Column, Evidence};

use super::column::FactColumn;
use super::filter::EntryFilter;
use super::row::FactRow;
use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table, in the order of the log and, within a block, of its events. Those of a block that a later annals wrote
/// are unknown here; the block itself is in `recorded_blocks`.
#[derive(Debug)]
pub(super) struct RecordedChainEvents;

const COLUMNS: &[FactColumn<ChainEvent>] = &[
    FactColumn::BLOCK_NUMBER,
    FactColumn::BLOCK_HASH,
    FactColumn::BLOCK_TIME,
    FactColumn::of("event_index", UInt, |event| u64::from(event.index).into()),
    FactColumn::of("phase", Text, |event| phase(event).into()),
    FactColumn::nullable("extrinsic_index", UInt, extrinsic_index),
    FactColumn::in_body(FactColumn::of("pallet", Text, |event| event.pallet.as_str().into())),
    FactColumn::in_body(FactColumn::of("event", Text, |event| event.name.as_str().into())),
    FactColumn::in_body(FactColumn::of("fields", Text, |event| event.fields.as_str().into())),
    FactColumn::LOG_INDEX,
];

impl FactTable for RecordedChainEvents {
    fn name(&self) -> &'static str {
        "recorded_chain_events"
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

impl Walk for RecordedChainEvents {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let Some(block) = entry.fact::<ChainBlock>()? else { return Ok(()) };
        for event in block.events {
            let mut event = FactRow::of(entry, event);
            rows.try_push(COLUMNS, |column| column.cell(&mut event))?;
        }
        Ok(())
    }
}

fn phase(event: &ChainEvent) -> &'static str {
    match event.phase {
        EventPhase::Extrinsic(_) => "extrinsic",
        EventPhase::Initialization => "initialization",
        EventPhase::Finalization => "finalization",
    }
}

fn extrinsic_index(event: &ChainEvent) -> Cell {
    match event.phase {
        EventPhase::Extrinsic(index) => u64::from(index).into(),
        EventPhase::Initialization | EventPhase::Finalization => Cell::Null,
    }
}
