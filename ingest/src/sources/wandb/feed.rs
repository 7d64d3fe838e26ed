//! W&B's runs as a feed: poll after poll, without an end.

use std::sync::Arc;

use annals_log::SourceMemory;
use futures_util::future::BoxFuture;

use super::name::NAME;
use super::poller::WandbPoller;
use crate::feed::{Feed, FeedError};
use crate::raw::Raw;

impl Feed for WandbPoller {
    fn source(&self) -> Option<&'static str> {
        Some(NAME)
    }

    fn next(&mut self, memory: Arc<SourceMemory>) -> BoxFuture<'_, Result<Option<Raw>, FeedError>> {
        Box::pin(async move { Ok(Some(WandbPoller::next(self, &memory).await)) })
    }

    fn trouble(&self) -> Option<String> {
        let what = WandbPoller::trouble(self)?;
        Some(format!("W&B was asked for its runs, and the poll failed: {what}"))
    }
}
