//! `annals gpu`: prove a GPU, challenge others', verify what was proven.

mod attempt_told;
mod challenge;
mod info;
mod log_beacons;
mod prover;
mod verify;
mod worker;

use crate::failure::Failure;
use crate::settings::Settings;

/// Prove a GPU, challenge others', verify what was proven.
///
/// What an attempt proves is a lower bound for everything that a hotkey can reach: never which card it is, nor where.
/// `gpu/PROTOCOL.md` gives the protocol to the byte, and on its first page what can never be proven.
#[derive(clap::Args)]
#[command(after_help = "\
As:
  head -c 32 /dev/urandom | base64 > token
  annals gpu worker --cpu --hotkey //Miner --listen 127.0.0.1:8086 --token-file token &
  annals gpu challenge --worker http://127.0.0.1:8086 --token-file token --hotkey //Validator --size small
  annals query \"select hotkey, outcome, int8_tops_lower_bound from pog_attempts\"
  annals gpu verify --last                 everything again, but the clock
  annals gpu info                          what this machine says of its GPUs, which is its own word
  annals ingest attempt.pog                a transcript that somebody else gave")]
pub(crate) struct GpuCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    Info(info::Info),
    Worker(worker::Worker),
    Challenge(Box<challenge::Challenge>),
    Verify(verify::Verify),
}

impl GpuCommand {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        match self.verb {
            Verb::Info(command) => command.run(settings),
            Verb::Worker(command) => command.run(settings),
            Verb::Challenge(command) => command.run(settings),
            Verb::Verify(command) => command.run(settings),
        }
    }
}
