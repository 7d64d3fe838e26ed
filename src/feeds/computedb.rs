//! Validators' databases, as `annals run` follows them.

use std::time::{Duration, Instant};

use annals_ingest::sources::ComputeDbFile;
use annals_ingest::{Outcome, Raw};

use super::Feed;
use crate::failure::Failure;
use crate::terminal::say;
use crate::wandb::SECONDS_MAX;

/// How databases are followed.
#[derive(clap::Args)]
pub(crate) struct ComputeDbArgs {
    /// A validator's own database, polled beside the rest: it is read from a copy, and its owner never waits. NAME is
    /// what its rows are told under [default: the file's name without its ending]
    #[arg(long, value_name = "[NAME=]FILE")]
    computedb: Vec<String>,
    /// Seconds from one look at a database to the next; upstream keeps four rows a miner in `pog_stats`, and deletes
    /// the rest
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=SECONDS_MAX))]
    computedb_every: u64,
}

/// A database, polled for ever or once.
pub(crate) struct ComputeDbFeed {
    file: ComputeDbFile,
    every: Duration,
    is_once: bool,
    polled_at: Option<Instant>,
    /// Why the last poll failed, if it did.
    trouble: Option<String>,
}

impl ComputeDbArgs {
    /// Whether any was named.
    pub(crate) fn is_given(&self) -> bool {
        !self.computedb.is_empty()
    }

    /// A feed for each.
    ///
    /// # Errors
    /// `Usage`: a name is none, or there twice.
    pub(crate) fn feeds(&self, is_once: bool) -> Result<Vec<Feed>, Failure> {
        let mut names: Vec<String> = Vec::new();
        let feed = |given: &String| {
            let file = ComputeDbFile::given(given).map_err(|error| Failure::Usage(error.to_string()))?;
            if names.iter().any(|name| name == file.name()) {
                let name = file.name();
                return Err(Failure::Usage(format!(
                    "two databases are called {name}: NAME=FILE tells them apart"
                )));
            }
            names.push(file.name().to_owned());
            let every = Duration::from_secs(self.computedb_every);
            Ok(Feed::ComputeDb(Box::new(ComputeDbFeed {
                file,
                every,
                is_once,
                polled_at: None,
                trouble: None,
            })))
        };
        self.computedb.iter().map(feed).collect()
    }
}

impl ComputeDbFeed {
    pub(crate) async fn next(&mut self) -> Result<Option<Raw>, Failure> {
        if let Some(polled_at) = self.polled_at {
            match (&self.trouble, self.is_once) {
                (Some(what), true) => return Err(Failure::Unavailable(what.clone())),
                (None, true) => return Ok(None),
                (_, false) => tokio::time::sleep_until((polled_at + self.every).into()).await,
            }
        }
        self.polled_at = Some(Instant::now());
        Ok(Some(self.file.next().await))
    }

    /// A database that stays unreadable is told of once.
    pub(crate) fn taken(&mut self, raw: &Raw) {
        let failed = raw.exchanges.iter().find_map(|exchange| match &exchange.outcome {
            Outcome::Failed(why) => Some(why),
            Outcome::Answer(_) => None,
        });
        let trouble =
            failed.map(|why| format!("database {}, {}: {why}", self.file.name(), self.file.path().display()));
        if let Some(what) =
            trouble.as_ref().filter(|what| self.trouble.as_ref() != Some(what) && !self.is_once)
        {
            say(what);
        }
        self.trouble = trouble;
    }
}
