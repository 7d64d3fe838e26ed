//! Source `computedb`: a validator's own SQLite file, poll by poll.
//!
//! Its owner is never in the way of anybody, and nobody in its: no lock is taken, not even one to read, for an owner
//! that waits for none would fail. A copy is read instead, see `copy.rs`. A poll is a question to each table, and
//! becomes a `computedb_row` event for each row that is not what the log last heard, and a `computedb_poll` event that
//! closes it. What upstream deletes at once, such as all but four rows of `pog_stats` a miner, is in the log if it
//! stood at some poll.
//!
//! Never read: `details` of the table `allocation`, which has the keys to rented machines.

mod ask;
mod copy;
mod feed;
mod file;
mod looks;
mod poll;
mod question;
mod retrieve_stats;

use annals_log::{DbRow, SourceMemory};

pub use feed::ComputeDbFeed;
pub use file::{ComputeDbFile, ComputeDbFileError, ComputeDbOnce};
pub use retrieve_stats::retrieve_stats;

use crate::raw::{Outcome, Raw};
use crate::source::{Decoded, Source, SourceError};
use question::Question;

/// A validator's own database. Any number of them may be in one log, each under its own name.
#[derive(Debug, Clone, Copy, Default)]
pub struct ComputeDb {
    /// Its answers are had now, and no recording's.
    pub(crate) is_live: bool,
}

impl Source for ComputeDb {
    const NAME: &'static str = "computedb";
    /// A poll is one fetch.
    type Context = ();

    fn decode(&self, raw: &Raw, (): &mut (), memory: &SourceMemory) -> Result<Decoded, SourceError> {
        let database = poll::database_of(raw)?;
        let told_until = memory.known(database).and_then(|known| known.position);
        if !self.is_live && told_until >= Some(u64::try_from(raw.fetched_at_ms()).unwrap_or_default()) {
            return Ok(Decoded { is_recorded: true, ..Decoded::default() });
        }
        let events = poll::events_of(database, raw, memory)?;
        let steps = events.into_iter().map(|event| vec![event]).collect();
        // Of several databases the one that was read last.
        let is_past = !self.is_live && raw.is_up_to(&memory.cursor);
        let cursor = (!is_past).then(|| raw.cursor_behind(&memory.cursor));
        Ok(Decoded { steps, cursor, is_recorded: false })
    }

    fn be_live(&mut self) {
        self.is_live = true;
    }
}

/// The rows of one of upstream's tables, as a fetch brought them; `None` when it has none, not even that there are
/// none.
pub fn rows_in(raw: &Raw, table: &str) -> Option<Vec<DbRow>> {
    let is_of_table = |body: &str| Question::read(body).is_some_and(|question| question.table() == table);
    let exchange = raw.exchanges.iter().find(|exchange| is_of_table(&exchange.request.body))?;
    match &exchange.outcome {
        Outcome::Answer(answer) if answer.status == question::FOUND => {
            let lines = std::str::from_utf8(&answer.body).ok()?;
            lines.lines().map(|line| DbRow::read(line).ok()).collect()
        }
        _ => None,
    }
}
