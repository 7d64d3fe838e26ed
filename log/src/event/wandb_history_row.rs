//! `wandb_history_row`: what a run logged at one step.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{number, object, or_null};
use super::{Derived, EventView, Evidence, Fact, Kind, Known, Memory, WandbRun};
use crate::hash::Hash;

/// A row of a run's history. The native id is the run id. Attached is the row: as the server sent it, a JSON object
/// unless somebody logged nonsense; or the JSON object that the items of the file's record make.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WandbHistoryRow {
    /// Its `_step`; `None` when the row has none that is a whole number from 0 on.
    pub step: Option<u64>,
    /// Where it was seen.
    pub evidence: Evidence,
}

impl WandbHistoryRow {
    /// What a row without a step is remembered by.
    pub fn stepless_key(run_id: &str, row: Hash) -> String {
        format!("{run_id}{}{row}", WandbRun::KEY_MARK)
    }

    fn remembered(&self, event: &EventView<'_>) -> Memory {
        let run_id = event.native_id;
        let known = Known { position: self.step, ..Known::default() };
        match (self.evidence, self.step, event.payload) {
            (Evidence::File(place), ..) => place.remembered(None),
            (Evidence::Answer, None, Some(row)) => Memory::of(Self::stepless_key(run_id, row), known),
            (Evidence::Answer, ..) => Memory::of(run_id, known),
        }
    }
}

impl Fact for WandbHistoryRow {
    const KIND: Kind = Kind(0x0103);
    const NAME: &'static str = "wandb_history_row";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = Some(|row, event| vec![row.remembered(event)]);

    fn fields(&self) -> Value {
        object([("step", or_null(self.step, number)), ("evidence", self.evidence.field())])
    }
}
