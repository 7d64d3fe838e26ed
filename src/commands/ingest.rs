//! `annals ingest`: take recordings into the log.

use std::io::Write as _;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::hotkey::HotkeyGiven;
use crate::inputs::{Refused, inputs_of};
use crate::recording::{ClockGiven, Recording, RootsAt, write_end};
use crate::settings::Settings;
use crate::terminal::{self, printable, say};

/// Record what files tell.
///
/// FILE is a `.wandb` file, which a W&B client writes beside its run; a cassette (`.cassette`, `.cassette.zst`): raw
/// answers of a source; a proof of a GPU (`.pog`), a transcript or the answers of upstream's protocol as JSON, which is
/// verified; or a validator's database (`.db`, `.sqlite`, `.sqlite3`), which is read as it is now, without
/// a lock, and told of as NAME in NAME=FILE, or else by its own name. Of a folder, every such file in it is taken;
/// cassettes in the order of their first answers, for a source is not told of its past: what is older than the last
/// poll that the log has is left out, and said so. What the log has already is not recorded again, so a file that has
/// grown adds only what is new.
#[derive(clap::Args)]
pub(crate) struct Ingest {
    /// Files, or folders of them.
    #[arg(required = true, value_name = "FILE|DIR")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    hotkey: HotkeyGiven,
    #[command(flatten)]
    clock: ClockGiven,
}

impl Ingest {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let inputs = inputs_of(&self.inputs)?;
        let mut recording =
            Recording::open(&settings.data, self.hotkey.read(settings)?, self.clock, RootsAt::EveryEntries)?;
        let mut out = terminal::out();
        let mut refused = 0;
        for input in &inputs {
            let path = input.path.to_string_lossy();
            let path = printable(&path);
            match input.take(&mut recording) {
                Ok(taken) => writeln!(out, "{path}: {}", input.shown(taken))?,
                Err(Refused::ByLog(failure)) => return Err(failure),
                Err(Refused::File(error)) => {
                    refused += 1;
                    say(&format!("{path}: {error}"));
                }
            }
        }
        let closed = recording.close()?;
        write_end(&closed, &mut out)?;
        if refused > 0 {
            let all = inputs.len();
            return Err(Failure::Unavailable(format!(
                "{refused} of {all} files could not be taken in to their end"
            )));
        }
        Ok(())
    }
}
