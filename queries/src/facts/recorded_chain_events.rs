//! `recorded_chain_events`: the watched events of every block that was recorded, taken back since or not.

use annals_log::{ChainBlock, ChainEvent, EventPhase, Fact as _, Kind, ReadError};
use annals_projections::{Cell, CellType, Column};

use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table, in the order of the log and, within a block, of its events. Those of a block that a later annals wrote are
/// unknown here; the block itself is in `recorded_blocks`.
#[derive(Debug)]
pub(super) struct RecordedChainEvents;

impl FactTable for RecordedChainEvents {
    fn name(&self) -> &'static str {
        "recorded_chain_events"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::nullable("block_number", CellType::UInt),
            Column::of("block_hash", CellType::Text),
            Column::nullable("block_time", CellType::Time),
            Column::of("event_index", CellType::UInt),
            Column::of("phase", CellType::Text),
            Column::nullable("extrinsic_index", CellType::UInt),
            Column::of("pallet", CellType::Text),
            Column::of("event", CellType::Text),
            Column::of("fields", CellType::Text),
            Column::of("log_index", CellType::UInt),
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

impl Walk for RecordedChainEvents {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let Some(block) = entry.fact::<ChainBlock>()? else { return Ok(()) };
        block.events.iter().try_for_each(|event| {
            rows.push(|column| Ok(entry.cell_of_block(column).unwrap_or_else(|| cell(event, column))))
        })
    }
}

fn cell(event: &ChainEvent, column: &str) -> Cell {
    let (phase, extrinsic) = match event.phase {
        EventPhase::Extrinsic(index) => ("extrinsic", Some(u64::from(index))),
        EventPhase::Initialization => ("initialization", None),
        EventPhase::Finalization => ("finalization", None),
    };
    match column {
        "event_index" => u64::from(event.index).into(),
        "phase" => phase.into(),
        "extrinsic_index" => Cell::of(extrinsic),
        "pallet" => event.pallet.as_str().into(),
        "event" => event.name.as_str().into(),
        "fields" => event.fields.as_str().into(),
        other => unreachable!("recorded_chain_events has no column {other}"),
    }
}
