//! Source `remote_write`: metrics that neurons send by themselves, signed with their hotkeys.
//!
//! Their form is that of the proxy which owners of subnets run (`vadimber-reef/bittensor-prometheus-proxy`): a request
//! of Prometheus' remote write 1.0, its compressed body signed, hotkey, subnet and signature in headers. Whoever takes
//! a request in is answered when it is in the log.

mod decode;
mod exchange;
mod inbox;

use annals_log::{LogOpened, SourceMemory};

pub use exchange::ReceivedRequest;
pub use inbox::{Inbox, InboxFeed, Verdict};

use crate::raw::Raw;
use crate::source::{Decoded, Source, SourceError};

/// Signed metrics.
#[derive(Debug, Clone, Copy, Default)]
pub struct RemoteWrites {
    /// The requests come now, and from no recording.
    is_live: bool,
    /// The subnet that the log is of.
    netuid: u16,
}

impl Source for RemoteWrites {
    const NAME: &'static str = "remote_write";
    type Context = ();

    fn decode(&self, raw: &Raw, (): &mut (), memory: &SourceMemory) -> Result<Decoded, SourceError> {
        if !self.is_live && raw.is_up_to(&memory.cursor) {
            return Ok(Decoded { is_recorded: true, ..Decoded::default() });
        }
        let mut steps = Vec::new();
        for exchange in &raw.exchanges {
            steps.extend(decode::event_of(exchange, self.netuid, memory)?.map(|event| vec![event]));
        }
        Ok(Decoded { steps, cursor: Some(raw.cursor_behind(&memory.cursor)), is_recorded: false })
    }

    fn be_live(&mut self) {
        self.is_live = true;
    }

    fn be_of(&mut self, log: &LogOpened) {
        self.netuid = log.netuid;
    }
}
