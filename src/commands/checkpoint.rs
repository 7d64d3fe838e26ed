//! `annals checkpoint`: the signed state of the log.

use std::io::{self, Write as _};
use std::path::Path;

use annals_log::{Reader, SignedCheckpoint};

use crate::failure::Failure;
use crate::reading;
use crate::settings::Settings;
use crate::terminal::{self, say};

/// Print the signed checkpoint of the log, to be kept by others.
///
/// The log keeps a copy, and from then on must lead to it: `annals verify --against FILE` checks that, on any copy of
/// the log.
#[derive(clap::Args)]
pub(crate) struct PrintCheckpoint {}

impl PrintCheckpoint {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let data = &settings.data;
        let reader = reading::open(data)?;
        let checkpoint = publish(&reader, data)?;
        write!(terminal::out(), "{checkpoint}")?;
        Ok(())
    }
}

/// Nothing is handed out that the log does not remember to have handed out. Says so if the hotkey has not signed it.
pub(crate) fn publish<'a>(reader: &'a Reader, data: &Path) -> Result<&'a SignedCheckpoint, Failure> {
    if let Some(hotkey) = reader.hotkey().filter(|_| reader.lacks_hotkey()) {
        say(&format!(
            "this checkpoint is not signed by {hotkey}, which entry 0 names: the recorder ran without its hotkey"
        ));
    }
    reader.publish().map_err(|error| not_published(data, &error))
}

pub(crate) fn not_published(data: &Path, error: &io::Error) -> Failure {
    let published = data.join("published");
    let text = format!("a checkpoint is handed out only once it is kept in {}: {error}", published.display());
    Failure::Unavailable(text)
}
