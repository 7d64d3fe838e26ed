//! The polls of a story: each answer is recorded at the story's time, not at the machine's.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use annals_ingest::{FeedError, Lag, News, Raw, Recorder};
use annals_log::SourceMemory;

use crate::failure::Failure;
use crate::following::Following;

/// Each answer comes this much later than the one before.
const ANSWER_MS: i64 = 100;

/// Records answers as if they had come at the times of the story.
pub(super) struct Polls<'a> {
    pub(super) following: Following<'a>,
    /// The clock of the story, in milliseconds since 1970 UTC.
    pub(super) now_ms: Arc<AtomicI64>,
}

/// The reason for which a poll ended early.
pub(super) enum Ended {
    /// W&B did not give what was asked for.
    Feed(FeedError),
    /// The answers could not be recorded.
    Recorder(Failure),
}

impl From<FeedError> for Ended {
    fn from(error: FeedError) -> Self {
        Self::Feed(error)
    }
}

impl Recorder for Polls<'_> {
    type Error = Ended;

    fn memory(&mut self, source: &str) -> Result<Arc<SourceMemory>, Ended> {
        self.following.memory(source).map_err(Ended::Recorder)
    }

    fn record(&mut self, mut raw: Raw) -> Result<Raw, Ended> {
        for exchange in &mut raw.exchanges {
            exchange.fetched_at_ms = self.now_ms.fetch_add(ANSWER_MS, Ordering::Relaxed) + ANSWER_MS;
        }
        self.following.record(raw).map_err(Ended::Recorder)
    }

    fn show(&mut self, source: &'static str, lag: Lag) {
        self.following.show(source, lag);
    }

    fn say(&mut self, news: &News<'_>) {
        self.following.say(news);
    }
}
