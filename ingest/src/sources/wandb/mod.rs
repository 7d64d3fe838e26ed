//! Source `wandb`: the runs of a W&B project, poll by poll.
//!
//! A poll is pages of `Runs`, then perhaps single runs asked for by id (`Run`). It becomes a `wandb_run` event for each
//! run whose config, state, name or creation time is not what the log last heard, and a `wandb_poll` event that closes
//! it. Only the latter moves the cursor: a poll that was cut off is made again from its beginning, and the runs that it has
//! recorded are not recorded again (unless one changed between two pages of it: then both its states are).
//!
//! A run that the log knows and a whole sweep does not list is *unseen*, and the next sweep asks for it by its id. If that
//! does not list it either, and the server has no such run, it is *gone*; an answer that does not list a run proves nothing.
//!
//! A `wandb_run` whose config says that all of it was signed has a `wandb_config_signed` behind it, which checks that.

mod answer;
mod feed;
mod poll;
mod poller;
mod signature;
mod unseen;

use std::collections::BTreeMap;

use annals_log::{Event, Fact as _, SourceMemory, WandbConfigSigned};

pub(crate) use answer::{
    HistoryPage, Operation, Page, history, kept_answer, parquet_urls, server_errors, single_run, text_of,
};
use poll::Poll;
pub(crate) use poll::close;
pub use poller::{PollOptions, WandbPoller};
pub(crate) use signature::{read_config, verdict};

use crate::raw::Raw;
use crate::source::{Decoded, Source, SourceError};

/// How far the history of each run reaches, as the server last said.
pub type HistoryExtents = BTreeMap<String, HistoryExtent>;

/// How far the history of a run reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryExtent {
    /// The step of its last row, where the server says so.
    pub last_step: Option<u64>,
    /// How many rows it has.
    pub rows: u64,
}

/// The runs of a W&B project.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wandb {
    /// Its answers are had now, and no recording's.
    pub(crate) is_live: bool,
}

impl Source for Wandb {
    const NAME: &'static str = "wandb";
    /// The poll in progress.
    type Context = Poll;

    fn decode(&self, raw: &Raw, poll: &mut Poll, memory: &SourceMemory) -> Result<Decoded, SourceError> {
        if raw.part == 0 {
            poll.is_past = !self.is_live && raw.is_up_to(&memory.cursor);
        }
        if poll.is_past {
            return Ok(Decoded { is_recorded: true, ..Decoded::default() });
        }
        let mut events = Vec::new();
        for exchange in &raw.exchanges {
            poll.take(exchange, memory, &mut events)?;
        }
        let mut cursor = None;
        if !raw.more {
            events.extend(std::mem::take(poll).close(memory));
            cursor = Some(raw.cursor_behind(&memory.cursor));
        }
        Ok(Decoded { steps: steps_of(events), cursor, is_recorded: false })
    }

    fn be_live(&mut self) {
        self.is_live = true;
    }
}

/// Each event is a step, but that a run is never recorded without what its config claims.
fn steps_of(events: Vec<Event>) -> Vec<Vec<Event>> {
    let mut steps: Vec<Vec<Event>> = Vec::with_capacity(events.len());
    for event in events {
        match steps.last_mut() {
            Some(step) if event.kind == WandbConfigSigned::KIND => step.push(event),
            _ => steps.push(vec![event]),
        }
    }
    steps
}
