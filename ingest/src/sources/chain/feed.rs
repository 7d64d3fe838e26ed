//! The chain as a feed: it follows nodes, and says what is wrong with them.

use std::sync::Arc;

use annals_log::SourceMemory;
use futures_util::future::BoxFuture;

use super::follow::{ChainFollower, FollowError, FollowOptions};
use super::name::NAME;
use crate::feed::{Feed, FeedError, Lag};
use crate::raw::Raw;

/// The chain, followed without an end or up to the head that the node had at first.
pub struct ChainFeed {
    follower: ChainFollower,
    /// The reason why a node gave no answer, as the last answers tell it; at the end, that the node lies behind.
    trouble: Option<String>,
}

impl ChainFeed {
    /// # Panics
    /// If there is no URL.
    pub fn new(options: FollowOptions) -> Self {
        Self { follower: ChainFollower::new(options), trouble: None }
    }

    /// Returns a sentence about a node whose head the log had passed before.
    fn lies_behind(&self, memory: &SourceMemory) -> Option<String> {
        let (head, height) = (self.follower.head()?, ChainFollower::recorded(memory)?);
        let node = self.follower.node();
        (head < height).then(|| {
            format!("{node} lies behind: its head is block {head}, and the log has come to block {height}")
        })
    }
}

impl Feed for ChainFeed {
    fn source(&self) -> Option<&'static str> {
        Some(NAME)
    }

    fn next(&mut self, memory: Arc<SourceMemory>) -> BoxFuture<'_, Result<Option<Raw>, FeedError>> {
        Box::pin(async move {
            let raw = self.follower.next(&memory).await?;
            if raw.is_none() {
                self.trouble = self.lies_behind(&memory);
            }
            Ok(raw)
        })
    }

    fn taken(&mut self, raw: &Raw, _: &SourceMemory) {
        self.trouble = ChainFollower::trouble_in(raw);
    }

    fn trouble(&self) -> Option<String> {
        self.trouble.clone()
    }

    fn lag(&self, memory: &SourceMemory) -> Option<Lag> {
        let (head, recorded) = (self.follower.head()?, ChainFollower::recorded(memory)?);
        Some(Lag { recorded, head })
    }
}

impl From<FollowError> for FeedError {
    fn from(error: FollowError) -> Self {
        match error {
            FollowError::BelowFirst { .. } => Self::Refused(error.into()),
            FollowError::AboveHead { .. } | FollowError::NoNode { .. } => Self::Unavailable(error.into()),
        }
    }
}
