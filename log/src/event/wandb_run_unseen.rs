//! `wandb_run_unseen`: a sweep did not list a run that the log knows. That alone does not say that the run is gone:
//! lists of W&B leave out runs that are there.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{object, time};
use super::{Derived, EventView, Fact, Kind, Known, Memory, WandbRun};

/// A whole sweep did not list a run that the log knows. The native id is the run id. The run's state stays as it is
/// known.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WandbRunUnseen {
    /// When the sweep's first answer was had.
    pub sweep_started_at_ms: i64,
    /// When its last answer was had.
    pub sweep_finished_at_ms: i64,
}

impl Fact for WandbRunUnseen {
    const KIND: Kind = Kind(0x0105);
    const NAME: &'static str = "wandb_run_unseen";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = Some(|unseen, event| vec![unseen.remembered(event)]);

    fn fields(&self) -> Value {
        object([
            ("sweep_started_at_ms", time(self.sweep_started_at_ms)),
            ("sweep_finished_at_ms", time(self.sweep_finished_at_ms)),
        ])
    }
}

impl WandbRunUnseen {
    /// Names the end of the last sweep that did not list a run in what is remembered.
    pub fn key(run_id: &str) -> String {
        format!("{run_id}{}unseen", WandbRun::KEY_MARK)
    }

    fn remembered(&self, event: &EventView<'_>) -> Memory {
        let position = u64::try_from(self.sweep_finished_at_ms).ok();
        Memory::of(Self::key(event.native_id), Known { position, ..Known::default() })
    }
}
