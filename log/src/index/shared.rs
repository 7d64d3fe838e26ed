//! What the log's threads and the index's own thread share: how far each has come, and the open store.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::store::{Store, StoreError};
use crate::fault::Fault;
use crate::place::TreeSize;

/// The index follows when nothing was committed for so long: recording goes first.
const QUIET: Duration = Duration::from_millis(100);
/// But no later than so long after it fell behind.
const LAG_MAX: Duration = Duration::from_secs(5);
/// With nothing to follow it is woken when something comes.
const IDLE: Duration = Duration::from_secs(3600);

/// How an index stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexStanding {
    /// The entries below are in it.
    pub position: TreeSize,
    /// How often it was made anew since the log was opened, damage or an unclean stop found at open included.
    pub made_anew: u32,
    /// What was wrong the last time; with [`IndexStanding::given_up`], why it is not kept any more.
    pub trouble: Option<String>,
    /// Nothing is looked up any more until the log is opened again.
    pub given_up: bool,
}

pub(super) struct Shared {
    progress: Mutex<Progress>,
    changed: Condvar,
    /// `None` while the index is being opened or made anew.
    store: RwLock<Option<Store>>,
}

struct Progress {
    durable: TreeSize,
    /// Of the last commit.
    moved: Instant,
    /// Since when there is something to follow.
    behind_since: Option<Instant>,
    /// So many wait for it.
    hurry: usize,
    stopping: bool,
    /// Why the store is not to be believed any more.
    mistrusted: Option<String>,
    /// What is wrong with the log itself.
    fault: Option<Arc<Fault>>,
    standing: IndexStanding,
}

impl Shared {
    pub(super) fn new(durable: TreeSize) -> Self {
        let standing = IndexStanding { position: TreeSize(0), made_anew: 0, trouble: None, given_up: false };
        let progress = Progress {
            durable,
            moved: Instant::now(),
            behind_since: Some(Instant::now()),
            hurry: 0,
            stopping: false,
            mistrusted: None,
            fault: None,
            standing,
        };
        Self { progress: Mutex::new(progress), changed: Condvar::new(), store: RwLock::new(None) }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.progress());
        self.changed.notify_all();
    }

    pub(super) fn standing(&self) -> IndexStanding {
        self.progress().standing.clone()
    }

    /// The log's side: what was found wrong with it.
    pub(super) fn fault(&self) -> Option<Arc<Fault>> {
        self.progress().fault.clone()
    }

    /// The follower's side: the log itself is not what it was.
    pub(super) fn note_fault(&self, fault: Fault) {
        let trouble = fault.to_string();
        // First, so that nobody who hears that it was given up misses why.
        self.change(|progress| progress.fault = Some(Arc::new(fault)));
        self.note_trouble(trouble, true);
    }

    /// The log's side: it is durable up to `size`.
    pub(super) fn durable(&self, size: TreeSize) {
        let mut progress = self.progress();
        progress.durable = size;
        progress.moved = Instant::now();
        // Once there is something to follow, the follower looks at the clock by itself.
        if progress.behind_since.is_none() {
            progress.behind_since = Some(progress.moved);
            self.changed.notify_all();
        }
    }

    /// The log's side: no more is coming.
    pub(super) fn stop(&self) {
        self.change(|progress| progress.stopping = true);
    }

    pub(super) fn mistrust(&self, why: String) {
        self.change(|progress| progress.mistrusted = Some(why));
    }

    /// See [`super::Index::catch_up`].
    pub(super) fn catch_up(&self, patience: Duration) -> bool {
        let begun = Instant::now();
        let target = self.progress().durable;
        self.change(|progress| progress.hurry += 1);
        let mut progress = self.progress();
        while progress.standing.position < target && !progress.standing.given_up {
            let left = patience.saturating_sub(begun.elapsed());
            if left.is_zero() {
                break;
            }
            progress = self.changed.wait_timeout(progress, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        progress.hurry -= 1;
        progress.standing.position >= target
    }

    /// What `look` finds in the store. `None` when it finds nothing, when there is no store just now, and when the
    /// store fails: then it is made anew.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Store) -> Result<Option<T>, StoreError>) -> Option<T> {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        look(store.as_ref()?).unwrap_or_else(|error| {
            self.mistrust(error.to_string());
            None
        })
    }

    /// The follower's side: what `act` does with the store that was put here.
    pub(super) fn with_store<T>(
        &self,
        act: impl FnOnce(&Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        act(store.as_ref().expect("the follower takes its store away only when it has ended"))
    }

    /// The follower's side: the store may be looked into, or may not any more. Waits for those who look.
    pub(super) fn put_store(&self, store: Option<Store>) -> Option<Store> {
        std::mem::replace(&mut *self.store.write().unwrap_or_else(PoisonError::into_inner), store)
    }

    /// The follower's side: waits until there is something to follow, and returns up to where; `None` when it is time
    /// to stop.
    ///
    /// # Errors
    /// The store is not to be believed, or not any more.
    pub(super) fn next_target(&self, position: TreeSize) -> Result<Option<TreeSize>, StoreError> {
        let mut progress = self.progress();
        if position > progress.durable {
            return Err(StoreError::Astray("the log is shorter"));
        }
        progress.standing.position = position;
        progress.behind_since = (progress.durable > position).then(Instant::now);
        self.changed.notify_all();
        loop {
            if let Some(why) = progress.mistrusted.take() {
                return Err(StoreError::Mistrusted(why));
            }
            if progress.stopping {
                return Ok(None);
            }
            if progress.is_due() {
                return Ok(Some(progress.durable));
            }
            // Idle, until somebody says that something came; else until it may be quiet enough.
            let patience = if progress.behind_since.is_some() { QUIET } else { IDLE };
            progress =
                self.changed.wait_timeout(progress, patience).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The follower's side, in the middle of its work: whether to leave it.
    pub(super) fn is_called_off(&self) -> bool {
        let progress = self.progress();
        progress.stopping || progress.mistrusted.is_some()
    }

    /// The follower's side: whether the log is being let go of.
    pub(super) fn is_stopping(&self) -> bool {
        self.progress().stopping
    }

    /// The follower's side: the index is made anew, or given up.
    pub(super) fn note_trouble(&self, trouble: String, given_up: bool) {
        self.change(|progress| {
            let standing = &mut progress.standing;
            standing.position = TreeSize(0);
            standing.made_anew += u32::from(!given_up);
            (standing.trouble, standing.given_up) = (Some(trouble), given_up);
            progress.mistrusted = None;
            progress.behind_since.get_or_insert_with(Instant::now);
        });
    }
}

impl Progress {
    fn is_due(&self) -> bool {
        self.behind_since.is_some_and(|since| {
            self.hurry > 0 || self.moved.elapsed() >= QUIET || since.elapsed() >= LAG_MAX
        })
    }
}
