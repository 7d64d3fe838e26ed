//! A source at work: its pure half, with what it carries from one fetch to the next.

use annals_log::{LogOpened, SourceMemory};

use crate::raw::Raw;
use crate::source::{Decoded, Source, SourceError};

/// A source as the driver holds it.
pub(crate) trait Decoder: Send {
    /// Decodes one fetch after what the log remembers.
    fn decode(&mut self, raw: &Raw, memory: &SourceMemory) -> Result<Decoded, SourceError>;

    /// See [`Source::be_live`].
    fn be_live(&mut self);

    /// See [`Source::be_of`].
    fn be_of(&mut self, log: &LogOpened);
}

/// A source by its name, ready to decode.
pub(crate) type Named = (&'static str, Box<dyn Decoder>);

/// Makes a source ready to decode.
pub(crate) fn named<S: Source>(source: S) -> Named {
    (S::NAME, Box::new(Carried { source, context: S::Context::default(), parts: 0 }))
}

struct Carried<S: Source> {
    source: S,
    context: S::Context,
    /// Fetches of the poll in progress that were decoded.
    parts: u32,
}

impl<S: Source> Decoder for Carried<S> {
    fn decode(&mut self, raw: &Raw, memory: &SourceMemory) -> Result<Decoded, SourceError> {
        if raw.part == 0 {
            // The poll before may have been cut off: nothing of it is carried into this one.
            self.context = S::Context::default();
            self.parts = 0;
        }
        if raw.part != self.parts {
            return Err(SourceError::PartMissing { part: raw.part, after: self.parts });
        }
        self.parts += 1;
        self.source.decode(raw, &mut self.context, memory)
    }

    fn be_live(&mut self) {
        self.source.be_live();
    }

    fn be_of(&mut self, log: &LogOpened) {
        self.source.be_of(log);
    }
}
