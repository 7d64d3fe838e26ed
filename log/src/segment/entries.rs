//! The front of a frame that is being made: room for its header, then its entries.

use crate::entry::ENTRY_BYTES_MAX;
use crate::hash::Hash;

/// The length of a frame's header, for which room is left before the entries.
pub(crate) const FRAME_HEADER_BYTES: usize = 80;

/// Entries are written where the frame will have them, and hashed there.
pub(crate) struct FrameEntries {
    pub(super) frame: Vec<u8>,
    pub(super) count: usize,
}

impl FrameEntries {
    /// None yet, and room for a frame of about `frame_bytes`.
    pub(crate) fn with_room(frame_bytes: usize) -> Self {
        let mut frame = Vec::with_capacity(FRAME_HEADER_BYTES + frame_bytes);
        frame.resize(FRAME_HEADER_BYTES, 0);
        Self { frame, count: 0 }
    }

    /// Adds the entry whose bytes `write` puts behind what is there, and gives its leaf hash.
    ///
    /// # Errors
    /// Its length, when that is more than an entry may have; the frame is then of no further use.
    pub(crate) fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Result<Hash, usize> {
        let prefix = self.frame.len();
        let start = prefix + 2;
        self.frame.resize(start, 0);
        write(&mut self.frame);
        let bytes = self.frame.len() - start;
        const { assert!(ENTRY_BYTES_MAX == u16::MAX as usize) };
        let length = u16::try_from(bytes).map_err(|_| bytes)?;
        // The length is not there yet, and its second byte is the 0x00 that goes before a leaf: they are hashed in
        // one go.
        let leaf = Hash::of(&self.frame[start - 1..]);
        self.frame[prefix..start].copy_from_slice(&length.to_be_bytes());
        self.count += 1;
        Ok(leaf)
    }

    /// Of all entries, with their lengths.
    pub(crate) fn bytes(&self) -> usize {
        self.frame.len() - FRAME_HEADER_BYTES
    }
}
