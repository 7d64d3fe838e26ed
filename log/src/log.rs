//! The writer: one process holds the log, appends, and is told when each commit is durable.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};
use std::thread::JoinHandle;

use crate::checkpoint::SignedCheckpoint;
use crate::clock::Clock;
use crate::commit::{Durability, Job, Poison, QUEUE_MAX, SegmentSize};
use crate::compose::{BatchError, Composed, Composer};
use crate::disk::{Disk, SystemDisk};
use crate::entry::PayloadRef;
use crate::event::{Batch, BatchEnd, Event, LOG_SOURCE, LogOpened, RecorderStarted, RecorderStopped};
use crate::fault::Fault;
use crate::lock::Lock;
use crate::note::NoteError;
use crate::place::{LogIndex, TreeSize};
use crate::reader::{ReadError, Reader};
use crate::sources::{SourceMemory, Sources};

/// A log, held to write. Drop it and what was appended is still durable; [`Log::close`] also says that it ended well.
pub struct Log {
    composer: Composer,
    clock: Clock,
    recorder: String,
    opened: LogOpened,
    /// To compress payloads against earlier ones; opened when first needed.
    reader: Option<Reader>,
    /// What the sources told; read from the log when first needed, which is before anything is added to it.
    sources: Option<Sources>,
    opened_at: TreeSize,
    disk: Arc<dyn Disk>,
    root: PathBuf,
    /// After the first error of the disk nothing is appended any more.
    poison: Poison,
    jobs: Option<SyncSender<Job>>,
    committer: Option<JoinHandle<Result<(), Arc<io::Error>>>>,
    /// Let go last, after the files.
    _lock: Lock,
}

/// How a log is held.
#[derive(Clone)]
pub struct Options {
    /// When a commit is acknowledged.
    pub durability: Durability,
    /// How large new segments are.
    pub segment_size: SegmentSize,
    /// Program and version, for `recorder_started`.
    pub recorder: String,
    /// Only a fixture's may be fixed.
    pub clock: Clock,
    /// Where the files are; tests put something in between.
    pub disk: Arc<dyn Disk>,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It is in the log.
    Now(Appended),
    /// It was there before: the last batch of this source is this very one.
    Already,
}

/// A commit that is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The index of the first event.
    pub first: LogIndex,
    /// The log's size with the last one.
    pub size: TreeSize,
    /// The time that all of them bear.
    pub recorded_at_ms: i64,
    /// The signed checkpoint at that size.
    pub checkpoint: SignedCheckpoint,
}

/// A commit on its way to the disk.
#[must_use = "it is durable only once `wait` says so"]
pub struct Pending {
    first: LogIndex,
    reply: Receiver<Result<Composed, Arc<io::Error>>>,
}

/// Why an append gave no commit.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// Nothing was written; the log goes on.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// Stop and reopen the log: it finds out.
    #[error("the entries from {first} on may or may not be on disk ({source}); reopen the log to find out")]
    Unsure {
        /// Of the commit that failed.
        first: LogIndex,
        /// What the disk said.
        source: Arc<io::Error>,
    },
    /// Read the source's memory again and make the batch anew. Nothing was written.
    #[error(
        "a batch of source {origin} was made after {after} batches of it, and the log has {actual}: somebody else recorded \
         meanwhile"
    )]
    Conflict {
        /// The source.
        origin: String,
        /// How many batches the caller knew of.
        after: u64,
        /// How many there are.
        actual: u64,
    },
    /// The log could not be read for what the source told before. Nothing was written.
    #[error("what is already recorded could not be read: {0}")]
    Memory(#[source] Arc<ReadError>),
    /// An earlier append was [`AppendError::Unsure`]. Nothing of this one was written.
    #[error("the log takes no more entries since an earlier write failed ({0}); reopen it")]
    Poisoned(Arc<io::Error>),
}

