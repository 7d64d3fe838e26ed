//! Which node of the chain is asked: a flag, else `ANNALS_RPC`, else the config file, else Bittensor's own entrypoint.

use annals_ingest::sources::node_name;
use clap::Args;

use crate::failure::Failure;
use crate::settings::Settings;

/// Of Bittensor's main network.
pub(crate) const FINNEY: &str = "wss://entrypoint-finney.opentensor.ai:443";

/// What every command takes that asks the chain.
#[derive(Args)]
pub(crate) struct NodeGiven {
    /// A node; of several the next is asked when one gives nothing
    /// [default: the config file's, else `wss://entrypoint-finney.opentensor.ai:443`]
    #[arg(long, env = "ANNALS_RPC", hide_env_values = true, value_name = "URL", value_delimiter = ',')]
    rpc: Vec<String>,
}

impl NodeGiven {
    /// Whether anybody named a node.
    pub(crate) fn is_given(&self, settings: &Settings) -> bool {
        !self.rpc.is_empty() || !settings.chain.rpc.is_empty()
    }

    /// One at least.
    pub(crate) fn urls(&self, settings: &Settings) -> Result<Vec<String>, Failure> {
        let urls = first_given(&self.rpc, &settings.chain.rpc, FINNEY);
        urls.iter().try_for_each(|url| check_url(url))?;
        Ok(urls)
    }
}

/// URLs of nodes as a flag has them, else the config file, else the default.
pub(crate) fn first_given(given: &[String], config: &[String], default: &str) -> Vec<String> {
    let told = if given.is_empty() { config } else { given };
    if told.is_empty() { vec![default.to_owned()] } else { told.to_vec() }
}

/// Nodes are asked over web sockets alone.
pub(crate) fn check_url(url: &str) -> Result<(), Failure> {
    if url.starts_with("ws://") || url.starts_with("wss://") {
        return Ok(());
    }
    Err(Failure::Usage(format!("a node's URL begins with ws:// or wss://, not as {:?}", node_name(url))))
}
