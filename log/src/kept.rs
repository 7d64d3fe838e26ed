//! Payloads in memory: those that were asked for last, for they are asked for again.

use std::collections::HashMap;
use std::sync::Arc;

use crate::entry::PayloadRef;

/// Of what later payloads may be compressed against, or say again, so many bytes are kept; twice as many for a moment.
const KEPT_BYTES_MAX: usize = 32 << 20;

/// Payloads that were asked for last.
#[derive(Default)]
pub(crate) struct Kept {
    young: HashMap<PayloadRef, Arc<[u8]>>,
    young_bytes: usize,
    /// Let go when the young ones have become as many bytes as are kept.
    old: HashMap<PayloadRef, Arc<[u8]>>,
}

impl Kept {
    pub(crate) fn get(&mut self, payload: PayloadRef) -> Option<Arc<[u8]>> {
        if let Some(young) = self.young.get(&payload) {
            return Some(Arc::clone(young));
        }
        let old = self.old.remove(&payload)?;
        self.keep(payload, Arc::clone(&old));
        Some(old)
    }

    pub(crate) fn keep(&mut self, payload: PayloadRef, bytes: Arc<[u8]>) {
        if self.young_bytes + bytes.len() > KEPT_BYTES_MAX {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        let length = bytes.len();
        if self.young.insert(payload, bytes).is_none() {
            self.young_bytes += length;
        }
    }
}
