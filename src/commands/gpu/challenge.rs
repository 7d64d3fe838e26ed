//! `annals gpu challenge`: challenge workers once, and record what came of it.

use std::io::Write as _;
use std::path::PathBuf;

use annals_gpu::Parameters;
use annals_ingest::sources::{Challenger, ChallengerOptions, When, WorkerGiven};
use annals_ingest::{Driver, Feed, Supervisor, Until};
use annals_log::{HotkeySigner, LogIndex, Reader};

use super::attempt_told::Told;
use crate::failure::Failure;
use crate::following::{Beacons, Following, last};
use crate::hotkey::ProvingGiven;
use crate::logging::LoggingGiven;
use crate::proving::size::Size;
use crate::proving::{GRACE, token};
use crate::recording::{ClockGiven, Recording, RootsAt, write_end};
use crate::settings::Settings;
use crate::stopping::stopped;
use crate::terminal;

/// Challenge workers once, time them, verify what they answer, and record it.
///
/// All GPUs of all workers are asked at one moment: one card cannot answer for two hotkeys then. The miner's signed
/// roots are in the log before the tiles are drawn that it has to open. The beacons are checkpoints of this log, which
/// bind its own order and nobody else's clock; with blocks of the chain, in windows that all validators share, `annals
/// run` challenges the workers that the config file names as `[[gpu.worker]]`.
///
/// An attempt that failed is recorded, too. Exit code 1: not every attempt passed.
#[derive(clap::Args)]
pub(crate) struct Challenge {
    /// A worker, as `http://127.0.0.1:8086`
    #[arg(long, value_name = "URL")]
    worker: String,
    /// Workers to challenge at the same moment, with the same token
    #[arg(long, value_name = "URL", num_args = 1..)]
    together: Vec<String>,
    /// A file with the token of the workers
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// How large the attempt is
    #[arg(long, value_enum, default_value = "full")]
    size: Size,
    /// Milliseconds for all rounds, instead of the size's; later is `slow`
    #[arg(long, value_name = "MS")]
    rounds_within: Option<u32>,
    /// Milliseconds for all sweeps, instead of the size's
    #[arg(long, value_name = "MS")]
    sweeps_within: Option<u32>,
    #[command(flatten, next_help_heading = "The validator's hotkey")]
    hotkey: ProvingGiven,
    #[command(flatten, next_help_heading = "This machine's clock")]
    clock: ClockGiven,
    #[command(flatten, next_help_heading = "Standard error")]
    logging: LoggingGiven,
}

impl Challenge {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        self.logging.start()?;
        let validator = self.hotkey.read()?;
        let token = token::read(&self.token_file)?;
        let mut recording = Recording::open(&settings.data, None, self.clock, RootsAt::EveryEntries)?;
        let before = recording.log.size().0;
        let ended = self.challenge(&mut recording, validator, &token);
        // Whatever happened: what was recorded is to be found, with its roots.
        let closed = recording.close()?;
        let failed = write_attempts(settings, before)?;
        write_end(&closed, &mut terminal::out())?;
        ended?;
        if failed > 0 {
            return Err(Failure::Finding(format!("{failed} attempts did not pass")));
        }
        Ok(())
    }

    fn challenge(
        &self,
        recording: &mut Recording,
        validator: HotkeySigner,
        token: &str,
    ) -> Result<(), Failure> {
        let urls = std::iter::once(&self.worker).chain(&self.together);
        let workers = urls.map(|url| WorkerGiven { url: url.clone(), token: token.to_owned() });
        let (beacons, heard) = Beacons::of(last(&recording.log), None);
        let opened = recording.log.opened();
        let options = ChallengerOptions {
            workers: workers.collect(),
            validator,
            parameters: self.parameters(),
            netuid: opened.netuid.into(),
            genesis: None,
            vkey: opened.vkey.clone(),
            grace: GRACE,
            when: When::Once,
            beacons: heard,
        };
        let challenger = Challenger::new(options).map_err(|error| Failure::Usage(error.to_string()))?;
        let feeds: Vec<Box<dyn Feed>> = vec![Box::new(challenger)];
        let mut following = Following::new(Driver::default().live(), recording, None).telling(beacons);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(async {
            tokio::select! {
                ended = Supervisor::new(Until::Polled(1)).run(feeds, &mut following) => ended,
                stopped = stopped() => Ok(stopped?),
            }
        })
    }

    fn parameters(&self) -> Parameters {
        let size = self.size.parameters();
        Parameters {
            rounds_ms_max: self.rounds_within.unwrap_or(size.rounds_ms_max),
            sweeps_ms_max: self.sweeps_within.unwrap_or(size.sweeps_ms_max),
            ..size
        }
    }
}

/// Says of each attempt from entry `before` on what came of it. Returns how many did not pass.
fn write_attempts(settings: &Settings, before: u64) -> Result<u64, Failure> {
    let mut reader = Reader::open(&settings.data)?;
    let mut failed = 0;
    for index in before..reader.size().0 {
        let Some(told) = Told::at(&mut reader, LogIndex(index))? else { continue };
        writeln!(terminal::out(), "{}", told.line())?;
        failed += u64::from(told.attempt.verdict.outcome() != "passed");
    }
    Ok(failed)
}
