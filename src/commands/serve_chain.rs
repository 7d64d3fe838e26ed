//! `annals fixture serve-chain`: recorded answers of a chain, served as a node.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use annals_stand_in::chain::{ChainServer, RecordedChain};

use crate::failure::Failure;
use crate::inputs::cassettes_of;
use crate::ready_file::write_ready_file;
use crate::stopping::stopped;
use crate::terminal::{self, say};

/// Serve recorded answers of a chain as a node
///
/// The cassettes in DIR are what `annals run --keep-answers` wrote. What was not recorded is answered with an error
/// that says so. Stop with Ctrl-C.
#[derive(clap::Args)]
#[command(after_help = "\
As:
  annals fixture serve-chain fixtures/chain-ladder --listen 127.0.0.1:9944 &
  annals run --only chain --rpc ws://127.0.0.1:9944 --until-head")]
pub(crate) struct ServeChain {
    /// A folder with cassettes of a chain, or one of them.
    dir: PathBuf,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9944")]
    listen: SocketAddr,
    /// Write the URL to this file as soon as the node answers.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Begin with the first block, and announce another one every so many milliseconds; else all of them are there at
    /// once.
    #[arg(long, value_name = "MS")]
    every: Option<u64>,
}

impl ServeChain {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let cassettes = cassettes_of(&self.dir)?;
        let chain = RecordedChain::read(cassettes.iter().map(PathBuf::as_path));
        let chain =
            chain.map_err(|error| Failure::Unavailable(format!("{}: {error}", self.dir.display())))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(self.serve(Arc::new(chain)))
    }

    async fn serve(&self, chain: Arc<RecordedChain>) -> Result<(), Failure> {
        let heights: Vec<u64> = chain.heights().collect();
        let (first, last) = (heights[0], heights[heights.len() - 1]);
        if self.every.is_some() {
            chain.set_head(first);
        }
        let server = ChainServer::start(self.listen, Arc::clone(&chain) as _).await;
        let server = server.map_err(|error| Failure::Unavailable(format!("{}: {error}", self.listen)))?;
        let url = server.url();
        writeln!(terminal::out(), "serving blocks {first} to {last} at {url}")?;
        terminal::out().flush()?;
        if let Some(file) = &self.ready_file {
            write_ready_file(file, &url)?;
        }
        tokio::select! {
            () = self.announce(&chain, &heights) => {}
            ended = stopped() => ended?,
        }
        server.stop().await;
        Ok(())
    }

    /// Moves the head, and then waits for ever.
    async fn announce(&self, chain: &RecordedChain, heights: &[u64]) {
        if let Some(every) = self.every {
            for &height in &heights[1..] {
                tokio::time::sleep(Duration::from_millis(every)).await;
                chain.set_head(height);
                say(&format!("block {height} is final"));
            }
        }
        std::future::pending::<()>().await;
    }
}
