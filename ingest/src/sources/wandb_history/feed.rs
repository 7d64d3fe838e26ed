//! What W&B's runs logged as a feed: it follows the polls of runs, and ends after the last of them.

use std::sync::Arc;

use annals_log::SourceMemory;
use futures_util::future::BoxFuture;

use super::{HistoryPoller, WandbHistory};
use crate::feed::{Feed, FeedError};
use crate::raw::Raw;
use crate::source::Source as _;

impl Feed for HistoryPoller {
    fn source(&self) -> Option<&'static str> {
        Some(WandbHistory::NAME)
    }

    fn next(&mut self, memory: Arc<SourceMemory>) -> BoxFuture<'_, Result<Option<Raw>, FeedError>> {
        Box::pin(async move {
            let raw = HistoryPoller::next(self, &memory).await;
            // Until the end, what was not had is asked for again after the next poll of runs.
            match HistoryPoller::trouble(self) {
                Some(what) if raw.is_none() => {
                    Err(FeedError::unavailable(format!("W&B did not give all rows: {what}")))
                }
                _ => Ok(raw),
            }
        })
    }
}
