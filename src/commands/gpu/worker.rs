//! `annals gpu worker`: answer challenges.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use annals_gpu::device::Path;
use annals_gpu_worker::{Gpu, Limits, WorkerOptions, serve};
use annals_log::Account;

use super::prover::{self, Bounds, bounds};
use crate::failure::Failure;
use crate::hotkey::ProvingGiven;
use crate::logging::LoggingGiven;
use crate::proving::size::Size;
use crate::proving::token;
use crate::ready_file::write_ready_file;
use crate::settings::Settings;
use crate::stopping::stopped;
use crate::terminal;

/// Answer challenges of validators, signed with the miner's hotkey.
///
/// Whoever asks needs the token. A GPU answers one challenge at a time, so many an hour, none larger than the limits,
/// and only what the validator that it names has signed: so a flood costs no more than reading it. Which validators may
/// ask, --validator says; that a challenge's block is recent, a worker does not know. It records nothing and needs no
/// log. Stop with Ctrl-C.
#[derive(clap::Args)]
pub(crate) struct Worker {
    /// Prove with the CPU: exact, slow, and for small sizes
    #[arg(long, required_unless_present = "cuda", conflicts_with = "cuda")]
    cpu: bool,
    /// Prove with all CUDA devices of this machine, each under its UUID
    #[arg(long)]
    cuda: bool,
    /// Multiply on units of fp16 that sum in fp32, and not on those of int8: the same integers, faster on some cards
    #[arg(long, requires = "cuda")]
    fp16: bool,
    /// The size for which the devices are opened before anybody asks: opening takes a second or more, and is timed
    #[arg(long, value_enum, default_value = "full", requires = "cuda")]
    size: Size,
    /// Where to listen; port 0 takes a free one. Behind a proxy that speaks TLS where others than this machine ask
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8086")]
    listen: SocketAddr,
    /// A file with the token that whoever asks has to send
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// A validator that may ask, as SS58; several times for several [default: whoever has the token]
    #[arg(long = "validator", value_name = "HOTKEY", value_parser = account)]
    validators: Vec<Account>,
    /// Attempts that a GPU begins within an hour
    #[arg(long, value_name = "N", default_value_t = 60)]
    attempts_an_hour: u32,
    /// Seconds after which an attempt that nobody goes on with makes way for the next
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    idle: u64,
    /// Write the URL to this file as soon as the worker answers
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    #[command(flatten, next_help_heading = "The miner's hotkey")]
    hotkey: ProvingGiven,
    #[command(flatten, next_help_heading = "Standard error")]
    logging: LoggingGiven,
}

fn account(address: &str) -> Result<Account, String> {
    let account = Account::of_address(address).map(|(account, _)| account);
    account.ok_or_else(|| "no SS58 address of a hotkey".to_owned())
}

impl Worker {
    pub(crate) fn run(self, _: &Settings) -> Result<(), Failure> {
        self.logging.start()?;
        let gpus = self.gpus()?;
        let Bounds { operations_max, kept_bytes_max } = bounds(&gpus);
        let options = WorkerOptions {
            signer: self.hotkey.read()?,
            token: token::read(&self.token_file)?,
            program: concat!("annals ", env!("CARGO_PKG_VERSION")).to_owned(),
            gpus,
            limits: Limits {
                operations_max,
                kept_bytes_max,
                attempts_an_hour: self.attempts_an_hour,
                idle: Duration::from_secs(self.idle),
                validators: self.validators.clone(),
            },
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let served = runtime.block_on(self.serve(options));
        // A step that is computed has nobody left to answer to.
        runtime.shutdown_background();
        served
    }

    fn gpus(&self) -> Result<Vec<Gpu>, Failure> {
        if self.cpu {
            return Ok(vec![prover::cpu()]);
        }
        let path = if self.fp16 { Path::Fp16 } else { Path::Int8 };
        prover::cuda(path, &self.size.parameters())
    }

    async fn serve(&self, options: WorkerOptions) -> Result<(), Failure> {
        let hotkey = options.signer.hotkey().to_string();
        let server = serve(self.listen, options).await;
        let server = server.map_err(|error| Failure::Unavailable(format!("{}: {error}", self.listen)))?;
        let url = server.url();
        writeln!(terminal::out(), "answering for {hotkey} at {url}")?;
        terminal::out().flush()?;
        if let Some(file) = &self.ready_file {
            write_ready_file(file, &url)?;
        }
        stopped().await?;
        server.stop().await;
        Ok(())
    }
}
