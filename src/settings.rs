//! Settings: what a flag says, else the environment, else the config file, else the default.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use crate::failure::Failure;
use crate::output::format::Format;

const DATA: &str = "annals-data";

/// What every command takes. Clap puts the environment in the place of a flag that is not given.
#[derive(Args)]
pub(crate) struct Given {
    /// The folder of the log; only `init` makes one [default: annals-data]
    #[arg(long, global = true, env = "ANNALS_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// A config file: TOML with `data`, `output`, `memory_mib`, `hotkey_file`, a table `chain` with `rpc`,
    /// `archive_url`, `watch`, `raw_events`, and a table `wandb` with `url`, `project`, `key`; flags and the
    /// environment go before it [default: annals/config.toml in the user's config folder, where there is one]
    #[arg(long, global = true, env = "ANNALS_CONFIG", value_name = "FILE")]
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
