//! `annals fixture serve-wandb`: recorded answers of W&B, served as its server.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annals_ingest::outward::publish::Project;
use annals_log::{Clock, told_time_ms, utc_text};
use annals_stand_in::wandb::{Moment, RecordedWandb, RecordingError, serve, too_many};
use walkdir::WalkDir;

use crate::failure::Failure;
use crate::inputs::cassettes_of;
use crate::ready_file::write_ready_file;
use crate::stopping::stopped;
use crate::terminal;
use crate::wandb::{PROJECT, project_of};

/// Serve recorded answers of W&B as its server
///
/// The cassettes in DIR are polls of runs, and pages and files of their history; a file RUN.parquet beside them is
/// served as exported rows of that run. Readers page through the runs as they stood behind the last poll; writers may
/// begin runs and log to them, which is forgotten when the server stops. Any API key will do. Stop with Ctrl-C.
///
/// With --empty there is a project without a run, for writers to begin with. A scenario is made without them by
/// `annals fixture new`.
#[derive(clap::Args)]
#[command(after_help = "\
As:
  annals fixture serve-wandb fixtures/sn27-day --listen 127.0.0.1:8080 &
  WANDB_BASE_URL=http://127.0.0.1:8080 python my_reader.py

  annals fixture serve-wandb --empty --listen 127.0.0.1:8080 &
  WANDB_BASE_URL=http://127.0.0.1:8080 python my_writer.py")]
pub(crate) struct ServeWandb {
    /// A folder with cassettes of W&B, or one of them.
    #[arg(required_unless_present = "empty")]
    dir: Option<PathBuf>,
    /// Serve a project without a run.
    #[arg(long, value_name = "ENTITY/PROJECT", num_args = 0..=1, require_equals = true, default_missing_value = PROJECT,
        conflicts_with_all = ["dir", "at", "advance"])]
    empty: Option<String>,
    /// Serve the runs as they stood behind the last poll up to this time: RFC 3339, or milliseconds since 1970.
    #[arg(long, value_name = "TIME", conflicts_with = "advance", value_parser = time)]
    at: Option<i64>,
    /// Answer each request for a first page of runs from the next poll, beginning with the first; one that is refused
    /// moves nothing.
    #[arg(long)]
    advance: bool,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Write the URL to this file as soon as the server answers.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Answer the first so many GraphQL requests with HTTP 429, to be sent again in a second.
    #[arg(long, value_name = "REQUESTS", default_value_t = 0)]
    too_many: u64,
}

fn time(text: &str) -> Result<i64, String> {
    let ms = text.parse().ok().or_else(|| told_time_ms(text));
    ms.ok_or_else(|| "no time as 2026-03-14T09:00:00Z, and no number of milliseconds".to_owned())
}

impl ServeWandb {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let wandb = self.wandb()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(self.serve(Arc::new(wandb)))
    }

    fn wandb(&self) -> Result<RecordedWandb, Failure> {
        match (&self.dir, &self.empty) {
            (_, Some(project)) => {
                let Project { entity, name } = project_of(project)?;
                Ok(RecordedWandb::empty(&entity, &name, Clock::System))
            }
            (Some(dir), None) => self.recorded(dir),
            (None, None) => unreachable!("one of both is required"),
        }
    }

    fn recorded(&self, dir: &Path) -> Result<RecordedWandb, Failure> {
        let cassettes = cassettes_of(dir)?;
        let moment = match (self.at, self.advance) {
            (Some(at_ms), _) => Moment::At(at_ms),
            (None, true) => Moment::Advance,
            (None, false) => Moment::Last,
        };
        let refused = |error: RecordingError| Failure::Unavailable(format!("{}: {error}", dir.display()));
        let wandb = RecordedWandb::read(cassettes.iter().map(PathBuf::as_path), moment).map_err(refused)?;
        for file in WalkDir::new(dir).sort_by_file_name() {
            let file = file.map_err(|error| Failure::Unavailable(error.to_string()))?;
            if file.path().extension().is_some_and(|extension| extension == "parquet") {
                wandb.export(file.path()).map_err(refused)?;
            }
        }
        Ok(wandb)
    }

    async fn serve(&self, wandb: Arc<RecordedWandb>) -> Result<(), Failure> {
        let (polls, runs, served_ms) = (wandb.polls(), wandb.runs(), wandb.served_ms());
        let server = serve(self.listen, wandb, too_many(self.too_many)).await;
        let server = server.map_err(|error| Failure::Unavailable(format!("{}: {error}", self.listen)))?;
        let url = server.url();
        let what = match &self.empty {
            Some(project) => format!("{project}, without a run"),
            None => format!("{runs} runs of {}, one of {polls} polls", utc_text(served_ms)),
        };
        writeln!(terminal::out(), "serving {what}, at {url}")?;
        terminal::out().flush()?;
        if let Some(file) = &self.ready_file {
            write_ready_file(file, &url)?;
        }
        stopped().await?;
        server.stop().await;
        Ok(())
    }
}
