//! `block_retractions`: blocks that the chain's node took back, though it had called them finalized.

use annals_log::{BlockRetracted, ChainBlock, Fact as _, Kind, LogIndex, ReadError};
use annals_projections::CellType::{Text, UInt};
use annals_projections::{Cell, Column};

use super::column::FactColumn;
use super::row::FactRow;
use super::{Entry, FactTable, Pushable, Walk};
use crate::chain_text::hex;
use crate::retractable::Retractable;
use crate::rows::Rows;

/// The table. `retracted_index` is the entry of the block that is taken back: the last of that hash in front of the
/// retraction, null when there is none.
#[derive(Debug)]
pub(super) struct BlockRetractions;

/// The content is the entry of the block that is taken back.
const COLUMNS: &[FactColumn<Option<LogIndex>>] = &[
    FactColumn::BLOCK_NUMBER,
    FactColumn::BLOCK_HASH,
    FactColumn::read("replaced_by", Text, |row| {
        let replaced_by = row.entry.fact()?.and_then(|fact: BlockRetracted| fact.replaced_by);
        Ok(Cell::of(replaced_by.map(|hash| hex(&hash))))
    }),
    FactColumn::nullable("retracted_index", UInt, |retracted| Cell::of(retracted.map(|index| index.0))),
    FactColumn::LOG_INDEX,
    FactColumn::RECORDED_AT,
];

#[derive(Default)]
struct RetractionsWalk(Retractable<LogIndex>);

impl FactTable for BlockRetractions {
    fn name(&self) -> &'static str {
        "block_retractions"
    }

    fn columns(&self) -> Vec<Column> {
        FactColumn::plain(COLUMNS)
    }

    fn pushable(&self) -> Pushable {
        // What is taken back may be any block before: none can be left out.
        Pushable::default()
    }

    fn kinds(&self) -> Option<&'static [Kind]> {
        Some(&[ChainBlock::KIND, BlockRetracted::KIND])
    }

    fn walk(&self) -> Box<dyn Walk> {
        Box::<RetractionsWalk>::default()
    }
}

impl Walk for RetractionsWalk {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let (number, hash) = (entry.envelope.block, entry.envelope.native_id);
        if entry.envelope.kind == ChainBlock::KIND {
            if let Some(number) = number {
                self.0.put(number, hash, entry.index);
            }
            return Ok(());
        }
        let retracted = number.and_then(|number| self.0.last(number, hash));
        let mut row = FactRow::of(entry, retracted);
        rows.try_push(COLUMNS, |column| column.cell(&mut row))
    }
}