/// Why a log was not opened, or not made. Nothing was changed unless a variant says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No log lies here.
    #[error("there is no log in {0}; `annals init` makes one")]
    NoLog(PathBuf),
    /// Something lies here already.
    #[error("{0} is not empty; a log is made in a folder of its own")]
    NotEmpty(PathBuf),
    /// `init` was cut off before entry 0 was durable.
    #[error(
        "making the log in {0} was interrupted before its first entry; remove the folder and run `annals init` again"
    )]
    Interrupted(PathBuf),
    /// Another process writes.
    #[error("the log is held by another writer: {0}")]
    Held(String),
    /// The log is not what it was.
    #[error("{0}")]
    Fault(#[from] Fault),
    /// The clock is behind the log.
    #[error(
        "the last entry was recorded {ahead_s} s ahead of this machine's clock; set the clock before recording on"
    )]
    ClockBehind {
        /// How far.
        ahead_s: i64,
    },
    /// A fixed clock on a log that is no fixture.
    #[error("only a log whose entry 0 says `fixture` may have a fixed clock")]
    NotAFixture,
    /// The origin makes no key name.
    #[error("origin: {0}")]
    Origin(#[source] NoteError),
    /// The disk failed. What was being mended is mended again at the next open.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// What the disk said.
        source: io::Error,
    },
    /// The log is sound, and the entry that says who opened it could not be appended.
    #[error(transparent)]
    Append(#[from] AppendError),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            segment_size: SegmentSize::default(),
            recorder: concat!("annals-log ", env!("CARGO_PKG_VERSION")).to_owned(),
            clock: Clock::default(),
            disk: Arc::new(SystemDisk),
        }
    }
}

impl Log {
    /// Opens the log in `root` to write, mends what a crash left beyond the watermark, and appends
    /// `recorder_started`, which says what was mended.
    ///
    /// # Errors
    /// [`OpenError`]; a log with a fault below the watermark is not touched.
    pub fn open(root: &Path, options: Options) -> Result<Self, OpenError> {
        let opening = crate::open::Opening::of(root, &options)?;
        let started = RecorderStarted {
            recorder: options.recorder.clone(),
            adopted_entries: opening.adopted_entries,
            cut_bytes: opening.cut_bytes,
        };
        let mut log = Self::start(root, options, opening);
        let now_ms = log.clock.now_ms();
        log.append(vec![Event::new(LOG_SOURCE, "", now_ms, &started)])?;
        Ok(log)
    }

    pub(crate) fn start(root: &Path, options: Options, opening: crate::open::Opening) -> Self {
        let (jobs, queue) = std::sync::mpsc::sync_channel(QUEUE_MAX);
        let committer = opening.committer;
        let poison = Arc::clone(&committer.poison);
        let committer = std::thread::Builder::new()
            .name("annals-commit".into())
            .spawn(move || committer.run(&queue))
            .expect("the operating system starts a thread unless it is out of memory");
        Self {
            opened_at: opening.composer.size(),
            composer: opening.composer,
            clock: options.clock,
            recorder: options.recorder,
            opened: opening.opened,
            reader: None,
            sources: None,
            disk: options.disk,
            root: root.to_owned(),
            poison,
            jobs: Some(jobs),
            committer: Some(committer),
            _lock: opening.lock,
        }
    }

    /// Entry 0.
    pub fn opened(&self) -> &LogOpened {
        &self.opened
    }

    /// How many entries there are, those included that wait for the disk.
    pub fn size(&self) -> TreeSize {
        self.composer.size()
    }

    /// Appends `events` in order as one commit, whole or not at all. On return they survive power loss, as far as
    /// [`Durability`] says.
    ///
    /// # Errors
    /// `Batch`, `Memory`: nothing was written. `Unsure`: reopen the log. `Poisoned`: an append before this one was unsure.
    pub fn append(&mut self, events: Vec<Event>) -> Result<Appended, AppendError> {
        self.stage(events)?.wait()
    }

    /// What is remembered of a source. The first call reads the whole log for it.
    ///
    /// # Errors
    /// `Memory`.
    pub fn memory(&mut self, source: &str) -> Result<&SourceMemory, AppendError> {
        Ok(self.sources()?.memory(source))
    }

    fn sources(&mut self) -> Result<&mut Sources, AppendError> {
        let sources = match self.sources.take() {
            Some(sources) => sources,
            None => Sources::read(&self.disk, &self.root, self.opened_at)
                .map_err(|error| AppendError::Memory(Arc::new(error)))?,
        };
        Ok(self.sources.insert(sources))
    }

    /// Records a batch as one commit if it was made after the last batch of its source that is in the log: whoever
    /// comes second has to look again, and a batch that is sent again is not recorded again.
    ///
    /// # Errors
    /// `Conflict` and `Memory`: nothing was written. Else as of [`Log::append`]; after `Unsure`, reopen the log and
    /// send the same batch again.
    ///
    /// # Panics
    /// If the events are not all of one source.
    pub fn record(&mut self, batch: Batch) -> Result<Recorded, AppendError> {
        let digest = batch.digest();
        let source = batch.events.first().ok_or(BatchError::Empty)?.source.clone();
        assert!(batch.events.iter().all(|event| event.source == source), "a batch is of one source");
        let memory = self.memory(&source)?;
        if memory.sequence != batch.after {
            let (after, actual) = (batch.after, memory.sequence);
            let is_last = after.checked_add(1) == Some(actual) && memory.batch_sha256 == Some(digest);
            let conflict = || AppendError::Conflict { origin: source, after, actual };
            return is_last.then_some(Recorded::Already).ok_or_else(conflict);
        }
        let end = BatchEnd { sequence: batch.after + 1, cursor: batch.cursor, batch_sha256: digest };
        self.stage_closing(batch.events, Some(&end))?.wait().map(Recorded::Now)
    }

