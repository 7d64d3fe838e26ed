//! The end of the time that a query may take.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::error::QueryError;

/// When a query has to be over; never where there is no limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    limit: Option<Duration>,
    at: Option<Instant>,
}

impl Deadline {
    /// The time begins to run.
    pub(crate) fn of(limit: Option<Duration>) -> Self {
        Self { limit, at: limit.and_then(|limit| Instant::now().checked_add(limit)) }
    }

    /// Waits for `work` while there is time.
    ///
    /// # Errors
    /// `Time`.
    ///
    /// # Panics
    /// If there is a limit, outside of a tokio runtime with a clock.
    pub(crate) async fn hold<T>(&self, work: impl Future<Output = T>) -> Result<T, QueryError> {
        let (Some(limit), Some(at)) = (self.limit, self.at) else { return Ok(work.await) };
        timeout_at(at, work).await.map_err(|_| QueryError::Time { limit })
    }
}
