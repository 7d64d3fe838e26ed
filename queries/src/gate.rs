//! The gate: what all queries of a process share, and how much of it they may use.

use std::sync::Arc;

use datafusion::execution::runtime_env::RuntimeEnv;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::Limits;

/// Memory and places for queries. A process has one, and every session that it opens goes through it: a limit of each
/// session would be none where clients open sessions as they like.
pub struct Gate {
    limits: Limits,
    runtime: Arc<RuntimeEnv>,
    places: Arc<Semaphore>,
}

impl Gate {
    /// Makes a gate with these limits.
    pub fn new(limits: Limits) -> Arc<Self> {
        let runtime = limits.runtime().expect("a runtime without files and disk needs memory only");
        let places = Arc::new(Semaphore::new(limits.places.clamp(1, Semaphore::MAX_PERMITS)));
        Arc::new(Self { limits, runtime, places })
    }

    /// Returns the limits that it was made with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Returns how many bytes the queries that run now have reserved of [`Limits::memory_bytes`].
    pub fn reserved_bytes(&self) -> usize {
        self.runtime.memory_pool.reserved()
    }

    /// Returns how many queries could begin now without waiting.
    pub fn free_places(&self) -> usize {
        self.places.available_permits()
    }

    pub(crate) fn runtime(&self) -> Arc<RuntimeEnv> {
        Arc::clone(&self.runtime)
    }

    /// Waits for a place, in the order of those who ask; it is free again when it is dropped.
    pub(crate) async fn enter(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.places).acquire_owned().await.expect("places are never closed")
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("limits", &self.limits).finish_non_exhaustive()
    }
}
