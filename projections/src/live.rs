//! The projector: a thread that owns the fold and follows the watermark of a log.
//!
//! It needs no writer: beside a recorder it is told of each commit, in a process of its own it looks by itself.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use annals_log::{Clock, Event, LogIndex, ReadError, Reader, TreeSize};
use tokio::sync::watch;

use crate::projections::{ProjectionError, Projections};
use crate::snapshot::Snapshot;

/// A log that is far ahead is followed in steps of about so many entries: between two of them the projector can be
/// stopped.
const STEP: u64 = 100_000;

/// A log and its tables at one size, at which a commit ends. They stay as they are while both go on.
#[derive(Clone)]
pub struct View {
    /// The log at the size.
    pub reader: Arc<Reader>,
    /// The tables at the size.
    pub tables: Arc<Snapshot>,
}

/// The settings of a projector.
pub struct ProjectorOptions {
    /// The folder in which the tables are saved whenever they are settled; `None` saves nothing. Only who holds the log
    /// gives one.
    pub folder: Option<PathBuf>,
    /// So often it looks whether the log has grown, told or not.
    pub look_every: Duration,
    /// The number of entries by which the log has to grow until roots of its tables wait in [`Projector::roots`];
    /// `None` leaves that to [`Projector::settle`].
    pub entries_between_roots: Option<u64>,
    /// The clock that dates the roots.
    pub clock: Clock,
    /// Is called with what went wrong with the saved tables: they can be made again, so the projector goes on.
    pub on_trouble: Box<dyn Fn(&ProjectionError) + Send>,
}

/// A thread that keeps the tables of a log at its newest size.
pub struct Projector {
    orders: SyncSender<Order>,
    roots: Receiver<Vec<Event>>,
    views: watch::Receiver<Option<View>>,
    reached: Arc<AtomicU64>,
    thread: Option<JoinHandle<Result<(), ProjectionError>>>,
}

enum Order {
    /// The log may have grown.
    Look,
    /// Bring the tables to the newest size, and return their roots.
    Settle(SyncSender<Vec<Event>>),
    Stop,
}

/// The work of the thread, and all that it owns.
struct Work {
    reader: Reader,
    tables: Projections,
    options: ProjectorOptions,
    orders: Receiver<Order>,
    roots: SyncSender<Vec<Event>>,
    views: watch::Sender<Option<View>>,
    reached: Arc<AtomicU64>,
    /// The log's size when roots were last recorded.
    rooted_at: TreeSize,
    /// Whether what was settled last is saved.
    is_saved: bool,
}

impl Projector {
    /// Starts the thread, which calls `open` for the log and for tables of it, saved or new.
    pub fn start(
        options: ProjectorOptions,
        open: impl FnOnce() -> Result<(Reader, Projections), ReadError> + Send + 'static,
    ) -> Self {
        let (orders, to_do) = sync_channel(1);
        // Roots that nobody takes must not stop the fold: one set waits, the next is made when it is gone.
        let (roots_made, roots) = sync_channel(1);
        let (publish, views) = watch::channel(None);
        let reached = Arc::<AtomicU64>::default();
        let told = Arc::clone(&reached);
        let work = move || {
            let (reader, tables) = open()?;
            let (rooted_at, is_saved) = (reader.size(), tables.position() > TreeSize(0));
            let (orders, roots, views, reached) = (to_do, roots_made, publish, told);
            Work { reader, tables, options, orders, roots, views, reached, rooted_at, is_saved }.run()
        };
        let thread = std::thread::Builder::new().name("annals-projector".into()).spawn(work);
        let thread = thread.expect("the operating system starts a thread unless it is out of memory");
        Self { orders, roots, views, reached, thread: Some(thread) }
    }

    /// Tells it that the log may have grown. Does not wait.
    pub fn look(&self) {
        // A full channel holds an order already, before which it looks anyhow.
        let _ = self.orders.try_send(Order::Look);
    }

