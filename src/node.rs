//! Which node of the chain is asked: a flag, else `ANNALS_RPC`, else the config file, else Bittensor's own entrypoint.

use annals_ingest::sources::node_name;
use clap::Args;

use crate::failure::Failure;
use crate::settings::Settings;
use crate::terminal::printable;

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
        urls.iter().try_for_each(|url| check_url("--rpc", url))?;
        Ok(urls)
    }
}

/// URLs of nodes as a flag has them, else the config file, else the default.
pub(crate) fn first_given(given: &[String], config: &[String], default: &str) -> Vec<String> {
    let told = if given.is_empty() { config } else { given };
    if told.is_empty() { vec![default.to_owned()] } else { told.to_vec() }
}

/// Nodes are asked over web sockets alone. A URL that `flag` has, or the config file in its place, is shown without its
/// path, where a key may stand.
pub(crate) fn check_url(flag: &str, url: &str) -> Result<(), Failure> {
    let is_begun = |scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty());
    if is_begun("ws://") || is_begun("wss://") {
        return Ok(());
    }
    let shown = match url.contains("://") {
        true => node_name(url),
        // As it is with a scheme before it.
        false => node_name(&format!("://{url}")).split_off("://".len()),
    };
    let shown = printable(&shown);
    Err(Failure::Usage(format!("{flag} {shown}: a node's URL begins with ws:// or wss://")))
}

#[cfg(test)]
mod tests {
    use super::check_url;

    #[test]
    fn a_url_of_no_node_is_named_without_a_key_that_may_be_in_it() {
        for url in ["ws://127.0.0.1:9944", "wss://node.example/KEY"] {
            assert!(check_url("--rpc", url).is_ok(), "{url}");
        }
        let refused = [
            ("banana", "banana"),
            ("https://node.example/KEY", "https://node.example"),
            ("https://me:KEY@node.example", "https://node.example"),
            ("node.example:443/KEY?KEY", "node.example:443"),
            ("me:KEY@node.example", "node.example"),
            ("ws://", "ws://"),
        ];
        for (url, shown) in refused {
            let why = format!("--rpc {shown}: a node's URL begins with ws:// or wss://");
            assert_eq!(check_url("--rpc", url).unwrap_err().to_string(), why);
        }
    }
}
