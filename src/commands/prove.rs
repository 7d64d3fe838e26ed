//! `annals prove`: an entry for somebody who trusts nobody.

use std::io::Write as _;

use annals_log::LogIndex;

use crate::commands::checkpoint::publish;
use crate::failure::Failure;
use crate::reading;
use crate::settings::Settings;
use crate::terminal;

/// Print a proof that an entry is in the log.
///
/// It is C2SP tlog-proof@v1 text: the entry, its path to the root, and the signed checkpoint, of which the log keeps a
/// copy. Save it as FILE.tlog-proof; `annals verify-proof FILE` checks it anywhere, with the log's key.
#[derive(clap::Args)]
pub(crate) struct Prove {
    /// The entry's log index.
    index: u64,
}

impl Prove {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let mut reader = reading::open(&settings.data)?;
        let proof = reader.prove(LogIndex(self.index))?;
        publish(&reader)?;
        write!(terminal::out(), "{proof}")?;
        Ok(())
    }
}
