//! The driver: decodes what was fetched after what the log remembers, and records it.

use std::collections::BTreeMap;
use std::sync::Arc;

use annals_log::{AppendError, Batch, Event, Log};

use crate::decoder::{Decoder, named};
use crate::feed::{Feed, FeedError};
use crate::raw::Raw;
use crate::source::{Decoded, Source, SourceError};
use crate::sources;

/// A commit takes 16 MiB; a batch is ended with the step that reaches this.
const BATCH_BYTES: usize = 8 << 20;

/// Hears of an event before it is recorded.
type Told = Box<dyn FnMut(&Event) + Send>;

/// All sources, with what they carry from one fetch to the next.
pub struct Driver {
    /// By the source's name.
    decoders: BTreeMap<&'static str, Box<dyn Decoder>>,
    told: Option<Told>,
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
    Feed(#[from] FeedError),
    /// What was fetched is no recording of a source.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The log did not take it.
    #[error(transparent)]
    Append(#[from] AppendError),
}

impl Default for Driver {
    /// Every source as its recordings are decoded.
    fn default() -> Self {
        Self { decoders: sources::all().into_iter().collect(), told: None }
    }
}

impl Driver {
    /// Decodes a source in this way.
    #[must_use]
    pub fn with<S: Source>(mut self, source: S) -> Self {
        self.decoders.extend([named(source)]);
        self
    }

    /// Takes what is fetched now, in the order in which it comes: each fetch is after all that the log has, whatever
    /// the clocks say. Recordings are told apart by their times alone.
    #[must_use]
    pub fn live(mut self) -> Self {
        for decoder in self.decoders.values_mut() {
            decoder.be_live();
        }
        self
    }

    /// Calls `told` with each event just before it is recorded. If it cannot be recorded then, no later one is.
    #[must_use]
    pub fn telling(self, told: impl FnMut(&Event) + Send + 'static) -> Self {
        Self { told: Some(Box::new(told)), ..self }
    }

    /// Takes in all that `feed` brings, and calls `after_each` fetch with how far it is.
    ///
    /// # Errors
    /// [`IngestError`], and what `after_each` says; what was recorded before is in the log, and a second run goes on
    /// after it.
    pub async fn take_all<E: From<IngestError>>(
        &mut self,
        feed: &mut dyn Feed,
        log: &mut Log,
        mut after_each: impl FnMut(&Taken, &mut Log) -> Result<(), E>,
    ) -> Result<Taken, E> {
        let mut taken = Taken::default();
        loop {
            let memory = match feed.source() {
                Some(source) => log.hold_memory(source).map_err(IngestError::from)?,
                None => Arc::default(),
            };
            let Some(raw) = feed.next(memory).await.map_err(IngestError::from)? else { return Ok(taken) };
            self.take(&raw, log, &mut taken)?;
            after_each(&taken, log)?;
        }
    }

    /// Takes in one fetch.
    ///
    /// # Errors
    /// `Source` and `Append`.
    pub fn take(&mut self, raw: &Raw, log: &mut Log, taken: &mut Taken) -> Result<(), IngestError> {
        let source = raw.source.as_str();
        let Some(decoder) = self.decoders.get_mut(source) else {
            return Err(SourceError::UnknownSource(source.to_owned()).into());
        };
        decoder.be_of(log.opened());
        let memory = log.memory(source)?;
        let (sequence, cursor) = (memory.sequence, memory.cursor.clone());
        let decoded = decoder.decode(raw, memory)?;
        taken.exchanges += raw.exchanges.len() as u64;
        taken.already += u64::from(decoded.is_recorded);
        taken.events += decoded.steps.iter().map(Vec::len).sum::<usize>() as u64;
        if let Some(told) = &mut self.told {
            decoded.steps.iter().flatten().for_each(told);
        }
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
