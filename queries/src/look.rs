//! What a session looks at: a log, and its tables at the same size.

use std::fmt;
use std::sync::Arc;

use annals_log::{Lookups, Reader};
use annals_projections::Snapshot;

use crate::commit_times::CommitTimes;

/// A log and its tables at one size. They stay as they are while the log goes on.
#[derive(Clone)]
pub(crate) struct Look {
    pub(crate) reader: Arc<Reader>,
    pub(crate) tables: Arc<Snapshot>,
    /// When the log reached its sizes.
    pub(crate) times: Arc<CommitTimes>,
    /// The index of the log, in the process that holds it.
    pub(crate) lookups: Option<Lookups>,
}

/// Keeps the log out of debug texts.
impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "log at size {}", self.reader.size())
    }
}
