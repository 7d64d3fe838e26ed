//! The half of the source that decodes a poll's answers.

use annals_log::{Event, Fact as _, SourceMemory, WandbConfigSigned};

use super::name::NAME;
use super::poll::Poll;
use crate::raw::Raw;
use crate::source::{Decoded, Source, SourceError};

/// The runs of a W&B project.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wandb {
    /// Its answers come from the server now, and not from a recording.
    pub(crate) is_live: bool,
}

impl Source for Wandb {
    const NAME: &'static str = NAME;
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

/// Makes a step of each event; but a run is never recorded without what its config claims.
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
