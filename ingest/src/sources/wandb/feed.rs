//! W&B's runs as a feed: poll after poll, without an end.

use std::sync::Arc;

use annals_log::SourceMemory;
use futures_util::future::BoxFuture;

use super::{Wandb, WandbPoller};
use crate::feed::{Feed, FeedError};
use crate::raw::Raw;
use crate::source::Source as _;

impl Feed for WandbPoller {
    fn source(&self) -> Option<&'static str> {
        Some(Wandb::NAME)
    }

    fn next(&mut self, memory: Arc<SourceMemory>) -> BoxFuture<'_, Result<Option<Raw>, FeedError>> {
        Box::pin(async move { Ok(Some(WandbPoller::next(self, &memory).await)) })
    }

    fn trouble(&self) -> Option<String> {
        let what = WandbPoller::trouble(self)?;
        Some(format!("W&B was asked for its runs, and the poll failed: {what}"))
    }
}
