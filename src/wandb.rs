//! Which server of W&B is asked, for which project, and with whose key: a flag, else the environment, else the config
//! file, else SN27's own project.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use annals_ingest::outward::publish::Project;
use annals_ingest::{ApiKey, ApiOptions, RunsAsked, WandbApi};
use clap::Args;

use crate::failure::Failure;
use crate::settings::Settings;

const URL: &str = "https://api.wandb.ai";
/// Upstream's `PUBLIC_WANDB_ENTITY` and `PUBLIC_WANDB_NAME`.
pub(crate) const PROJECT: &str = "neuralinternet/opencompute";
/// A year.
pub(crate) const SECONDS_MAX: u64 = 31_536_000;
const KEY_VARIABLE: &str = "WANDB_API_KEY";

/// What every command takes that asks W&B. The key is on no command line, which stands in the process list: it comes
/// from `WANDB_API_KEY`, `.netrc` or the config file.
#[derive(Args)]
pub(crate) struct WandbGiven {
    /// The server of W&B [default: the config file's, else `https://api.wandb.ai`]
    #[arg(long, env = "WANDB_BASE_URL", hide_env_values = true, value_name = "URL")]
    wandb_url: Option<String>,
    /// The project in it [default: the config file's, else `neuralinternet/opencompute`]
    #[arg(long, value_name = "ENTITY/PROJECT")]
    wandb_project: Option<String>,
    /// Seconds until a request that is not answered has failed
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=SECONDS_MAX))]
    wandb_answer_within: u64,
    /// Seconds for which a request that failed is tried again
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(..=SECONDS_MAX))]
    wandb_patience: u64,
}

impl WandbGiven {
    /// The server, with a key for it.
    ///
    /// # Errors
    /// `Usage`, also when there is no key: it says where one is looked for.
    pub(crate) fn api(&self, settings: &Settings) -> Result<Arc<WandbApi>, Failure> {
        let base_url = self.url(settings);
        let Some(key) = self.key(settings)? else {
            return Err(Failure::Usage(format!(
                "W&B wants a key of whoever asks, and there is none: {KEY_VARIABLE} has it, or the entry of {base_url}'s host in \
                 ~/.netrc, where `wandb login` puts it, or `key` in the config file's table `wandb`"
            )));
        };
        let answer_within = Duration::from_secs(self.wandb_answer_within);
        let patience = Duration::from_secs(self.wandb_patience);
        let options = ApiOptions { base_url, key, answer_within, patience };
        Ok(Arc::new(WandbApi::new(&options).map_err(|error| Failure::Usage(error.to_string()))?))
    }

    /// Whether there is a key for the server.
    pub(crate) fn has_key(&self, settings: &Settings) -> Result<bool, Failure> {
        Ok(self.key(settings)?.is_some())
    }

    /// The runs of the subnet, or those that `filters` names.
    pub(crate) fn asked(
        &self,
        settings: &Settings,
        netuid: u16,
        filters: Option<&str>,
    ) -> Result<RunsAsked, Failure> {
        let Project { entity, name } = self.project(settings)?;
        let asked = RunsAsked::of_subnet(&entity, &name, netuid);
        match filters {
            Some(filters) => asked.filtered(filters).map_err(|error| Failure::Usage(error.to_string())),
            None => Ok(asked),
        }
    }

    /// The project.
    pub(crate) fn project(&self, settings: &Settings) -> Result<Project, Failure> {
        let given = self.wandb_project.as_ref().or(settings.wandb.project.as_ref());
        project_of(given.map_or(PROJECT, String::as_str))
    }

    fn url(&self, settings: &Settings) -> String {
        self.wandb_url.clone().or_else(|| settings.wandb.url.clone()).unwrap_or_else(|| URL.to_owned())
    }

    fn key(&self, settings: &Settings) -> Result<Option<ApiKey>, Failure> {
        let of_key = |error: annals_ingest::KeyError| Failure::Usage(error.to_string());
        let variable = std::env::var(KEY_VARIABLE).ok().filter(|key| !key.is_empty());
        if let Some(key) = variable {
            return ApiKey::new(&key, KEY_VARIABLE).map(Some).map_err(of_key);
        }
        if let Some(path) = netrc()
            && let Some(key) = ApiKey::of_netrc(&path, &self.url(settings)).map_err(of_key)?
        {
            return Ok(Some(key));
        }
        let key = settings.wandb.key.as_deref().map(|key| ApiKey::new(key, "`key` in the config file"));
        key.transpose().map_err(of_key)
    }
}

/// Reads ENTITY/PROJECT.
///
/// # Errors
/// `Usage`: it is no project.
pub(crate) fn project_of(given: &str) -> Result<Project, Failure> {
    let is_name = |name: &str| !name.is_empty() && !name.contains(['/', '\\', '?', '#', '%', ' ']);
    match given.split_once('/') {
        Some((entity, name)) if is_name(entity) && is_name(name) => {
            Ok(Project { entity: entity.to_owned(), name: name.to_owned() })
        }
        _ => {
            let what = format!("{given:?} is no project of W&B: one is as {PROJECT}, as in its URL");
            Err(Failure::Usage(what))
        }
    }
}

/// As other programs find it.
fn netrc() -> Option<PathBuf> {
    let path = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    path("NETRC").or_else(|| Some(path("HOME")?.join(".netrc")))
}
