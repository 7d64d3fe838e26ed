//! The seam between the recorder and its sources: a feed brings raw answers, of a live source and of a recording alike.

use std::error::Error;
use std::sync::Arc;

use annals_log::SourceMemory;
use futures_util::future::BoxFuture;

use crate::raw::Raw;

/// A source that is asked again and again, or a recording that is read to its end.
pub trait Feed: Send {
    /// The source whose memory [`Feed::next`] is shown, by its name in entries; `None` for a recording of several
    /// sources, which depends on no memory.
    fn source(&self) -> Option<&'static str>;

    /// Returns the next answers after what the log remembers of the source, or `None` when there will be none. Waits
    /// until it has some. A request that failed is an [`crate::Outcome::Failed`] among the answers, not an error.
    /// Dropping the future loses nothing: the next call goes on from the log.
    ///
    /// A feed that shares its source with others drops the memory before it waits, see
    /// [`annals_log::Log::hold_memory`].
    ///
    /// # Errors
    /// [`FeedError`]. The caller may ask again: the feed then goes on from the log.
    fn next(&mut self, memory: Arc<SourceMemory>) -> BoxFuture<'_, Result<Option<Raw>, FeedError>>;

    /// Tells the feed that these answers of its are in the log, and what the log remembers now.
    fn taken(&mut self, _: &Raw, _: &SourceMemory) {}

    /// Why the last poll, or the last answers, were of no use, as a line for people; `None` while all is well.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// How far the log has come in what the source has, if that can be counted.
    fn lag(&self, _: &SourceMemory) -> Option<Lag> {
        None
    }
}

/// How far the log has come in what a source has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lag {
    /// The last place that is recorded.
    pub recorded: u64,
    /// The last place that the source has.
    pub head: u64,
}

/// Why a feed brings nothing. The cause is an error of its own source, which the feeds of others know nothing about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// The feed can never give what it was asked for: asking again is of no use.
    #[error(transparent)]
    Refused(Box<dyn Error + Send + Sync>),
    /// It cannot be had now.
    #[error(transparent)]
    Unavailable(Box<dyn Error + Send + Sync>),
}

impl FeedError {
    /// `Unavailable`, for this reason.
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(cause.into())
    }
}
