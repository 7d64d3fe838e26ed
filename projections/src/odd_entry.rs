//! An entry as it is searched for what is odd in it.

use annals_log::{Anomaly, Envelope, ReadError};

/// An entry whose body has been read, and whose payloads are read on demand.
pub(crate) struct OddEntry<'a> {
    pub(crate) envelope: &'a Envelope<'a>,
    pub(crate) body: &'a [u8],
    /// Reads an attached payload by its place.
    pub(crate) attached: &'a mut dyn FnMut(usize) -> Result<Vec<u8>, ReadError>,
}

/// What was found odd, or the reason why no table is made of the entry at all: nothing else is said of it then.
pub(crate) type Found = Result<Vec<Anomaly>, Anomaly>;
