//! `wandb_run_gone`: the server has a run no more.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{object, time};
use super::{Derived, Fact, Kind, Known, Memory};

/// The run is gone: two whole sweeps in a row did not list it, and then the server, asked for it by id, had none. The
/// native id is the run id. Attached is that answer. Tables follow at the entry that closes the poll.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WandbRunGone {
    /// When the sweep before, which did not list it either, was over.
    pub unseen_since_ms: i64,
}

impl Fact for WandbRunGone {
    const KIND: Kind = Kind(0x0106);
    const NAME: &'static str = "wandb_run_gone";
    const SCHEMA: u16 = 1;
    // No digest: whatever the state of a run that comes back, it is recorded.
    const MEMORIES: Derived<Self, Memory> =
        Some(|_, event| vec![Memory::of(event.native_id, Known::default())]);

    fn fields(&self) -> Value {
        object([("unseen_since_ms", time(self.unseen_since_ms))])
    }
}
