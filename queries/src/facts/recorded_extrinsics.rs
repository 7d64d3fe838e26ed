//! `recorded_extrinsics`: the watched extrinsics of every block that was recorded, taken back since or not.

use annals_log::{
    CallOutcome, ChainBlock, ChainCall, ChainExtrinsic, Fact as _, Kind, ReadError, ToldExtrinsic,
};
use annals_projections::CellType::{Text, UInt};
use annals_projections::{Cell, Column, Evidence};

use super::column::FactColumn;
use super::filter::EntryFilter;
use super::row::FactRow;
use super::{Entry, FactTable, Pushable, Walk};
use crate::chain_text::{address, hex};
use crate::rows::Rows;

/// The table, in the order of the log and, within a block, of its extrinsics; of those that nobody could decode with
/// the reason in `undecoded`. Those of a block that a later annals wrote are unknown here; the block itself is in
/// `recorded_blocks`.
#[derive(Debug)]
pub(super) struct RecordedExtrinsics;

const COLUMNS: &[FactColumn<ChainExtrinsic>] = &[
    FactColumn::BLOCK_NUMBER,
    FactColumn::BLOCK_HASH,
    FactColumn::BLOCK_TIME,
    FactColumn::of("extrinsic_index", UInt, |extrinsic| u64::from(extrinsic.index).into()),
    FactColumn::of("extrinsic_hash", Text, |extrinsic| hex(&extrinsic.hash).into()),
    FactColumn::nullable("signer", Text, |extrinsic| {
        of_call(extrinsic, |call| Cell::of(call.signer.map(address)))
    }),
    FactColumn::in_body(FactColumn::nullable("pallet", Text, |extrinsic| {
        of_call(extrinsic, |call| call.pallet.as_str().into())
    })),
    FactColumn::in_body(FactColumn::nullable("call", Text, |extrinsic| {
        of_call(extrinsic, |call| call.name.as_str().into())
    })),
    FactColumn::in_body(FactColumn::nullable("args", Text, |extrinsic| {
        of_call(extrinsic, |call| call.args.as_str().into())
    })),
    FactColumn::nullable("outcome", Text, |extrinsic| {
        of_call(extrinsic, |call| call.outcome.as_str().into())
    }),
    FactColumn::in_body(FactColumn::nullable("error", Text, |extrinsic| of_call(extrinsic, error))),
    FactColumn::in_body(FactColumn::nullable("undecoded", Text, undecoded)),
    FactColumn::LOG_INDEX,
];

impl FactTable for RecordedExtrinsics {
    fn name(&self) -> &'static str {
        "recorded_extrinsics"
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

impl Walk for RecordedExtrinsics {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let Some(block) = entry.fact::<ChainBlock>()? else { return Ok(()) };
        for extrinsic in block.extrinsics {
            let mut extrinsic = FactRow::of(entry, extrinsic);
            rows.try_push(COLUMNS, |column| column.cell(&mut extrinsic))?;
        }
        Ok(())
    }
}

fn of_call(extrinsic: &ChainExtrinsic, cell: fn(&ChainCall) -> Cell) -> Cell {
    match &extrinsic.told {
        ToldExtrinsic::Call(call) => cell(call),
        ToldExtrinsic::Undecoded(_) => Cell::Null,
    }
}

fn error(call: &ChainCall) -> Cell {
    match &call.outcome {
        CallOutcome::Failed(error) => error.as_str().into(),
        CallOutcome::Succeeded | CallOutcome::Untold => Cell::Null,
    }
}

fn undecoded(extrinsic: &ChainExtrinsic) -> Cell {
    match &extrinsic.told {
        ToldExtrinsic::Call(_) => Cell::Null,
        ToldExtrinsic::Undecoded(reason) => reason.as_str().into(),
    }
}
