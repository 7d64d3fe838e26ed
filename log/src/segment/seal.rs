//! The last 80 bytes of a finished segment: where it ends, so that a segment that lost its tail is noticed at open,
//! without walking it.

use std::io;

use crate::disk::DiskFile;
use crate::fault::Wrong;
use crate::hash::Hash;
use crate::place::{LogId, TreeSize};
use crate::segment::FRAME_HEADER_BYTES;
use crate::wire::{Fields, open_block, seal_block};

/// As long as a frame header, so that whoever walks a segment reads the same number of bytes and looks at the magic.
pub(crate) const SEAL_BYTES: usize = FRAME_HEADER_BYTES;
pub(super) const MAGIC: [u8; 4] = *b"ASEL";

/// Written when the next segment is about to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) log_id: LogId,
    /// The log's size after the last frame.
    pub(crate) size: TreeSize,
    /// The root there.
    pub(crate) root: Hash,
    /// Commit number of the frame that comes next, in the next segment.
    pub(crate) next_commit: u64,
    /// Of the file, this seal included.
    pub(crate) file_bytes: u64,
}

impl Seal {
    pub(crate) fn encode(&self) -> [u8; SEAL_BYTES] {
        seal_block(
            MAGIC,
            &[
                &self.log_id.0,
                &self.size.0.to_be_bytes(),
                &self.root.0,
                &self.next_commit.to_be_bytes(),
                &self.file_bytes.to_be_bytes(),
            ],
        )
    }

    /// Ends a segment behind its last frame, durably. Written again after a crash, it leaves the same bytes.
    pub(crate) fn write(&self, file: &dyn DiskFile, offset: u64) -> io::Result<()> {
        file.write_at(&self.encode(), offset)?;
        file.set_len(self.file_bytes)?;
        file.sync()
    }

    /// # Errors
    /// Says what is wrong with the block.
    pub(crate) fn decode(block: &[u8; SEAL_BYTES]) -> Result<Self, Wrong> {
        if block[..4] != MAGIC {
            return Err(Wrong::Cut("segment: its seal is missing"));
        }
        let mut fields = open_block(block).ok_or(Wrong::Checksum("seal"))?;
        Self::decode_fields(&mut fields).ok_or(Wrong::Malformed("the seal"))
    }

    fn decode_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let seal = Self {
            log_id: LogId(fields.array()?),
            size: TreeSize(fields.u64()?),
            root: Hash(fields.array()?),
            next_commit: fields.u64()?,
            file_bytes: fields.u64()?,
        };
        fields.is_at_end().then_some(seal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_survives_its_bytes_and_no_flipped_bit() {
        let seal = Seal {
            log_id: LogId([1; 16]),
            size: TreeSize(77),
            root: Hash::of(b"root"),
            next_commit: 9,
            file_bytes: 262_144,
        };
        let whole = seal.encode();
        assert_eq!(Seal::decode(&whole).unwrap(), seal);
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole;
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Seal::decode(&bytes).is_err(), "bit {bit}");
        }
    }
}
