//! `annals checkpoint`: the signed state of the log.

use std::io::{ErrorKind, Write as _};

use annals_log::{PublishError, Reader, SignedCheckpoint};
use serde::Serialize;

use crate::failure::Failure;
use crate::form::{FormGiven, write_object};
use crate::reading;
use crate::settings::Settings;
use crate::terminal::{self, say};

/// Print the signed checkpoint of the log, to be kept by others.
///
/// The log keeps a copy, and from then on must lead to it: `annals verify --against FILE` checks that, on any copy of
/// the log.
///
/// As JSON it is `origin`, `size`, `root`, and `note`, the text of the file.
#[derive(clap::Args)]
pub(crate) struct PrintCheckpoint {
    #[command(flatten)]
    form: FormGiven,
}

/// A checkpoint, and the text that is kept of it.
#[derive(Serialize)]
struct CheckpointJson<'a> {
    origin: &'a str,
    size: u64,
    root: String,
    note: String,
}

impl PrintCheckpoint {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let reader = reading::open(&settings.data)?;
        let checkpoint = publish(&reader)?;
        if self.form.is_json() {
            let (claim, note) = (checkpoint.claim(), checkpoint.to_string());
            let (size, root) = (claim.size.0, claim.root.to_base64());
            return write_object(&CheckpointJson { origin: &claim.origin, size, root, note });
        }
        write!(terminal::out(), "{checkpoint}")?;
        Ok(())
    }
}

/// Nothing is handed out that the log does not remember to have handed out; where its folder cannot be written to it is
/// somebody else's, and theirs to keep. Says so, and if the hotkey has not signed the checkpoint.
pub(crate) fn publish(reader: &Reader) -> Result<&SignedCheckpoint, Failure> {
    if let Some(hotkey) = reader.hotkey().filter(|_| reader.lacks_hotkey()) {
        say(&format!(
            "this checkpoint is not signed by {hotkey}, which entry 0 names: the recorder ran without its hotkey"
        ));
    }
    match reader.publish() {
        Err(PublishError::Io(error))
            if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) =>
        {
            say(
                "the log's folder cannot be written to: it keeps no copy of the checkpoint that is shown, keep one",
            );
            Ok(reader.checkpoint())
        }
        published => Ok(published?),
    }
}
