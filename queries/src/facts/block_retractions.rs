//! `block_retractions`: blocks that the chain's node took back, though it had called them finalized.

use annals_log::{BlockRetracted, ChainBlock, Fact as _, Kind, LogIndex, ReadError};
use annals_projections::{Cell, CellType, Column};

use super::{Entry, FactTable, Pushable, Walk};
use crate::chain_text::hex;
use crate::retractable::Retractable;
use crate::rows::Rows;

/// The table. `retracted_index` is the entry of the block that is taken back: the last of that hash in front of the
/// retraction, null when there is none.
#[derive(Debug)]
pub(super) struct BlockRetractions;

#[derive(Default)]
struct RetractionsWalk(Retractable<LogIndex>);

impl FactTable for BlockRetractions {
    fn name(&self) -> &'static str {
        "block_retractions"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::nullable("block_number", CellType::UInt),
            Column::of("block_hash", CellType::Text),
            Column::nullable("replaced_by", CellType::Text),
            Column::nullable("retracted_index", CellType::UInt),
            Column::of("log_index", CellType::UInt),
            Column::of("recorded_at", CellType::Time),
        ];
        COLUMNS
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
        rows.push(|column| {
            if let Some(cell) = entry.cell_of_block(column) {
                return Ok(cell);
            }
            Ok(match column {
                "replaced_by" => {
                    let replaced_by = entry.fact()?.and_then(|fact: BlockRetracted| fact.replaced_by);
                    Cell::of(replaced_by.map(|hash| hex(&hash)))
                }
                "retracted_index" => Cell::of(retracted.map(|index| index.0)),
                "recorded_at" => Cell::Time(entry.envelope.recorded_at_ms),
                other => unreachable!("block_retractions has no column {other}"),
            })
        })
    }
}
