//! Settings: what a flag says, else the environment, else the config file, else the default.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use crate::failure::Failure;
use crate::output::format::Format;
use crate::proving::size::Size;

const DATA: &str = "annals-data";

/// What every command takes. Clap puts the environment in the place of a flag that is not given.
#[derive(Args)]
pub(crate) struct Given {
    /// The folder of the log; only `init` makes one [default: annals-data]
    #[arg(long, global = true, env = "ANNALS_DATA", value_name = "DIR", display_order = 900)]
    data: Option<PathBuf>,
    /// A config file: TOML with `data`, `output`, `memory_mib`, `hotkey_file`, a table `chain` with `rpc`,
    /// `archive_url`, `watch`, `raw_events`, a table `wandb` with `url`, `project`, `key`, a table `gpu` with
    /// `hotkey_file`, `size`, `interval_blocks` and `[[gpu.worker]]` with `url` and `token_file`, and a table `metrics`
    /// with `target`, `announced`, `ca_file`; flags and the environment go before it [default: annals/config.toml in
    /// the user's config folder, where there is one]
    #[arg(long, global = true, env = "ANNALS_CONFIG", value_name = "FILE", display_order = 901)]
    config: Option<PathBuf>,
}

/// The config file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    data: Option<PathBuf>,
    output: Option<Format>,
    memory_mib: Option<usize>,
    hotkey_file: Option<PathBuf>,
    #[serde(default)]
    chain: ChainConfig,
    #[serde(default)]
    wandb: WandbConfig,
    #[serde(default)]
    gpu: GpuConfig,
    #[serde(default)]
    metrics: MetricsConfig,
}

/// How the chain is followed, where no flag says otherwise; whatever is left out is as `annals run --help` says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ChainConfig {
    /// Nodes, in order of preference.
    pub(crate) rpc: Vec<String>,
    /// Nodes that keep all states.
    pub(crate) archive_url: Vec<String>,
    /// Pallets.
    pub(crate) watch: Vec<String>,
    pub(crate) raw_events: Option<bool>,
}

/// Which W&B is asked, where no flag and no variable says otherwise. It holds a secret, and is never shown.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WandbConfig {
    /// Of the server.
    pub(crate) url: Option<String>,
    /// As `entity/project`.
    pub(crate) project: Option<String>,
    /// Of an account.
    pub(crate) key: Option<String>,
}

/// Whom `annals run` challenges to prove their GPUs, and how.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct GpuConfig {
    /// The validator's, which asks, keeps the time and signs.
    pub(crate) hotkey_file: Option<PathBuf>,
    /// How large each attempt is; `full` where it is not said.
    pub(crate) size: Option<Size>,
    /// A window opens once in so many blocks.
    pub(crate) interval_blocks: Option<u64>,
    /// All of them are challenged together.
    pub(crate) worker: Vec<WorkerConfig>,
}

/// Which metrics endpoints are scraped.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MetricsConfig {
    /// Targets beside those that are announced.
    pub(crate) target: Vec<String>,
    /// Whether those are scraped that neurons announce on chain; they are unless this says no.
    pub(crate) announced: Option<bool>,
    /// Certificates that are trusted beside the system's.
    pub(crate) ca_file: Option<PathBuf>,
}

/// A worker that is challenged.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkerConfig {
    /// As `http://127.0.0.1:8086`.
    pub(crate) url: String,
    /// A file with its token.
    pub(crate) token_file: PathBuf,
}

/// What holds.
pub(crate) struct Settings {
    /// The folder of the log.
    pub(crate) data: PathBuf,
    /// How answers are written, if the config file says so.
    pub(crate) output: Option<Format>,
    /// What a query may use, if the config file says so.
    pub(crate) memory_mib: Option<usize>,
    /// Where the recorder's hotkey is, if the config file says so.
    pub(crate) hotkey_file: Option<PathBuf>,
    pub(crate) chain: ChainConfig,
    pub(crate) wandb: WandbConfig,
    pub(crate) gpu: GpuConfig,
    pub(crate) metrics: MetricsConfig,
}

impl Given {
    pub(crate) fn settle(self) -> Result<Settings, Failure> {
        let config = match (&self.config, default_path()) {
            (Some(path), _) => read(path)?,
            (None, Some(path)) if path.exists() => read(&path)?,
            _ => Config::default(),
        };
        Ok(Settings {
            data: self.data.or(config.data).unwrap_or_else(|| DATA.into()),
            output: config.output,
            memory_mib: config.memory_mib,
            hotkey_file: config.hotkey_file,
            chain: config.chain,
            wandb: config.wandb,
            gpu: config.gpu,
            metrics: config.metrics,
        })
    }
}

impl Settings {
    /// The same with another log.
    pub(crate) fn of_log(data: PathBuf) -> Self {
        Self {
            data,
            output: None,
            memory_mib: None,
            hotkey_file: None,
            chain: ChainConfig::default(),
            wandb: WandbConfig::default(),
            gpu: GpuConfig::default(),
            metrics: MetricsConfig::default(),
        }
    }
}

fn default_path() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))?;
    Some(folder.join("annals/config.toml"))
}

fn read(path: &Path) -> Result<Config, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::input(path, &error))?;
    toml::from_str(&text).map_err(|error| {
        // Its own words show the line, and a key may stand there.
        let line =
            error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        Failure::Usage(format!("{}, line {line}: {}", path.display(), error.message()))
    })
}
