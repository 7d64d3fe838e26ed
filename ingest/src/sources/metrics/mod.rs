//! Source `metrics`: what the metrics endpoints of neurons answer.
//!
//! Strangers post the addresses, so an address is judged before it is asked, and whatever answers may be hostile: one
//! request on a connection of its own, within bounds of time, bytes and memory that hold for all endpoints together.
//! What came is written down with how it was had; `decode` validates every body, and takes it whole or not at all.

mod address;
mod asked;
mod body;
mod coding;
mod decode;
mod exchange;
mod failed;
mod form;
mod get;
mod limits;
mod schedule;
mod scraper;
mod target;
mod tls;
mod wire;

use annals_log::SourceMemory;

pub use address::{Allowed, Refusal, refusal};
pub use asked::{Asked, AskedError};
pub use body::{Body, BodyMemory};
pub use failed::{Failed, FailedKind};
pub use form::Form;
pub use get::{Got, ScrapeGet};
pub use limits::GetLimits;
pub use scraper::{AnnouncedNow, Scraper, ScraperOptions};
pub use target::{AnnouncedEndpoint, TargetGiven};
pub use tls::{Tls, TlsError};

use crate::raw::Raw;
use crate::source::{Decoded, Source, SourceError};

/// Scrapes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Metrics {
    /// The scrapes are made now, and no recording's.
    is_live: bool,
}

impl Source for Metrics {
    const NAME: &'static str = "metrics";
    type Context = ();

    fn decode(&self, raw: &Raw, (): &mut (), memory: &SourceMemory) -> Result<Decoded, SourceError> {
        if !self.is_live && raw.is_up_to(&memory.cursor) {
            return Ok(Decoded { is_recorded: true, ..Decoded::default() });
        }
        let mut steps = Vec::new();
        for exchange in &raw.exchanges {
            steps.push(vec![decode::event_of(Self::NAME, exchange, memory)?]);
        }
        Ok(Decoded { steps, cursor: Some(raw.cursor_behind(&memory.cursor)), is_recorded: false })
    }

    fn be_live(&mut self) {
        self.is_live = true;
    }
}
