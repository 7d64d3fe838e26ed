//! The driver: fetches, decodes after what the log remembers, and records.

use annals_log::{AppendError, Batch, Event, Log, SourceMemory};

use crate::raw::Raw;
use crate::source::{Decoded, Fetch, FetchError, Source, SourceError};
use crate::sources::{Chain, ComputeDb, Wandb, WandbHistory, WandbOffline, Watch};

/// A commit takes 16 MiB; a batch is ended with the step that reaches this.
const BATCH_BYTES: usize = 8 << 20;

/// All sources, with what they carry from one decoding to the next.
#[derive(Default)]
pub struct Driver {
    chain: Carried<Chain>,
    computedb: Carried<ComputeDb>,
    wandb: Carried<Wandb>,
    wandb_history: Carried<WandbHistory>,
    wandb_offline: Carried<WandbOffline>,
}

/// What became of what was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// Raw answers taken apart.
    pub exchanges: u64,
    /// Events that they added to the log.
    pub events: u64,
    /// Fetches that are not newer than what the log has of their source: it has them, or has gone past them.
    pub already: u64,
}

/// Why the taking in ended early. What was recorded before stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// Nothing more could be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What was fetched is no recording of a source.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The log did not take it.
    #[error(transparent)]
    Append(#[from] AppendError),
}

struct Carried<S: Source> {
    source: S,
    context: S::Context,
    /// Of the poll in progress, so many were decoded.
    parts: u32,
}

impl<S: Source + Default> Default for Carried<S> {
    fn default() -> Self {
        Self { source: S::default(), context: S::Context::default(), parts: 0 }
    }
}

impl<S: Source> Carried<S> {
    fn decode(&mut self, raw: &Raw, memory: &SourceMemory) -> Result<Decoded, SourceError> {
        if raw.part == 0 {
            // Whatever came before may have been cut off.
            (self.context, self.parts) = (S::Context::default(), 0);
        }
        if raw.part != self.parts {
            return Err(SourceError::PartMissing { part: raw.part, after: self.parts });
        }
        self.parts += 1;
        self.source.decode(raw, &mut self.context, memory)
    }
}

impl Driver {
    /// A driver that records of the chain what is watched.
    pub fn watching(watch: Watch) -> Self {
        let mut driver = Self::default();
        driver.chain.source.watch = watch;
        driver
    }

    /// The same for what is asked now: each answer comes after all that the log has, whatever the clocks say. Recordings are told
    /// apart by their times alone.
    pub fn live(mut self) -> Self {
        self.computedb.source.is_live = true;
        self.wandb.source.is_live = true;
        self.wandb_history.source.is_live = true;
        self
    }

    /// Takes in all that `fetch` brings, and calls `after_each` fetch with how far it is.
    ///
    /// # Errors
    /// [`IngestError`], and what `after_each` says; what was recorded before is in the log, and a second run goes on after
    /// it.
    pub async fn take_all<E: From<IngestError>>(
        &mut self,
        fetch: &mut impl Fetch,
        log: &mut Log,
        mut after_each: impl FnMut(&Taken, &mut Log) -> Result<(), E>,
    ) -> Result<Taken, E> {
        let mut taken = Taken::default();
        while let Some(raw) = fetch.fetch().await.map_err(IngestError::from)? {
            self.take(&raw, log, &mut taken)?;
            after_each(&taken, log)?;
        }
        Ok(taken)
    }

    /// Takes in one fetch.
    ///
    /// # Errors
    /// `Source` and `Append`.
    pub fn take(&mut self, raw: &Raw, log: &mut Log, taken: &mut Taken) -> Result<(), IngestError> {
        self.chain.source.be_of(log.opened());
        let memory = log.memory(&raw.source)?;
        let (sequence, cursor) = (memory.sequence, memory.cursor.clone());
        let decoded = match raw.source.as_str() {
            Chain::NAME => self.chain.decode(raw, memory),
            ComputeDb::NAME => self.computedb.decode(raw, memory),
            Wandb::NAME => self.wandb.decode(raw, memory),
            WandbHistory::NAME => self.wandb_history.decode(raw, memory),
            WandbOffline::NAME => self.wandb_offline.decode(raw, memory),
            unknown => Err(SourceError::UnknownSource(unknown.to_owned())),
        }?;
        taken.exchanges += raw.exchanges.len() as u64;
        taken.already += u64::from(decoded.is_recorded);
        taken.events += decoded.steps.iter().map(Vec::len).sum::<usize>() as u64;
        record(decoded, sequence, &cursor, log)
    }
}

/// Records steps in as many batches as they need; only the last moves the cursor. A crash in between leaves whole steps
/// in the log, and the next fetch brings the rest.
fn record(decoded: Decoded, sequence: u64, cursor: &[u8], log: &mut Log) -> Result<(), IngestError> {
    let bytes_of = |step: &[Event]| step.iter().map(Event::batch_bytes_max).sum::<usize>();
    let mut rest = decoded.steps.into_iter().filter(|step| !step.is_empty()).peekable();
    let mut after = sequence;
    while let Some(mut events) = rest.next() {
        let mut bytes = bytes_of(&events);
        while let Some(step) = rest.next_if(|step| bytes + bytes_of(step) <= BATCH_BYTES) {
            bytes += bytes_of(&step);
            events.extend(step);
        }
        let is_last = rest.peek().is_none();
        let cursor = decoded.cursor.clone().filter(|_| is_last).unwrap_or_else(|| cursor.to_vec());
        log.record(Batch { after, cursor, events })?;
        after += 1;
    }
    Ok(())
}
