//! `annals checkpoint`: the signed state of the log.

use std::io::Write as _;
use std::path::Path;

use annals_log::Reader;

use crate::failure::Failure;

/// Print the signed checkpoint of the log, to be kept by others.
///
/// The log keeps a copy, and from then on must lead to it: `annals verify --against FILE` checks that, on any copy of
/// the log.
#[derive(clap::Args)]
pub(crate) struct PrintCheckpoint {}

impl PrintCheckpoint {
    pub(crate) fn run(self, data: &Path) -> Result<(), Failure> {
        let reader = Reader::open(data)?;
        let checkpoint = publish(&reader, data)?;
        write!(std::io::stdout().lock(), "{checkpoint}")?;
        Ok(())
    }
}

/// Nothing is handed out that the log does not remember to have handed out.
pub(crate) fn publish<'a>(
    reader: &'a Reader,
    data: &Path,
) -> Result<&'a annals_log::SignedCheckpoint, Failure> {
    reader.publish().map_err(|error| {
        let published = data.join("published");
        Failure::Unavailable(format!(
            "a checkpoint is handed out only once it is kept in {}: {error}",
            published.display()
        ))
    })
}
