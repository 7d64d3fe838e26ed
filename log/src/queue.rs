//! The way to the committer. A commit that nothing else is under way with is made durable by whoever appends it: waking
//! another thread and being woken by it takes longer than a fast disk. Else a thread does it; while that waits for the
//! disk, the next frames are composed.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use crate::commit::{Appended, Committer, Job};
use crate::compose::Composed;
use crate::group::GROUP_MAX;

/// Of the writer, who alone puts something in.
pub(crate) struct CommitQueue {
    shared: Arc<Shared>,
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<Result<(), Arc<io::Error>>>>,
}

/// What will become of a commit.
pub(crate) type Reply = Receiver<Result<Appended, Arc<io::Error>>>;

struct Shared {
    committer: Mutex<Committer>,
    /// Commits that were queued and are not durable yet. It stays above zero after an error.
    under_way: AtomicUsize,
}

impl CommitQueue {
    pub(crate) fn start(committer: Committer) -> Self {
        let shared = Arc::new(Shared { committer: Mutex::new(committer), under_way: AtomicUsize::new(0) });
        let (jobs, queue) = std::sync::mpsc::sync_channel(GROUP_MAX);
        let thread = std::thread::Builder::new()
            .name("annals-commit".into())
            .spawn({
                let shared = Arc::clone(&shared);
                move || shared.run(&queue)
            })
            .expect("the operating system starts a thread unless it is out of memory");
        Self { shared, jobs: Some(jobs), thread: Some(thread) }
    }

    /// Hands a commit to the thread; waits only when four others are there already.
    pub(crate) fn push(&mut self, composed: Composed) -> Reply {
        let (reply, receive) = std::sync::mpsc::channel();
        self.shared.under_way.fetch_add(1, Ordering::Relaxed);
        let jobs = self.jobs.as_ref().expect("the queue is open as long as the log is");
        jobs.send(Job { composed, reply })
            .expect("the committing thread listens as long as the queue is open");
        receive
    }

    /// Commits here if nothing is under way, else behind what is.
    pub(crate) fn commit(&mut self, composed: Composed) -> Reply {
        // Nobody else pushes, so what is zero stays zero; `Acquire`, for it was the thread that made it so.
        if self.shared.under_way.load(Ordering::Acquire) > 0 {
            return self.push(composed);
        }
        let (reply, receive) = std::sync::mpsc::channel();
        // Whoever waits gets the error, too.
        let _ = self.shared.committer().commit(vec![Job { composed, reply }]);
        receive
    }

    /// Waits for all that is queued and makes the watermark durable, in both its slots.
    ///
    /// # Errors
    /// The first of the disk.
    pub(crate) fn stop(&mut self) -> Result<(), Arc<io::Error>> {
        drop(self.jobs.take());
        self.thread.take().map_or(Ok(()), |thread| {
            thread.join().expect("the committing thread returns its errors and does not panic")
        })
    }
}

impl Shared {
    /// Commits what arrives until the queue is closed, then makes the watermark durable, twice. After the first error
    /// every later commit is answered with it.
    fn run(&self, jobs: &Receiver<Job>) -> Result<(), Arc<io::Error>> {
        loop {
            let time_left = self.committer().time_left();
            let outcome = match jobs.recv_timeout(time_left) {
                Ok(job) => self.commit_group(job, jobs),
                Err(RecvTimeoutError::Timeout) => self.committer().catch_up(),
                Err(RecvTimeoutError::Disconnected) => return self.committer().finish(),
            };
            if let Err(error) = outcome {
                for job in jobs {
                    let _ = job.reply.send(Err(Arc::clone(&error)));
                }
                return Err(error);
            }
        }
    }

    fn commit_group(&self, first: Job, jobs: &Receiver<Job>) -> Result<(), Arc<io::Error>> {
        let mut group = vec![first];
        group.extend(jobs.try_iter().take(GROUP_MAX - 1));
        let count = group.len();
        self.committer().commit(group)?;
        self.under_way.fetch_sub(count, Ordering::Release);
        Ok(())
    }

    fn committer(&self) -> MutexGuard<'_, Committer> {
        self.committer.lock().expect("a commit returns its errors and does not panic")
    }
}