    /// Returns the size that the tables have come to, as it goes on.
    pub fn reached(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.reached)
    }

    /// Returns the newest view, and whatever follows it: the receiver can wait for the next. `None` until the tables
    /// have reached the end of the log. Views are made only while somebody receives them; when the projector has ended
    /// there are no more.
    pub fn views(&self) -> watch::Receiver<Option<View>> {
        let views = self.views.clone();
        self.look();
        views
    }

    /// Returns roots that are due and were not taken yet, to be appended to the log. Does not wait.
    ///
    /// # Errors
    /// The projector has ended: see [`ProjectionError`].
    pub fn roots(&mut self) -> Result<Option<Vec<Event>>, ProjectionError> {
        match self.roots.try_recv() {
            Ok(roots) => Ok(Some(roots)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => self.end().map(|()| None),
        }
    }

    /// Brings the tables to the newest size that is durable, saves them there, and returns the roots that the log does
    /// not have yet: once they are appended, whoever has not the log's key can use what is saved, too.
    ///
    /// # Errors
    /// The projector has ended: see [`ProjectionError`].
    pub fn settle(&mut self) -> Result<Vec<Event>, ProjectionError> {
        let (reply, settled) = sync_channel(1);
        if self.orders.send(Order::Settle(reply)).is_ok()
            && let Ok(roots) = settled.recv()
        {
            return Ok(roots);
        }
        self.end().map(|()| Vec::new())
    }

    /// Waits for the thread, which has ended or was told to.
    fn end(&mut self) -> Result<(), ProjectionError> {
        let Some(thread) = self.thread.take() else { return Ok(()) };
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Drop for Projector {
    /// Stops it at the next step. What was not saved is made again by the next who asks.
    fn drop(&mut self) {
        let _ = self.orders.send(Order::Stop);
        if let Some(thread) = self.thread.take() {
            // Whoever wants to know what became of it settles it.
            let _ = thread.join();
        }
    }
}

impl Work {
    fn run(mut self) -> Result<(), ProjectionError> {
        loop {
            let is_at_end = self.step()?;
            let order = match self.orders.try_recv() {
                // Only an idle projector waits; one that is behind looks whether it is told to stop.
                Err(TryRecvError::Empty) if is_at_end => {
                    match self.orders.recv_timeout(self.options.look_every) {
                        Err(RecvTimeoutError::Timeout) => Order::Look,
                        ordered => ordered.unwrap_or(Order::Stop),
                    }
                }
                Err(TryRecvError::Empty) => Order::Look,
                ordered => ordered.unwrap_or(Order::Stop),
            };
            match order {
                Order::Look => {}
                Order::Settle(reply) => {
                    while !self.step()? {}
                    // Nobody there is fine: the roots are due again.
                    let _ = reply.send(self.settled());
                }
                Order::Stop => return Ok(()),
            }
        }
    }

    /// Follows the log for about [`STEP`] entries. Returns whether the tables are at its end.
    fn step(&mut self) -> Result<bool, ProjectionError> {
        self.reader.advance()?;
        let (position, size) = (self.tables.position(), self.reader.size());
        if position == size {
            // Saved tables may stand here without an entry to fold.
            self.reached.store(position.0, Ordering::Relaxed);
            self.publish();
            return Ok(true);
        }
        let end = match position.0 + STEP {
            next if next < size.0 => self.reader.size_behind_commit_of(LogIndex(next))?,
            _ => size,
        };
        let told = |size: TreeSize| self.reached.store(size.0, Ordering::Relaxed);
        match self.tables.catch_up(&self.reader, end, told) {
            Err(error @ (ProjectionError::Disk(_) | ProjectionError::TakenBack(_))) => {
                (self.options.on_trouble)(&error);
                self.tables = Projections::new(None);
                return Ok(false);
            }
            caught_up => caught_up?,
        }
        if end < size {
            return Ok(false);
        }
        self.publish();
        self.hand_over_roots_if_due();
        Ok(true)
    }

    /// Makes a view, if somebody receives views and has not got this one.
    fn publish(&mut self) {
        let position = self.tables.position();
        // The projector keeps one receiver, to make others from.
        if self.views.receiver_count() < 2
            || self.views.borrow().as_ref().is_some_and(|view| view.tables.position == position)
        {
            return;
        }
        let reader = Arc::new(self.reader.clone());
        self.views.send_replace(Some(View { reader, tables: Arc::new(self.tables.snapshot()) }));
    }

    fn hand_over_roots_if_due(&mut self) {
        let size = self.tables.position();
        let is_due = |between: u64| size.0 >= self.rooted_at.0 + between;
        if self.options.entries_between_roots.is_some_and(is_due) {
            let roots = self.settled();
            if !roots.is_empty() {
                // Where the roots before these still wait, these are not missed: more are due later.
                let _ = self.roots.try_send(roots);
            }
        }
    }

    /// Saves the tables as they are, and returns the roots that the log does not have.
    fn settled(&mut self) -> Vec<Event> {
        self.rooted_at = self.tables.position();
        let roots = self.tables.state_events(self.options.clock.now_ms());
        let is_to_be_saved = !self.is_saved || !roots.is_empty();
        if is_to_be_saved && let Some(folder) = &self.options.folder {
            // Others may save at the same time; who holds the log tidies.
            match self.tables.save(folder, &self.reader, true) {
                Ok(()) => self.is_saved = true,
                Err(error) => (self.options.on_trouble)(&error.into()),
            }
        }
        roots
    }
}
