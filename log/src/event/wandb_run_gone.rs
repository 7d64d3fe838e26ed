//! `wandb_run_unseen`, `wandb_run_gone`: that a run which was there is not, told with care: lists of W&B leave out runs
//! that are there.

use bincode::{Decode, Encode};

use super::{Fact, Kind, WandbRun};

/// A whole sweep did not list a run that the log knows. The native id is the run id. It says nothing else: the run's state
/// stays as it is known.
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
}

impl Fact for WandbRunUnseen {
    const KIND: Kind = Kind(0x0105);
    const SCHEMA: u16 = 1;
}

impl Fact for WandbRunGone {
    const KIND: Kind = Kind(0x0106);
    const SCHEMA: u16 = 1;
}
