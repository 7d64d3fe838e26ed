//! `wandb_run_unseen`, `wandb_run_gone`: that a run which was there is not, told with care: lists of W&B leave out runs
//! that are there.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{object, time};
use super::{Derived, EventView, Fact, Kind, Known, Memory, WandbRun};

/// A whole sweep did not list a run that the log knows. The native id is the run id. It says nothing else: the run's
/// state stays as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WandbRunUnseen {
    /// When the sweep's first answer was had.
    pub sweep_started_at_ms: i64,
    /// When its last answer was had.
    pub sweep_finished_at_ms: i64,
}

/// The run is gone: two whole sweeps in a row did not list it, and then the server, asked for it by id, had none. The
/// native id is the run id. Attached is that answer. Tables follow at the entry that closes the poll.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WandbRunGone {
    /// When the sweep before, which did not list it either, was over.
    pub unseen_since_ms: i64,
}

impl WandbRunUnseen {
    /// What the last sweep that did not list a run is remembered by: its end.
    pub fn key(run_id: &str) -> String {
        format!("{run_id}{}unseen", WandbRun::KEY_MARK)
    }

    fn remembered(&self, event: &EventView<'_>) -> Memory {
        let position = u64::try_from(self.sweep_finished_at_ms).ok();
        Memory::of(Self::key(event.native_id), Known { position, ..Known::default() })
    }
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

impl Fact for WandbRunGone {
    const KIND: Kind = Kind(0x0106);
    const NAME: &'static str = "wandb_run_gone";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> =
        Some(|_, event| vec![Memory::of(event.native_id, Known::default())]);

    fn fields(&self) -> Value {
        object([("unseen_since_ms", time(self.unseen_since_ms))])
    }
}
