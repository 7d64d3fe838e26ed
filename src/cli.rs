//! The command line: what can be asked for, and where the log is.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands::{checkpoint, ingest, init, prove, raw, verify, verify_proof};
use crate::failure::Failure;

/// The flight recorder of a compute subnet: a signed, append-only log, and proof of what is in it.
#[derive(Parser)]
#[command(
    version,
    after_help = "\
Begin with:
  annals init --netuid 27      make a log in ./annals-data
  annals ingest wandb/         record what the .wandb files in a folder tell, each thing once
  annals verify                read every byte of it and check every root
  annals checkpoint            a signed statement of its size and root, to give away
  annals raw 2                 the bytes of entry 2 as they came
  annals prove 0 > p.tlog-proof && annals verify-proof p.tlog-proof

Exit codes: 0 fine, 1 the log or a proof is not what it should be, 2 usage, 3 an input is not there, 4 internal."
)]
pub(crate) struct Cli {
    /// The folder of the log. Only `init` makes one.
    #[arg(long, global = true, env = "ANNALS_DATA", default_value = "annals-data", value_name = "DIR")]
    data: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one, and it lives as long as the program")]
enum Command {
    Init(init::Init),
    Ingest(ingest::Ingest),
    Verify(verify::Verify),
    Checkpoint(checkpoint::PrintCheckpoint),
    Prove(prove::Prove),
    Raw(raw::Raw),
    VerifyProof(verify_proof::VerifyProof),
}

impl Cli {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let data = &self.data;
        match self.command {
            Command::Init(command) => command.run(data),
            Command::Ingest(command) => command.run(data),
            Command::Verify(command) => command.run(data),
            Command::Checkpoint(command) => command.run(data),
            Command::Prove(command) => command.run(data),
            Command::Raw(command) => command.run(data),
            Command::VerifyProof(command) => command.run(data),
        }
    }
}
