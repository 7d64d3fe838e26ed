//! `annals fixture serve-metrics`: recorded answers of metrics endpoints, served again.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use annals_stand_in::metrics::RecordedMetrics;

use crate::failure::Failure;
use crate::ready_file::write_ready_file;
use crate::stopping::stopped;
use crate::terminal;

/// Serve recorded answers of metrics endpoints
///
/// Each file NAME.txt in DIR is a body that a metrics endpoint gave. It is served at /NAME, and the first of them by
/// name at /metrics, too. Stop with Ctrl-C.
#[derive(clap::Args)]
#[command(after_help = "\
As:
  annals fixture serve-metrics fixtures/prometheus --listen 127.0.0.1:9100 &
  annals run --only metrics --target 127.0.0.1:9100 --allow-loopback --once")]
pub(crate) struct ServeMetrics {
    /// A folder with bodies, or one of them.
    dir: PathBuf,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9100")]
    listen: SocketAddr,
    /// Write the URL to this file as soon as the server answers.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

impl ServeMetrics {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let bodies =
            RecordedMetrics::read(&self.dir).map_err(|error| Failure::Unavailable(error.to_string()))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(self.serve(bodies))
    }

    async fn serve(&self, bodies: RecordedMetrics) -> Result<(), Failure> {
        let names: Vec<_> = bodies.names().map(|name| format!("/{name}")).collect();
        let served = bodies.serve(self.listen).await;
        let served = served.map_err(|error| Failure::Unavailable(format!("{}: {error}", self.listen)))?;
        let url = served.url();
        writeln!(terminal::out(), "serving {} at {url}, the first as /metrics, too", names.join(", "))?;
        terminal::out().flush()?;
        if let Some(file) = &self.ready_file {
            write_ready_file(file, &url)?;
        }
        stopped().await?;
        served.stop().await;
        Ok(())
    }
}
