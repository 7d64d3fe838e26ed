//! The pure half of a source. The half that asks is a [`crate::Feed`].

use std::error::Error;

use annals_log::{Event, LogOpened, SourceMemory};

use crate::raw::Raw;

/// A node, a row: longer ones are told of and not kept. A commit has room for 16 MiB.
pub(crate) const EVIDENCE_BYTES_MAX: usize = 12 << 20;
/// Ids, states and times are short; who sends longer ones sends no run. Display names are told up to here.
pub(crate) const NAME_BYTES_MAX: usize = 256;
/// Of what a stranger says went wrong.
const REASON_CHARS_MAX: usize = 500;

/// The beginning of a reason.
pub(crate) fn shortened(reason: &str) -> String {
    reason.chars().take(REASON_CHARS_MAX).collect()
}

/// The beginning of a display name. All of it is in the raw bytes.
pub(crate) fn display_name(name: &str) -> String {
    name.chars().take(NAME_BYTES_MAX).collect()
}

/// The pure half: raw answers to events. No clock, no network, no order but that of its input.
pub trait Source: Send + 'static {
    /// In entries and cassettes.
    const NAME: &'static str;

    /// What is carried from one part of a poll to the next. It starts anew with part 0.
    type Context: Default + Send;

    /// What `raw` adds to what the log already knows.
    ///
    /// # Errors
    /// When `raw` is no recording of this source at all. A bad answer of the outside world is no error: it is told as
    /// an event.
    fn decode(
        &self,
        raw: &Raw,
        context: &mut Self::Context,
        memory: &SourceMemory,
    ) -> Result<Decoded, SourceError>;

    /// Takes each fetch as newer than all that the log has, whatever the clocks say: it is had now, and from no
    /// recording.
    fn be_live(&mut self) {}

    /// Follows what a log was made for.
    fn be_of(&mut self, _: &LogOpened) {}
}

/// What decoding gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decoded {
    /// In order; none when nothing changed. Each item is a step: events that are recorded together or not at all.
    pub steps: Vec<Vec<Event>>,
    /// How far upstream has now been read; `None` when it is not further than before.
    pub cursor: Option<Vec<u8>>,
    /// It is not newer than what the log has.
    pub is_recorded: bool,
}

/// Why raw answers are not taken in. What can be wrong with those of one source alone is an error of that source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A recording has lost a part of a poll.
    #[error("part {part} of a poll follows, and the parts in front of it end with {after}")]
    PartMissing {
        /// What came.
        part: u32,
        /// How many parts in front of it came.
        after: u32,
    },
    /// No source has this name.
    #[error("no source is called {0:?}")]
    UnknownSource(String),
    /// The source never asks that.
    #[error("{source_name} never asks for {request}")]
    UnknownRequest {
        /// Of the source.
        source_name: &'static str,
        /// What was asked.
        request: String,
    },
    /// It is a recording of the source, and for a reason of the source's own nothing of it can be taken in.
    #[error(transparent)]
    Unfit(Box<dyn Error + Send + Sync>),
}
