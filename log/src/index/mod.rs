//! The index: where a payload, a commit of some time, or the entries of some name are, and the hashes of the tree, so
//! that nobody reads the whole log for one of them. It lies in `index/` and belongs to whoever holds the log.
//!
//! It is never evidence. It follows the segments in a thread of its own, behind what is durable, and no commit waits
//! for it; what it says counts only once the frame it points to says the same, and whoever meets a contradiction has
//! it made anew from the segments. It is kept from one holder to the next only if the last one stopped well.

mod bell;
mod contents;
mod cursor;
mod follow;
#[cfg(feature = "fuzzing")]
mod fuzzing;
mod lookups;
mod row;
mod shared;
mod stopped;
mod store;
mod tiles;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::attest::Attester;
use crate::disk::Disk;
use crate::fault::{Fault, Wrong};
use crate::hash::Hash;
use crate::place::{LogId, LogIndex, TreeSize};
use crate::read_error::ReadError;

use follow::Follower;
use shared::Shared;

pub(crate) use bell::IndexBell;
#[cfg(feature = "fuzzing")]
pub(crate) use fuzzing::{fuzz, fuzz_seeds};
pub use lookups::Lookups;
pub use row::Term;
pub(crate) use row::{CommitPlace, FramePlace};
pub use shared::IndexStanding;

/// Whether the holder of a log keeps its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Indexing {
    /// Kept in `index/` by a thread that follows when the log is quiet, and in a long import every few seconds.
    /// Letting go of the log waits until what it holds is on the disk, which takes milliseconds, and at the worst
    /// some 20 seconds.
    #[default]
    Following,
    /// Neither read nor written. What an index is asked for is then found by reading the log.
    Off,
}

/// The index of a log that is held to write. It stops with the log.
pub struct Index {
    shared: Arc<Shared>,
    follower: Option<JoinHandle<()>>,
}

impl Index {
    /// Begins to follow the log in `root`; what an earlier holder left is taken up if it was left well.
    pub(crate) fn follow(
        disk: &Arc<dyn Disk>,
        root: &Path,
        log_id: LogId,
        attester: Attester,
        durable: TreeSize,
    ) -> Self {
        let shared = Arc::new(Shared::new(durable));
        let follower = Follower::new(Arc::clone(disk), root, log_id, attester, Arc::clone(&shared));
        let thread = std::thread::Builder::new().name("annals-index".into()).spawn(move || follower.run());
        // A log is recorded without its index, too.
        let follower = thread.map_err(|error| shared.note_trouble(error.to_string(), true)).ok();
        Self { shared, follower }
    }

    pub(crate) fn bell(&self) -> IndexBell {
        IndexBell::of(&self.shared)
    }

    /// Returns a fault in the log itself, which the index reads from the first frame to the last. After one, nothing
    /// more may be appended.
    pub(crate) fn fault(&self) -> Option<Arc<Fault>> {
        self.shared.fault()
    }

    /// How far it has followed, and what befell it.
    pub fn standing(&self) -> IndexStanding {
        self.shared.standing()
    }

    /// Lets it follow without a pause until it stands where the log stood at this call. `false` when that took longer
    /// than `patience`, or it has given up.
    pub fn catch_up(&self, patience: Duration) -> bool {
        self.shared.catch_up(patience)
    }

    /// The frame that stores a payload, as far as the index knows.
    pub(crate) fn payload(&self, digest: Hash) -> Option<FramePlace> {
        self.shared.look(|store| store.view().payload(digest))
    }

    /// The last commit recorded at `at_ms` or before, and the one after it.
    pub(crate) fn commits_around(&self, at_ms: i64) -> Option<[Option<CommitPlace>; 2]> {
        self.shared.look(|store| store.view().commits_around(at_ms).map(Some))
    }

    /// The path from entry `index` to the root at `size`.
    pub(crate) fn path(&self, index: LogIndex, size: TreeSize) -> Option<Vec<Hash>> {
        self.shared.look(|store| tiles::path(&store.view(), index, size))
    }

    /// The entries of a term in `range`, in order, as far as the index has followed, which is the size that comes with
    /// them.
    pub(crate) fn entries(
        &self,
        term: Term<'_>,
        range: Range<LogIndex>,
    ) -> Option<(Vec<LogIndex>, TreeSize)> {
        self.lookups().entries(term, range)
    }

    /// Returns a way to look things up from other threads.
    pub fn lookups(&self) -> Lookups {
        Lookups::of(&self.shared)
    }

    /// What it pointed to was not to be had. Only when something else stands there does that speak against the index: a
    /// log that cannot be read is told of by whoever reads it.
    pub(crate) fn doubt(&self, error: &ReadError, why: &str) {
        if let ReadError::Fault(Fault { what: Wrong::NotThis(_), .. }) = error {
            self.mistrust(why);
        }
    }

    /// What it said is not what the log says: it is made anew.
    pub(crate) fn mistrust(&self, why: &str) {
        self.shared.mistrust(why.to_owned());
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Index {
    /// Lets go of it, closed well if it may be. Nothing is looked up any more.
    pub(crate) fn stop(&mut self) {
        self.shared.stop();
        if let Some(thread) = self.follower.take() {
            // It holds nothing but what can be made again.
            let _ = thread.join();
        }
    }
}
