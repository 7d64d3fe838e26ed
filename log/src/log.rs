//! The writer: one process holds the log, appends, and is told when each commit is durable.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::append_error::AppendError;
use crate::attest::Attester;
use crate::clock::Timekeeper;
use crate::commit::{Appended, Poison};
use crate::compose::{BatchError, Composed, Composer};
use crate::disk::Disk;
use crate::earlier::Earlier;
use crate::event::{Batch, BatchEnd, Event, LOG_SOURCE, LogOpened, RecorderStarted, RecorderStopped};
use crate::folder::Folder;
use crate::hash::Hash;
use crate::index::{Index, Indexing};
use crate::last_segment::Mended;
use crate::open::Opening;
use crate::open_error::OpenError;
use crate::options::Options;
use crate::place::{LogIndex, TreeSize};
use crate::queue::{CommitQueue, Reply};
use crate::read_error::ReadError;
use crate::reader::Reader;
use crate::recall::recall;
use crate::scrub::Scrub;
use crate::sources::{SourceMemory, Sources};
use crate::sources_file::{self, Standpoint};

/// A log, held to write. Drop it and what was appended is still durable; [`Log::close`] also says that it ended well.
pub struct Log {
    composer: Composer,
    time: Timekeeper,
    recorder: String,
    opened: LogOpened,
    earlier: Earlier,
    /// What the sources told; read from the log when first needed, which is before anything that tells is added to it.
    sources: Option<Sources>,
    opened_at: TreeSize,
    mended: Mended,
    disk: Arc<dyn Disk>,
    root: PathBuf,
    /// After the first error of the disk nothing is appended any more.
    poison: Poison,
    queue: CommitQueue,
    scrub: Option<Scrub>,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It is in the log.
    Now(Appended),
    /// It was there before: the last batch of this source is this very one.
    Already,
}

/// A commit on its way to the disk.
#[must_use = "it is durable only once `wait` says so"]
pub struct Pending {
    first: LogIndex,
    reply: Reply,
}

impl Log {
    /// Opens the log in `root` to write, mends what a crash left beyond the watermark, and appends
    /// `recorder_started`, which says what was mended.
    ///
    /// # Errors
    /// [`OpenError`]; a log with a fault below the watermark is not touched.
    pub fn open(root: &Path, options: Options) -> Result<Self, OpenError> {
        let opening = Opening::of(root, &options).map_err(|error| error.below(root))?;
        let started = RecorderStarted {
            recorder: options.recorder.clone(),
            adopted_entries: opening.mended.adopted_entries,
            cut_bytes: opening.mended.cut_bytes,
        };
        let (recorded_at_ms, is_right) = (opening.composer.recorded_at_ms, options.clock_is_right);
        let mut log = Self::start(root, options, opening);
        let now_ms = log.time.now_ms();
        let mut events = vec![Event::new(LOG_SOURCE, "", now_ms, &started)];
        let stepped = log.time.behind(recorded_at_ms, is_right);
        events.extend(stepped.map(|stepped| Event::new(LOG_SOURCE, "", now_ms, &stepped)));
        log.append(events)?;
        Ok(log)
    }

    pub(crate) fn start(root: &Path, options: Options, mut opening: Opening) -> Self {
        let committer = &mut opening.committer;
        let (log_id, durable) = (committer.log_id, committer.mark.size);
        let index = (options.indexing == Indexing::Following).then(|| {
            let attester = Attester::with(opening.composer.signer.clone(), log_id);
            Index::follow(&options.disk, root, log_id, attester, durable)
        });
        committer.index = index.as_ref().map(Index::bell);
        let poison = Arc::clone(&committer.poison);
        Self {
            opened_at: opening.composer.size(),
            mended: opening.mended,
            scrub: opening.scrub,
            composer: opening.composer,
            time: Timekeeper::of(options.clock),
            recorder: options.recorder,
            opened: opening.opened,
            earlier: Earlier::new(Arc::clone(&options.disk), root, index),
            sources: None,
            disk: options.disk,
            root: root.to_owned(),
            poison,
            queue: CommitQueue::start(opening.committer),
        }
    }

    /// Entry 0.
    pub fn opened(&self) -> &LogOpened {
        &self.opened
    }

    /// What opening it mended.
    pub fn mended(&self) -> &Mended {
        &self.mended
    }

    /// The index, if it is kept.
    pub fn index(&self) -> Option<&Index> {
        self.earlier.index()
    }

    /// A reader of what is durable, and the index to look up in it.
    pub(crate) fn reader(&mut self) -> Result<(&mut Reader, Option<&Index>), ReadError> {
        self.earlier.reader(self.composer.size())
    }

    /// How many entries there are, those included that wait for the disk.
    pub fn size(&self) -> TreeSize {
        self.composer.size()
    }

    /// When the last entry was recorded, in milliseconds since 1970 UTC.
    pub fn recorded_at_ms(&self) -> i64 {
        self.composer.recorded_at_ms
    }

    /// The root over all entries, those included that wait for the disk.
    pub fn root(&self) -> Hash {
        self.composer.root()
    }

    /// Appends `events` in order as one commit, whole or not at all. On return they survive power loss, as far as
    /// [`crate::Durability`] says.
    ///
    /// # Errors
    /// `Batch`, `Memory`: nothing was written. `Unsure`: reopen the log. `Poisoned`: an append before this one was
    /// unsure.
    pub fn append(&mut self, events: Vec<Event>) -> Result<Appended, AppendError> {
        self.commit(events, None)
    }

