//! The node, in a process of its own.

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use annals_stand_in::chain::ChainServer;

use super::synthetic::Synthetic;
use crate::server::Server;

/// Blocks of the chain to serve, and perhaps milliseconds between two of them.
const ASKED: &str = "ANNALS_BENCH_SERVES";

/// What to serve.
pub(crate) struct Serves {
    pub(crate) blocks: u64,
    /// Begin with the first, and announce another one every so often.
    pub(crate) every: Option<Duration>,
}

/// Starts a node of a chain of so many blocks, which serves until it is dropped.
pub(crate) fn start(blocks: u64, every: Option<Duration>) -> Server {
    let every_ms = every.map_or(0, |every| every.as_millis());
    Server::start(ASKED, &format!("{blocks} {every_ms}"))
}

/// What this process is to serve, if it is the node.
pub(crate) fn asked_for() -> Option<Serves> {
    let asked = std::env::var(ASKED).ok()?;
    let (blocks, every_ms) = asked.split_once(' ')?;
    let every = Duration::from_millis(every_ms.parse().ok()?);
    Some(Serves { blocks: blocks.parse().ok()?, every: Some(every).filter(|every| !every.is_zero()) })
}

/// Serves until standard input ends, which is when the bench does.
pub(crate) fn serve(Serves { blocks, every }: Serves) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("there is memory").block_on(async {
        let chain = Arc::new(Synthetic::of(blocks));
        if every.is_some() {
            chain.set_head(1);
        }
        let server = ChainServer::start((Ipv4Addr::LOCALHOST, 0).into(), Arc::clone(&chain) as _).await;
        let server = server.expect("a port is free");
        say(&server.url());
        if let Some(every) = every {
            for number in 2..=blocks {
                tokio::time::sleep(every).await;
                chain.set_head(number);
                let since =
                    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is after 1970");
                say(&format!("{number} {}", since.as_micros()));
            }
        }
        let ended =
            tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
        let _ = ended.await;
    });
}

fn say(line: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("the bench reads");
}
