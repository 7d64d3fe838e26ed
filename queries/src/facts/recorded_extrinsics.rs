//! `recorded_extrinsics`: the watched extrinsics of every block that was recorded, taken back since or not.

use annals_log::{
    CallOutcome, ChainBlock, ChainCall, ChainExtrinsic, Fact as _, Kind, ReadError, ToldExtrinsic,
};
use annals_projections::{Cell, CellType, Column};

use super::{Entry, FactTable, Pushable, Walk};
use crate::chain_text::{address, hex};
use crate::rows::Rows;

/// The table, in the order of the log and, within a block, of its extrinsics; of those that nobody could decode with the
/// reason in `undecoded`. Those of a block that a later annals wrote are unknown here; the block itself is in
/// `recorded_blocks`.
#[derive(Debug)]
pub(super) struct RecordedExtrinsics;

impl FactTable for RecordedExtrinsics {
    fn name(&self) -> &'static str {
        "recorded_extrinsics"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::nullable("block_number", CellType::UInt),
            Column::of("block_hash", CellType::Text),
            Column::nullable("block_time", CellType::Time),
            Column::of("extrinsic_index", CellType::UInt),
            Column::of("extrinsic_hash", CellType::Text),
            Column::nullable("signer", CellType::Text),
            Column::nullable("pallet", CellType::Text),
            Column::nullable("call", CellType::Text),
            Column::nullable("args", CellType::Text),
            Column::nullable("outcome", CellType::Text),
            Column::nullable("error", CellType::Text),
            Column::nullable("undecoded", CellType::Text),
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

impl Walk for RecordedExtrinsics {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let Some(block) = entry.fact::<ChainBlock>()? else { return Ok(()) };
        block.extrinsics.iter().try_for_each(|extrinsic| {
            rows.push(|column| Ok(entry.cell_of_block(column).unwrap_or_else(|| cell(extrinsic, column))))
        })
    }
}

fn cell(extrinsic: &ChainExtrinsic, column: &str) -> Cell {
    let (call, undecoded) = match &extrinsic.told {
        ToldExtrinsic::Call(call) => (Some(call), None),
        ToldExtrinsic::Undecoded(reason) => (None, Some(reason.as_str())),
    };
    match column {
        "extrinsic_index" => u64::from(extrinsic.index).into(),
        "extrinsic_hash" => hex(&extrinsic.hash).into(),
        "undecoded" => Cell::of(undecoded),
        _ => call.map_or(Cell::Null, |call| cell_of_call(call, column)),
    }
}

fn cell_of_call(call: &ChainCall, column: &str) -> Cell {
    match column {
        "signer" => Cell::of(call.signer.map(address)),
        "pallet" => call.pallet.as_str().into(),
        "call" => call.name.as_str().into(),
        "args" => call.args.as_str().into(),
        "outcome" => call.outcome.as_str().into(),
        "error" => match &call.outcome {
            CallOutcome::Failed(error) => error.as_str().into(),
            CallOutcome::Succeeded | CallOutcome::Untold => Cell::Null,
        },
        other => unreachable!("recorded_extrinsics has no column {other}"),
    }
}
