//! `annals fixture generate`: a log that is made up.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use annals_stand_in::workload::{ENTRIES_MIN, GenerateError, Mix, generate};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::failure::Failure;
use crate::progress::Progress;
use crate::terminal;

/// Make a log of any size, to measure with
///
/// Everything in it is made up: 252 runs of W&B on a subnet of 256 uids, signed with keys that everybody may know. It
/// is what would have been recorded of such runs. Mix, seed and number of entries decide every byte; a longer log of
/// the same mix and seed begins with the same entries, but for the last minute and the stop.
///
/// Mix w1: 60 % run states, 30 % rows of history, 10 % polls that close the states since the last one. Of the states
/// 1 of 20 is a validator's that votes on 256 uids (64 KB), the others are miners' and small validators' (2 KB). Each
/// state changes its row of `wandb_runs` and one row of another table: a vote, an item of a list, a miner's specs or
/// report; a vote may change `stats`, too. From some 20,000 entries on it is about 430 bytes an entry on disk (740 at
/// 1,500): 2.2 GB for 5 million entries.
#[derive(clap::Args)]
#[command(after_help = "\
Try:
  annals fixture generate big --entries 1000000
  annals verify --data big     read all of it and check every root")]
pub(crate) struct Generate {
    /// The folder to make it in: empty, or not there yet.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// What all chance in it comes from.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// What it is made of.
    #[arg(long, value_parser = mix(), default_value = Mix::W1.as_str())]
    mix: Mix,
    #[arg(long, value_name = "NUMBER", help = format!("How many entries it has in the end, its own included; {ENTRIES_MIN} at least"))]
    entries: u64,
}

/// Takes the mixes by their names.
fn mix() -> impl TypedValueParser<Value = Mix> {
    let names = Mix::ALL.map(|mix| PossibleValue::new(mix.as_str()).help(mix.about()));
    PossibleValuesParser::new(names).map(|name| {
        let mix = Mix::ALL.into_iter().find(|mix| mix.as_str() == name);
        mix.expect("only the names of mixes are possible")
    })
}

impl From<GenerateError> for Failure {
    fn from(error: GenerateError) -> Self {
        match error {
            GenerateError::Open(error) => error.into(),
            GenerateError::Append(error) => error.into(),
            GenerateError::Read(error) => error.into(),
            error => Self::Usage(error.to_string()),
        }
    }
}

impl Generate {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { folder, seed, mix, entries } = self;
        let (done, begun) = (Arc::new(AtomicU64::new(0)), Instant::now());
        let made = {
            let _shown = Progress::follow("making", "entries", entries, Arc::clone(&done));
            generate(&folder, mix, seed, entries, |size| done.store(size, Ordering::Relaxed))?
        };
        let mut out = terminal::out();
        writeln!(out, "made    {} entries in {}", made.entries, folder.display())?;
        writeln!(out, "root    {}", made.root.to_base64())?;
        writeln!(out, "bytes   {}, {} an entry", made.bytes, made.bytes / made.entries)?;
        writeln!(out, "time    {:.1} s", begun.elapsed().as_secs_f64())?;
        writeln!(out, "next    annals verify --data {}", folder.display())?;
        Ok(())
    }
}
