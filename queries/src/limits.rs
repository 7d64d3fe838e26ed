//! What the queries of a process may use, and how long a query may be.

use std::sync::Arc;
use std::time::Duration;

use datafusion::error::Result;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{GreedyMemoryPool, TrackConsumersPool};
use datafusion::execution::object_store::{
    DefaultObjectStoreRegistry, ObjectStoreRegistry as _, ObjectStoreUrl,
};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};

/// A longer query is refused: nested deep enough it would need more stack than there is.
pub(crate) const SQL_BYTES_MAX: usize = 64 << 10;
/// The largest users of memory are named when it runs out, at most this many.
const NAMED_CONSUMERS: std::num::NonZeroUsize = std::num::NonZeroUsize::new(3).expect("three is not zero");

/// Bounds of all queries that go through one gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For sorts, groups, joins and answers, of all queries that run at once; nothing is ever put on disk instead.
    /// What a function makes of one batch is not counted, nor what `block_time` keeps, so a server wants a limit of
    /// its process beside this one.
    pub memory_bytes: usize,
    /// An answer with more rows is cut, and says so.
    pub rows: Option<usize>,
    /// From the SQL to the last row, waiting for a place included, and whoever takes the rows, too.
    pub time: Option<Duration>,
    /// Queries that are planned or answered at once, at least one; others wait.
    pub places: usize,
}

impl Default for Limits {
    /// 512 MiB, any number of rows, any time, eight places: for a user at his own machine.
    fn default() -> Self {
        Self { memory_bytes: 512 << 20, rows: None, time: None, places: 8 }
    }
}

impl Limits {
    /// Memory up to the limit, no disk, and not one place that files could be read from.
    pub(crate) fn runtime(&self) -> Result<Arc<RuntimeEnv>> {
        let pool = TrackConsumersPool::new(GreedyMemoryPool::new(self.memory_bytes), NAMED_CONSUMERS);
        let stores = DefaultObjectStoreRegistry::new();
        stores.deregister_store(ObjectStoreUrl::local_filesystem().as_ref())?;
        RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(pool))
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
            .with_object_store_registry(Arc::new(stores))
            .build_arc()
    }
}
