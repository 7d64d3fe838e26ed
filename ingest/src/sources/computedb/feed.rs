//! A database as a feed: it is polled at a steady pace.

use std::sync::Arc;
use std::time::{Duration, Instant};

use annals_log::SourceMemory;
use futures_util::future::BoxFuture;

use super::{ComputeDb, ComputeDbFile};
use crate::feed::{Feed, FeedError};
use crate::raw::{Outcome, Raw};
use crate::source::Source as _;

/// A database, polled without an end.
pub struct ComputeDbFeed {
    file: ComputeDbFile,
    /// From the beginning of a poll to that of the next.
    every: Duration,
    polled_at: Option<Instant>,
    /// Why the last poll failed, if it did.
    trouble: Option<String>,
}

impl ComputeDbFeed {
    /// Polls `file` at once, and then every so often.
    pub fn new(file: ComputeDbFile, every: Duration) -> Self {
        Self { file, every, polled_at: None, trouble: None }
    }
}

impl Feed for ComputeDbFeed {
    fn source(&self) -> Option<&'static str> {
        Some(ComputeDb::NAME)
    }

    fn next(&mut self, memory: Arc<SourceMemory>) -> BoxFuture<'_, Result<Option<Raw>, FeedError>> {
        // A poll reads the file whole, whatever the log has of it, and other databases are of this source, too.
        drop(memory);
        Box::pin(async move {
            if let Some(polled_at) = self.polled_at {
                tokio::time::sleep_until((polled_at + self.every).into()).await;
            }
            let polled_at = Instant::now();
            let raw = self.file.next().await;
            tracing::debug!(database = self.file.name(), took = ?polled_at.elapsed(), "a database was polled");
            self.polled_at = Some(polled_at);
            Ok(Some(raw))
        })
    }

    fn taken(&mut self, raw: &Raw, _: &SourceMemory) {
        let failed = raw.exchanges.iter().find_map(|exchange| match &exchange.outcome {
            Outcome::Failed(why) => Some(why),
            Outcome::Answer(_) => None,
        });
        let (name, path) = (self.file.name(), self.file.path().display());
        self.trouble = failed.map(|why| format!("database {name}, {path}: {why}"));
    }

    fn trouble(&self) -> Option<String> {
        self.trouble.clone()
    }
}
