//! The first 4 KiB of a segment: which log, where it starts, and the right edge to go on from.

use crate::fault::Wrong;
use crate::hash::Hash;
use crate::place::{LogId, LogIndex, TreeSize};
use crate::tree::{EDGE_HASHES_MAX, RightEdge};
use crate::wire::{Fields, open_block, seal_block};

pub(crate) const SEGMENT_HEADER_BYTES: usize = 4096;
const MAGIC: [u8; 4] = *b"ASEG";
const VERSION: u32 = 1;
const THING: &str = "a segment";

/// What a segment says of itself before its first frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) log_id: LogId,
    /// Of the first frame; commits count from 1.
    pub(crate) commit: u64,
    /// The tree before the first frame; its size is the segment's first index.
    pub(crate) edge: RightEdge,
}

impl SegmentHeader {
    pub(crate) fn first(&self) -> LogIndex {
        self.edge.size().next_index()
    }

    pub(crate) fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES] {
        let generation = 0_u32;
        let hashes = self.edge.hashes();
        let count = u32::try_from(hashes.len()).expect("an edge has at most 64 hashes");
        seal_block(
            MAGIC,
            &[
                &VERSION.to_be_bytes(),
                &generation.to_be_bytes(),
                &self.log_id.0,
                &self.first().0.to_be_bytes(),
                &self.commit.to_be_bytes(),
                &count.to_be_bytes(),
                &hashes.iter().flat_map(|hash| hash.0).collect::<Vec<_>>(),
            ],
        )
    }

    /// # Errors
    /// Says what is wrong with the block; its place is the start of the file.
    pub(crate) fn decode(block: &[u8; SEGMENT_HEADER_BYTES]) -> Result<Self, Wrong> {
        if block[..4] != MAGIC {
            return Err(Wrong::NotThis(THING));
        }
        let mut fields = open_block(block).ok_or(Wrong::Checksum("segment header"))?;
        match fields.u32() {
            Some(VERSION) => {}
            version => {
                return Err(Wrong::UnknownVersion { found: version.unwrap_or_default(), known: VERSION });
            }
        }
        Self::decode_fields(&mut fields).ok_or(Wrong::Malformed("the segment header"))
    }

    fn decode_fields(fields: &mut Fields<'_>) -> Option<Self> {
        // A generation above 0 marks a segment that was rewritten to drop payloads, which version 1 does not do.
        fields.u32().filter(|&generation| generation == 0)?;
        let log_id = LogId(fields.array()?);
        let size = TreeSize(fields.u64()?);
        let commit = fields.u64()?;
        let count = fields.u32().map(usize::try_from)?.ok().filter(|&count| count <= EDGE_HASHES_MAX)?;
        let hashes = (0..count).map(|_| fields.array().map(Hash)).collect::<Option<Vec<_>>>()?;
        Some(Self { log_id, commit, edge: RightEdge::from_parts(size, hashes)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> SegmentHeader {
        let mut edge = RightEdge::empty();
        (0..11_u64).for_each(|leaf| edge.push(Hash::leaf(&leaf.to_be_bytes())));
        SegmentHeader { log_id: LogId([5; 16]), commit: 4, edge }
    }

    #[test]
    fn a_header_survives_its_bytes() {
        assert_eq!(SegmentHeader::decode(&header().encode()).unwrap(), header());
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let whole = header().encode();
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole;
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(SegmentHeader::decode(&bytes).is_err(), "bit {bit}");
        }
    }
}
