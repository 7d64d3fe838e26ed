//! `annals raw`: the bytes as they came.

use std::io::Write as _;

use annals_log::{Envelope, LogIndex};

use crate::failure::Failure;
use crate::reading;
use crate::settings::Settings;
use crate::terminal::{self, printable_lines};

/// Print the raw bytes that an entry vouches for, as they came.
///
/// Of a run that is its node in W&B's answer, or its record in the file; of a row of history, the row (put together
/// from the record's items when it comes from a file); of a poll, its list of runs. They are checked against the
/// SHA-256 in the entry before they are printed. On a terminal what would move the cursor is escaped.
#[derive(clap::Args)]
pub(crate) struct Raw {
    /// The entry's log index.
    index: u64,
    /// Which of its payloads, from 0: a run from a file has its config as another one, a failed poll the bad answer.
    #[arg(long, default_value_t = 0, value_name = "N")]
    payload: usize,
}

impl Raw {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let data = &settings.data;
        let index = LogIndex(self.index);
        let mut reader = reading::open(data)?;
        // A single entry says nothing of whether it is the one that was signed.
        reader.hold_to_root()?;
        let entry = reader.entry(index)?;
        let envelope =
            Envelope::decode(&entry).map_err(|error| Failure::Finding(format!("entry {index}: {error}")))?;
        let payload = envelope.attached.get(self.payload).ok_or_else(|| {
            let (kind, count) = (envelope.kind, envelope.attached.len());
            Failure::Usage(format!(
                "entry {index} ({kind}) has {count} payloads, there is no number {}",
                self.payload
            ))
        })?;
        let bytes = reader.payload(index, *payload)?;
        // They are a stranger's.
        let shown = match terminal::is_watched() {
            true => printable_lines(&String::from_utf8_lossy(&bytes)).into_owned().into_bytes(),
            false => bytes,
        };
        Ok(terminal::out().write_all(&shown)?)
    }
}
