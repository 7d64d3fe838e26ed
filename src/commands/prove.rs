//! `annals prove`: an entry for somebody who trusts nobody.

use std::io::Write as _;

use annals_log::LogIndex;
use serde::Serialize;

use crate::commands::checkpoint::publish;
use crate::failure::Failure;
use crate::form::{FormGiven, write_object};
use crate::reading;
use crate::settings::Settings;
use crate::terminal;

/// Print a proof that an entry is in the log.
///
/// It is C2SP tlog-proof@v1 text: the entry, its path to the root, and the signed checkpoint, of which the log keeps a
/// copy. Save it as FILE.tlog-proof; `annals verify-proof FILE` checks it anywhere, with the log's key.
///
/// As JSON it is `log_index`, `origin`, `size`, `root`, `vkey`, and `proof`, the text of the file.
#[derive(clap::Args)]
pub(crate) struct Prove {
    /// The entry's log index.
    index: u64,
    #[command(flatten)]
    form: FormGiven,
}

/// A proof, and the checkpoint that it leads to.
#[derive(Serialize)]
struct ProofJson<'a> {
    log_index: u64,
    origin: &'a str,
    size: u64,
    root: String,
    vkey: String,
    /// The text of the file that a proof is.
    proof: String,
}

impl Prove {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let mut reader = reading::open(&settings.data)?;
        let proof = reader.prove(LogIndex(self.index))?;
        let checkpoint = publish(&reader)?;
        if self.form.is_json() {
            let (claim, proof) = (checkpoint.claim(), proof.to_string());
            let (size, root, vkey) = (claim.size.0, claim.root.to_base64(), reader.vkey().to_string());
            let (log_index, origin) = (self.index, claim.origin.as_str());
            return write_object(&ProofJson { log_index, origin, size, root, vkey, proof });
        }
        write!(terminal::out(), "{proof}")?;
        Ok(())
    }
}
