//! Bodies, in a memory that all scrapes share.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::failed::{Failed, FailedKind};

/// The memory in which all bodies of a process lie; clones share it. A body that finds none free waits within its own
/// time, so it should have room for several of the largest.
#[derive(Debug, Clone)]
pub struct BodyMemory(Arc<Semaphore>);

impl BodyMemory {
    /// A body takes its memory in units of this size.
    pub const UNIT_BYTES: usize = 64 << 10;

    /// Returns a memory of whole units, at least one.
    pub fn of_bytes(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new((bytes / Self::UNIT_BYTES).clamp(1, Semaphore::MAX_PERMITS))))
    }

    /// The bytes that no body holds.
    pub fn free_bytes(&self) -> usize {
        self.0.available_permits() * Self::UNIT_BYTES
    }
}

/// A body that has come whole, decompressed. Its memory is given back when it is dropped.
#[derive(Debug)]
pub struct Body {
    bytes: Vec<u8>,
    _held: Option<OwnedSemaphorePermit>,
}

impl Body {
    /// The exposition, as the endpoint wrote it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A body that is still coming.
pub(super) struct Growing {
    /// Never larger than the units that are held.
    bytes: Vec<u8>,
    bytes_max: usize,
    held: Option<OwnedSemaphorePermit>,
    memory: BodyMemory,
}

impl Growing {
    pub(super) fn new(bytes_max: usize, memory: BodyMemory) -> Self {
        Self { bytes: Vec::new(), bytes_max, held: None, memory }
    }

    /// Appends to the body, and waits until there is memory for it.
    ///
    /// # Errors
    /// It would be larger than it may.
    pub(super) async fn push(&mut self, more: &[u8]) -> Result<(), Failed> {
        let length = self.bytes.len() + more.len();
        if length > self.bytes_max {
            let why = format!("the body has more than {} bytes", self.bytes_max);
            return Err(Failed::new(FailedKind::TooLarge, why));
        }
        if length > self.held_units() * BodyMemory::UNIT_BYTES {
            self.grow(length).await;
        }
        self.bytes.extend_from_slice(more);
        Ok(())
    }

    /// Takes units for `length` bytes. A large body takes a quarter more than that, so that it is not copied for each.
    async fn grow(&mut self, length: usize) {
        let held = self.held_units();
        let most = self.bytes_max.div_ceil(BodyMemory::UNIT_BYTES);
        let units = length.div_ceil(BodyMemory::UNIT_BYTES).max(held + held / 4).min(most);
        let added = u32::try_from(units - held).expect("a body has fewer units");
        let added = self.memory.0.clone().acquire_many_owned(added).await;
        let added = added.expect("nobody closes this semaphore");
        match &mut self.held {
            Some(held) => held.merge(added),
            None => self.held = Some(added),
        }
        self.bytes.reserve_exact(units * BodyMemory::UNIT_BYTES - self.bytes.len());
    }

    fn held_units(&self) -> usize {
        self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }

    /// Gives back the units that the body has no need of.
    pub(super) fn end(mut self) -> Body {
        let spare = self.held_units() - self.bytes.len().div_ceil(BodyMemory::UNIT_BYTES);
        if spare > 0 {
            self.bytes.shrink_to_fit();
            drop(self.held.as_mut().and_then(|held| held.split(spare)));
        }
        Body { bytes: self.bytes, _held: self.held }
    }
}
