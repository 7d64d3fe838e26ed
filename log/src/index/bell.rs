//! How the committing thread tells the index what is durable.

use std::sync::Arc;

use super::shared::Shared;
use crate::place::TreeSize;

/// A way to the index that knows nothing else of it.
#[derive(Clone)]
pub(crate) struct IndexBell(Arc<Shared>);

impl IndexBell {
    pub(super) fn of(shared: &Arc<Shared>) -> Self {
        Self(Arc::clone(shared))
    }

    /// The log is durable up to `size`.
    pub(crate) fn ring(&self, size: TreeSize) {
        self.0.durable(size);
    }
}