    /// Returns what is remembered of a source. The first call reads the entries that came after the last saved
    /// memory, or all of them.
    ///
    /// # Errors
    /// `Memory`.
    pub fn memory(&mut self, source: &str) -> Result<&SourceMemory, AppendError> {
        Ok(self.sources()?.memory(source))
    }

    /// Returns the same memory, for a caller that looks at it while the log goes on. Drop it before the source's next
    /// batch is recorded: a memory that is still held then is copied, which costs as much as all that the source ever
    /// told.
    ///
    /// # Errors
    /// `Memory`.
    pub fn hold_memory(&mut self, source: &str) -> Result<Arc<SourceMemory>, AppendError> {
        Ok(Arc::clone(self.sources()?.memory(source)))
    }

    fn sources(&mut self) -> Result<&mut Sources, AppendError> {
        let sources = match self.sources.take() {
            Some(sources) => sources,
            None => recall(&self.disk, &self.root, self.opened_at)
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
        self.commit(batch.events, Some(&end)).map(Recorded::Now)
    }

    /// Composes a commit and hands it to the disk; waits only when four others are still on their way. Commits become
    /// durable in the order they were staged.
    ///
    /// # Errors
    /// `Batch`, `Memory` and `Poisoned`, as of [`Log::append`].
    pub fn stage(&mut self, events: Vec<Event>) -> Result<Pending, AppendError> {
        let now_ms = self.now_ms()?;
        let composed = self.compose(events, None, now_ms)?;
        Ok(Pending { first: composed.first, reply: self.queue.push(composed) })
    }

    fn commit(&mut self, events: Vec<Event>, end: Option<&BatchEnd>) -> Result<Appended, AppendError> {
        let now_ms = self.now_ms()?;
        let composed = self.compose(events, end, now_ms)?;
        Pending { first: composed.first, reply: self.queue.commit(composed) }.wait()
    }

    /// What the clock says. That it was set is a commit of its own, before the one that asks: a batch stays as it is.
    fn now_ms(&mut self) -> Result<i64, AppendError> {
        let (now_ms, stepped) = self.time.read();
        if let Some(stepped) = stepped {
            let event = Event::new(LOG_SOURCE, "", now_ms, &stepped);
            let composed = self.compose(vec![event], None, now_ms)?;
            // Whether it became durable, the commit behind it tells: they do in order.
            let _ = self.queue.push(composed);
        }
        Ok(now_ms)
    }

    fn compose(
        &mut self,
        events: Vec<Event>,
        end: Option<&BatchEnd>,
        now_ms: i64,
    ) -> Result<Composed, AppendError> {
        if let Some(error) = self.poison.get() {
            return Err(AppendError::Poisoned(Arc::clone(error)));
        }
        self.must_be_sound()?;
        let mut left = Vec::new();
        for event in &events {
            left.extend(event.remembered().into_iter().map(|memory| (event.source.clone(), memory)));
        }
        let ended = end.and_then(|end| Some((events.last()?.source.clone(), end)));
        if !left.is_empty() || ended.is_some() {
            self.sources()?;
        }
        let composed = self.composer.compose(events, end, now_ms, &mut self.earlier)?;
        if let Some(sources) = &mut self.sources {
            left.into_iter().for_each(|(source, memory)| sources.take(&source, memory));
            ended.into_iter().for_each(|(source, end)| sources.close(&source, end.clone()));
        }
        Ok(composed)
    }

    /// Appends `recorder_stopped`, waits for all that is staged, and lets go; the index is closed with it.
    ///
    /// # Errors
    /// `Unsure`, `Poisoned`, `Fault`: what was acknowledged before is durable none the less.
    pub fn close(mut self) -> Result<Appended, AppendError> {
        let stopped = RecorderStopped { recorder: self.recorder.clone() };
        let now_ms = self.time.now_ms();
        let appended = self.append(vec![Event::new(LOG_SOURCE, "", now_ms, &stopped)])?;
        match self.queue.stop() {
            Ok(()) => {
                self.save_sources();
                self.earlier.stop_index();
                self.must_be_sound()?;
                Ok(appended)
            }
            Err(source) => Err(AppendError::Unsure { first: appended.first, source }),
        }
    }

    /// What was saved before, or nothing, does as well: it only takes longer.
    fn save_sources(&self) {
        if let (Some(sources), Some(_)) = (&self.sources, self.index()) {
            let Composer { log_id, edge, signer, .. } = &self.composer;
            let at = Standpoint { log_id: *log_id, size: edge.size(), root: edge.root() };
            let attester = Attester::with(signer.clone(), *log_id);
            let _ = sources_file::save(&*self.disk, &Folder::new(&self.root), &attester, at, sources);
        }
    }

    /// # Errors
    /// `Fault`: a thread that reads what was recorded before has met one.
    fn must_be_sound(&self) -> Result<(), AppendError> {
        let by_index = self.index().and_then(Index::fault);
        let fault = by_index.or_else(|| self.scrub.as_ref().and_then(Scrub::fault));
        fault.map_or(Ok(()), |fault| Err(AppendError::Fault(fault)))
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        // What was acknowledged is durable; who wants to know of the rest calls `close`.
        let _ = self.queue.stop();
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
        outcome.map_err(|source| AppendError::Unsure { first, source })
    }
}
