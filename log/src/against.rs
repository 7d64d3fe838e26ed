//! Checkpoints kept elsewhere, to hold against a log: only one that the log's own key signed says anything about it.

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::note::NoteError;
use crate::public_keys::PublicKeys;
use crate::reader::Reader;

/// A checkpoint that was kept outside of the log's folder.
#[derive(Debug, Clone)]
pub struct KeptCheckpoint {
    /// What reports call it: the file that it is in.
    pub name: String,
    /// The checkpoint, not believed yet.
    pub checkpoint: SignedCheckpoint,
}

/// Why a kept checkpoint says nothing about a log. It is no finding about the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ForeignCheckpoint {
    /// Another log's.
    #[error("{name} is not a checkpoint of this log (it is of {origin})")]
    OtherLog {
        /// What the checkpoint is called.
        name: String,
        /// The log that it names.
        origin: String,
    },
    /// It names this log, and the log's key signed nothing in it.
    #[error("{name} is not a checkpoint of this log: it bears the same name, and has no signature by {vkey}")]
    OtherKey {
        /// What the checkpoint is called.
        name: String,
        /// The log's key.
        vkey: String,
    },
    /// A signature under it is over another text.
    #[error("{name} was changed after it was signed: the signature by {signer} does not match its text")]
    Changed {
        /// What the checkpoint is called.
        name: String,
        /// The log's key, or its hotkey.
        signer: String,
    },
}

impl KeptCheckpoint {
    /// Returns what the log that `reader` reads said of itself.
    ///
    /// # Errors
    /// The log's own key did not sign it: it says nothing about this log.
    pub fn of_log(&self, reader: &Reader) -> Result<&Checkpoint, ForeignCheckpoint> {
        self.of_this_log(reader.keys())
    }

    /// What the log said of itself, once its own key is seen to have signed it.
    pub(crate) fn of_this_log(&self, keys: &PublicKeys) -> Result<&Checkpoint, ForeignCheckpoint> {
        let name = || self.name.clone();
        let origin = &self.checkpoint.claim().origin;
        if origin != keys.vkey.name() {
            return Err(ForeignCheckpoint::OtherLog { name: name(), origin: origin.clone() });
        }
        keys.verify(&self.checkpoint).map_err(|error| match error {
            NoteError::BadSignature(signer) => ForeignCheckpoint::Changed { name: name(), signer },
            _ => ForeignCheckpoint::OtherKey { name: name(), vkey: keys.vkey.to_string() },
        })
    }
}
