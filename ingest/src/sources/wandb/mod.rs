//! Source `wandb`: the runs of a W&B project, poll by poll.
//!
//! A poll is pages of `Runs`, then perhaps single runs asked for by id (`Run`). It becomes a `wandb_run` event for each
//! run whose config, state, name or creation time is not what the log last heard, and a `wandb_poll` event that closes
//! it. Only the latter moves the cursor: a poll that was cut off is made again from its beginning, and the runs that it has
//! recorded are not recorded again (unless one changed between two pages of it: then both its states are).

mod answer;
mod poll;
mod signature;

use annals_log::SourceMemory;

pub(crate) use answer::{HistoryPage, Operation, history, kept_answer, text_of};
use poll::Poll;
pub(crate) use poll::close;
pub(crate) use signature::verdict;

use crate::raw::Raw;
use crate::source::{Decoded, Source, SourceError};

/// The runs of a W&B project.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wandb;

impl Source for Wandb {
    const NAME: &'static str = "wandb";
    /// The poll in progress.
    type Context = Poll;

    fn decode(&self, raw: &Raw, poll: &mut Poll, memory: &SourceMemory) -> Result<Decoded, SourceError> {
        if raw.part == 0 {
            poll.is_past = raw.is_up_to(&memory.cursor);
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
            events.push(std::mem::take(poll).close());
            cursor = Some(raw.cursor());
        }
        let steps = events.into_iter().map(|event| vec![event]).collect();
        Ok(Decoded { steps, cursor, is_recorded: false })
    }
}
