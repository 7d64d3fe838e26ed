//! What has to be remembered of an event so that nothing is recorded twice.

use crate::hash::Hash;

/// The last that a source told of one thing: what to compare the next answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known {
    /// Of its state, or of all that was read up to `position`. A block's is its hash. `None` of a thing that is gone.
    pub digest: Option<Hash>,
    /// How far it was read: a run's last step, a file's last record, a failure's time; a block's height.
    pub position: Option<u64>,
    /// The last payload of the state: that of the next one may be stored as a difference to it.
    pub payload: Option<Hash>,
}

/// What an event leaves to remember of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// Names the thing: a native id, a part of what that names, or the file in which the thing was read.
    pub(crate) key: String,
    /// `None`: the thing is gone for good, and forgotten.
    known: Option<Known>,
}

impl Memory {
    /// Remembers `known` of the thing named `key`.
    pub(crate) fn of(key: impl Into<String>, known: Known) -> Self {
        Self { key: key.into(), known: Some(known) }
    }

    /// Forgets the thing named `key`.
    pub(crate) fn forget(key: impl Into<String>) -> Self {
        Self { key: key.into(), known: None }
    }

    /// Returns what is known once this is added to what was known before; `None` when there is nothing left to
    /// remember.
    pub(crate) fn after(&self, before: Option<&Known>) -> Option<Known> {
        let known = self.known?;
        let before = before.copied().unwrap_or_default();
        Some(Known {
            digest: known.digest,
            position: known.position.max(before.position),
            // What the next state may be compared with stays until there is another one.
            payload: known.payload.or(before.payload),
        })
    }
}
