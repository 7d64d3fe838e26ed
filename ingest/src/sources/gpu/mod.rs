//! Source `gpu`: attempts to prove a GPU, challenged from here or told in a file.
//!
//! A poll is one attempt of every GPU that is asked, in two parts. Behind the first the miner's signed roots are in the
//! log, which is what makes them older than the beacon that draws the openings; the second has the transcripts. What
//! can no longer come to a transcript ends in the part in which it failed. `decode` verifies every transcript: what the
//! recorder found when it challenged is not believed, either.

mod api;
mod asked;
mod challenger;
mod decode;
mod exchange;
mod file;
mod inventory;
mod when;

use std::collections::BTreeMap;

use annals_log::SourceMemory;

pub use api::{ChallengeError, WorkerGiven};
pub use challenger::{Challenger, ChallengerOptions};
pub use file::{PogFile, PogFileError};
pub use when::{BeaconsNow, When};

use crate::raw::Raw;
use crate::source::{Decoded, Source, SourceError};

/// Attempts to prove a GPU.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gpus {
    /// The attempts are made now, and no recording's.
    is_live: bool,
}

/// Each worker's words about itself, which the first part of a poll hands to the second.
pub(crate) type Told = BTreeMap<String, String>;

impl Source for Gpus {
    const NAME: &'static str = "gpu";
    type Context = Told;

    fn decode(&self, raw: &Raw, told: &mut Told, memory: &SourceMemory) -> Result<Decoded, SourceError> {
        // A file tells of attempts of any time; what is in the log already is known by its digest.
        let is_file = raw.exchanges[0].request.method == exchange::READ;
        if !is_file && !self.is_live && raw.part == 0 && raw.is_up_to(&memory.cursor) {
            return Ok(Decoded { is_recorded: true, ..Decoded::default() });
        }
        let events = decode::events_of(raw, told, memory)?;
        let is_recorded = is_file && events.is_empty();
        // The cursor moves with a poll's end: a part that is played without the other is played again.
        let cursor = (!is_file && !raw.more).then(|| raw.cursor_behind(&memory.cursor));
        Ok(Decoded { steps: vec![events], cursor, is_recorded })
    }

    fn be_live(&mut self) {
        self.is_live = true;
    }
}
