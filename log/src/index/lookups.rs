//! Finding entries from other threads of the process that holds the log.

use std::ops::Range;
use std::sync::Arc;

use super::row::Term;
use super::shared::Shared;
use crate::place::{LogIndex, TreeSize};

/// Finds entries by the index of the log that this process holds; any number of threads may ask, also when the log was
/// let go of, and are told nothing then.
#[derive(Clone)]
pub struct Lookups {
    shared: Arc<Shared>,
}

impl Lookups {
    pub(super) fn of(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared) }
    }

    /// The entries of a term in `range`, in order, as far as the index has followed, which is the size that comes with
    /// them.
    pub(crate) fn entries(
        &self,
        term: Term<'_>,
        range: Range<LogIndex>,
    ) -> Option<(Vec<LogIndex>, TreeSize)> {
        self.shared.look(|store| {
            let view = store.view();
            Ok(Some((view.entries(term, range)?, view.position()?)))
        })
    }
}
