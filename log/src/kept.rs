//! Payloads in memory: those that were asked for last, for they are asked for again.

use std::collections::HashMap;
use std::sync::Arc;

use crate::entry::PayloadRef;

/// Payloads that were asked for last: those that add up to a bound are kept for certain, and as many again may be.
pub(crate) struct Kept {
    bytes_max: usize,
    young: HashMap<PayloadRef, Arc<[u8]>>,
    young_bytes: usize,
    /// Let go of when the young ones have become as many bytes as the bound.
    old: HashMap<PayloadRef, Arc<[u8]>>,
}

impl Kept {
    /// Keeps nothing yet, and later `bytes_max` bytes of young payloads and as many of old ones; a longer payload is
    /// kept alone.
    pub(crate) fn within(bytes_max: usize) -> Self {
        Self { bytes_max, young: HashMap::new(), young_bytes: 0, old: HashMap::new() }
    }

    pub(crate) fn get(&mut self, payload: PayloadRef) -> Option<Arc<[u8]>> {
        if let Some(young) = self.young.get(&payload) {
            return Some(Arc::clone(young));
        }
        let old = self.old.remove(&payload)?;
        self.keep(payload, Arc::clone(&old));
        Some(old)
    }

    pub(crate) fn keep(&mut self, payload: PayloadRef, bytes: Arc<[u8]>) {
        if self.young_bytes + bytes.len() > self.bytes_max {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        let length = bytes.len();
        if self.young.insert(payload, bytes).is_none() {
            self.young_bytes += length;
        }
    }
}