    /// Composes a commit and hands it to the disk; waits only when four others are still on their way. Commits become
    /// durable in the order they were staged.
    ///
    /// # Errors
    /// `Batch`, `Memory` and `Poisoned`, as of [`Log::append`].
    pub fn stage(&mut self, events: Vec<Event>) -> Result<Pending, AppendError> {
        self.stage_closing(events, None)
    }

    fn stage_closing(&mut self, events: Vec<Event>, end: Option<&BatchEnd>) -> Result<Pending, AppendError> {
        if let Some(error) = self.poison.get() {
            return Err(AppendError::Poisoned(Arc::clone(error)));
        }
        let told: Vec<_> =
            events.iter().filter_map(|event| Some((event.source.clone(), event.told()?))).collect();
        let ended = end.and_then(|end| Some((events.last()?.source.clone(), end)));
        if !told.is_empty() || ended.is_some() {
            self.sources()?;
        }
        let Self { reader, disk, root, .. } = self;
        let read_payload = |payload: PayloadRef, frame: LogIndex| {
            // Only ever a saving: a payload that is not to be had yet is one that is not compressed against.
            if reader.as_ref().is_none_or(|reader| reader.size() <= TreeSize(frame.0)) {
                *reader = Reader::open_on(disk, root).ok();
            }
            reader.as_mut()?.payload(frame, payload).ok()
        };
        let composed = self.composer.compose(events, end, self.clock.now_ms(), read_payload)?;
        if let Some(sources) = &mut self.sources {
            told.into_iter().for_each(|(source, told)| sources.take(&source, told));
            ended.into_iter().for_each(|(source, end)| sources.close(&source, end.clone()));
        }
        let first = composed.first;
        let (reply, receive) = std::sync::mpsc::channel();
        let jobs = self.jobs.as_ref().expect("the queue is open as long as the log is");
        jobs.send(Job { composed, reply })
            .expect("the committing thread listens as long as the queue is open");
        Ok(Pending { first, reply: receive })
    }

    /// Appends `recorder_stopped`, waits for all that is staged, and lets go.
    ///
    /// # Errors
    /// `Unsure`, `Poisoned`: what was acknowledged before is durable none the less.
    pub fn close(mut self) -> Result<Appended, AppendError> {
        let stopped = RecorderStopped { recorder: self.recorder.clone() };
        let now_ms = self.clock.now_ms();
        let appended = self.append(vec![Event::new(LOG_SOURCE, "", now_ms, &stopped)])?;
        match self.stop() {
            Ok(()) => Ok(appended),
            Err(source) => Err(AppendError::Unsure { first: appended.first, source }),
        }
    }

    fn stop(&mut self) -> Result<(), Arc<io::Error>> {
        drop(self.jobs.take());
        self.committer.take().map_or(Ok(()), |thread| {
            thread.join().expect("the committing thread returns its errors and does not panic")
        })
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        // What was acknowledged is durable; who wants to know of the rest calls `close`.
        let _ = self.stop();
    }
}

impl Pending {
    /// Waits until the commit is durable.
    ///
    /// # Errors
    /// `Unsure`: reopen the log.
    pub fn wait(self) -> Result<Appended, AppendError> {
        let Self { first, reply } = self;
        let outcome = reply.recv().expect("the committing thread answers every commit");
        let composed = outcome.map_err(|source| AppendError::Unsure { first, source })?;
        Ok(Appended {
            first,
            size: composed.checkpoint.claim().size,
            recorded_at_ms: composed.recorded_at_ms,
            checkpoint: composed.checkpoint,
        })
    }
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NoLog(root) => Self::NoLog(root),
            ReadError::Interrupted(root) => Self::Interrupted(root),
            ReadError::Fault(fault) => Self::Fault(fault),
            ReadError::BeyondEnd { .. } | ReadError::InsideCommit { .. } => {
                unreachable!("open reads up to the watermark, which stands where a commit ends")
            }
        }
    }
}
