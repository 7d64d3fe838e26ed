//! Frames: one commit each, as bytes.

use crate::checkpoint::SignedCheckpoint;
use crate::entry::ENTRY_BYTES_MAX;
use crate::fault::{Wrong, same_log, same_number};
use crate::place::{LogId, LogIndex, TreeSize};
use crate::segment::entries::{FRAME_HEADER_BYTES, FrameEntries};
use crate::segment::payload::PayloadRecord;
use crate::wire::{Fields, open_block, seal_block};

pub(super) const MAGIC: [u8; 4] = *b"AFRM";
/// A batch of 16 MiB and its checkpoint. A header that claims more is not believed.
const BODY_BYTES_MAX: usize = (16 << 20) + (64 << 10);

/// The fixed part of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) log_id: LogId,
    /// Commits count from 1, without a gap.
    pub(crate) commit: u64,
    pub(crate) first: LogIndex,
    pub(crate) recorded_at_ms: i64,
    pub(crate) entry_count: u32,
    entries_bytes: u32,
    payload_count: u32,
    directory_bytes: u32,
    blob_bytes: u32,
    checkpoint_bytes: u32,
    body_checksum: u32,
}

/// What a frame is made of, before it is bytes.
pub(crate) struct FrameParts<'a> {
    pub(crate) log_id: LogId,
    pub(crate) commit: u64,
    pub(crate) first: LogIndex,
    pub(crate) recorded_at_ms: i64,
    pub(crate) entries: FrameEntries,
    pub(crate) payloads: &'a [PayloadRecord<'a>],
    pub(crate) checkpoint: &'a SignedCheckpoint,
}

/// One commit, read: entries, payload records and the checkpoint after it. Its checksums have been checked.
#[derive(Debug)]
pub struct Frame<'a> {
    pub(crate) header: FrameHeader,
    entries: Vec<&'a [u8]>,
    payloads: Vec<PayloadRecord<'a>>,
    checkpoint: SignedCheckpoint,
}

impl FrameHeader {
    /// # Errors
    /// Says what is wrong with the block.
    pub(crate) fn decode(block: &[u8; FRAME_HEADER_BYTES], log_id: LogId) -> Result<Self, Wrong> {
        if block[..4] != MAGIC {
            return Err(Wrong::NotThis("a frame"));
        }
        let mut fields = open_block(block).ok_or(Wrong::Checksum("frame header"))?;
        let header = Self::decode_fields(&mut fields).ok_or(Wrong::Malformed("the frame header"))?;
        same_log(log_id, header.log_id)?;
        Ok(header)
    }

    fn decode_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let header = Self {
            log_id: LogId(fields.array()?),
            commit: fields.u64()?,
            first: LogIndex(fields.u64()?),
            recorded_at_ms: fields.i64()?,
            entry_count: fields.u32()?,
            entries_bytes: fields.u32()?,
            payload_count: fields.u32()?,
            directory_bytes: fields.u32()?,
            blob_bytes: fields.u32()?,
            checkpoint_bytes: fields.u32()?,
            body_checksum: fields.u32()?,
        };
        let reserved_is_zero = fields.u32()? == 0 && fields.is_at_end();
        let whole = header.entry_count > 0 && header.body_bytes() <= BODY_BYTES_MAX;
        let ends = header.first.0.checked_add(u64::from(header.entry_count)).is_some();
        (reserved_is_zero && whole && ends).then_some(header)
    }

    fn encode(&self) -> [u8; FRAME_HEADER_BYTES] {
        let lengths = [
            self.entry_count,
            self.entries_bytes,
            self.payload_count,
            self.directory_bytes,
            self.blob_bytes,
            self.checkpoint_bytes,
            self.body_checksum,
        ];
        seal_block(
            MAGIC,
            &[
                &self.log_id.0,
                &self.commit.to_be_bytes(),
                &self.first.0.to_be_bytes(),
                &self.recorded_at_ms.to_be_bytes(),
                &lengths.map(u32::to_be_bytes).concat(),
            ],
        )
    }

    /// The log's size after this frame.
    pub(crate) fn size(&self) -> TreeSize {
        TreeSize(self.first.0 + u64::from(self.entry_count))
    }

    pub(crate) fn body_bytes(&self) -> usize {
        [self.entries_bytes, self.directory_bytes, self.blob_bytes, self.checkpoint_bytes]
            .iter()
            .map(|&bytes| bytes as usize)
            .sum()
    }

    pub(crate) fn frame_bytes(&self) -> usize {
        FRAME_HEADER_BYTES + self.body_bytes()
    }
}

impl FrameParts<'_> {
    /// The frame's bytes, header first.
    ///
    /// # Panics
    /// If a batch is over 16 MiB. The composer has refused it.
    pub(crate) fn encode(self) -> Vec<u8> {
        let length = |bytes: usize| u32::try_from(bytes).expect("a batch is at most 16 MiB");
        let FrameEntries { mut frame, count } = self.entries;
        let entries_end = frame.len();
        self.payloads.iter().for_each(|payload| payload.encode_record(&mut frame));
        let directory_end = frame.len();
        self.payloads.iter().for_each(|payload| frame.extend_from_slice(payload.blob()));
        let blobs_end = frame.len();
        frame.extend_from_slice(self.checkpoint.as_str().as_bytes());

        let header = FrameHeader {
            log_id: self.log_id,
            commit: self.commit,
            first: self.first,
            recorded_at_ms: self.recorded_at_ms,
            entry_count: length(count),
            entries_bytes: length(entries_end - FRAME_HEADER_BYTES),
            payload_count: length(self.payloads.len()),
            directory_bytes: length(directory_end - entries_end),
            blob_bytes: length(blobs_end - directory_end),
            checkpoint_bytes: length(frame.len() - blobs_end),
            body_checksum: crc32c::crc32c(&frame[FRAME_HEADER_BYTES..]),
        };
        assert!(header.body_bytes() <= BODY_BYTES_MAX, "a batch is at most 16 MiB");
        frame[..FRAME_HEADER_BYTES].copy_from_slice(&header.encode());
        frame
    }
}

impl<'a> Frame<'a> {
    /// Takes the body of `header` apart: its checksum, the lengths inside, the checkpoint's form and size.
    ///
    /// # Errors
    /// Says what is wrong. What the entries and the checkpoint claim is checked by [`crate::chain::Chain`].
    pub(crate) fn decode(header: FrameHeader, body: &'a [u8]) -> Result<Self, Wrong> {
        assert_eq!(body.len(), header.body_bytes(), "whoever read the body took its length from the header");
        if crc32c::crc32c(body) != header.body_checksum {
            return Err(Wrong::Checksum("frame body"));
        }
        let (entries, rest) = body.split_at(header.entries_bytes as usize);
        let (directory, rest) = rest.split_at(header.directory_bytes as usize);
        let (blobs, checkpoint) = rest.split_at(header.blob_bytes as usize);
        let entries = split_entries(entries, header.entry_count)
            .ok_or(Wrong::Malformed("the entries of the frame do not fill their part"))?;
        let payloads = PayloadRecord::decode_all(directory, blobs, header.payload_count)
            .ok_or(Wrong::Malformed("the payload records of the frame do not fill their part"))?;
        let checkpoint = std::str::from_utf8(checkpoint)
            .map_err(|_| Wrong::Malformed("the checkpoint is not UTF-8"))
            .and_then(|note| SignedCheckpoint::parse(note).map_err(Wrong::Note))?;
        same_number("the size in the frame's checkpoint", header.size().0, checkpoint.claim().size.0)?;
        Ok(Self { header, entries, payloads, checkpoint })
    }

    /// The index of the first entry.
    pub fn first(&self) -> LogIndex {
        self.header.first
    }

    /// The log's size after this frame.
    pub fn size(&self) -> TreeSize {
        self.header.size()
    }

    /// The bytes of the entries, in order.
    pub fn entries(&self) -> impl Iterator<Item = (LogIndex, &'a [u8])> {
        (self.header.first.0..).map(LogIndex).zip(self.entries.iter().copied())
    }

    /// The signed checkpoint after this frame.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    pub(crate) fn payloads(&self) -> &[PayloadRecord<'a>] {
        &self.payloads
    }
}

/// Two bytes of length and an entry, `count` times, and nothing after (a C2SP entry bundle).
fn split_entries(bytes: &[u8], count: u32) -> Option<Vec<&[u8]>> {
    // Two bytes each at least: a count that cannot be true reserves nothing.
    if bytes.len() < count as usize * 2 {
        return None;
    }
    let mut fields = Fields::of(bytes);
    let entries = (0..count)
        .map(|_| {
            let length = usize::from(fields.u16()?);
            fields.bytes(length)
        })
        .collect::<Option<Vec<_>>>()?;
    const { assert!(ENTRY_BYTES_MAX == u16::MAX as usize) };
    fields.is_at_end().then_some(entries)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::checkpoint::Checkpoint;
    use crate::entry::PayloadRef;
    use crate::hash::Hash;
    use crate::segment::Stored;
    use crate::vkey::NoteSigner;

    const LOG: LogId = LogId([4; 16]);

    fn frame_bytes() -> Vec<u8> {
        let signer = NoteSigner::from_seed("a/b", [1; 32]).unwrap();
        let checkpoint = Checkpoint { origin: "a/b".into(), size: TreeSize(12), root: Hash::of(b"root") };
        let payload = PayloadRef::to(b"payload");
        let blob = || Cow::Owned(b"payload".to_vec());
        let frame = LogIndex(3);
        let mut entries = FrameEntries::with_room(0);
        for entry in ["one", "another"] {
            entries.push(|bytes| bytes.extend_from_slice(entry.as_bytes())).unwrap();
        }
        let stored = [
            Stored::Raw(blob()),
            Stored::Zstd(blob()),
            Stored::ZstdWith { blob: blob(), dictionary: payload, frame },
            Stored::Earlier { frame },
        ];
        FrameParts {
            log_id: LOG,
            commit: 5,
            first: LogIndex(10),
            recorded_at_ms: 77,
            entries,
            payloads: &stored.map(|stored| PayloadRecord { payload, stored }),
            checkpoint: &checkpoint.sign(&signer, None),
        }
        .encode()
    }

    fn decode(frame: &[u8]) -> Result<(usize, usize), Wrong> {
        let (block, body) = frame.split_first_chunk().unwrap();
        let header = FrameHeader::decode(block, LOG)?;
        let body = body.get(..header.body_bytes()).ok_or(Wrong::Cut("frame body"))?;
        let frame = Frame::decode(header, body)?;
        Ok((frame.entries().count(), frame.payloads().len()))
    }

    /// Checksums are against accidents; whoever writes a hostile frame makes them right.
    fn with_checksums(frame: &mut [u8]) {
        let body = crc32c::crc32c(&frame[FRAME_HEADER_BYTES..]);
        frame[72..76].copy_from_slice(&body.to_be_bytes());
        let header = crc32c::crc32c(&frame[8..FRAME_HEADER_BYTES]);
        frame[4..8].copy_from_slice(&header.to_be_bytes());
    }

    #[test]
    fn a_frame_survives_its_bytes_and_no_flipped_bit() {
        let whole = frame_bytes();
        assert_eq!(decode(&whole).unwrap(), (2, 4));
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&bytes).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn hostile_frames_with_right_checksums_are_refused_without_a_panic() {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let mut rng = fastrand::Rng::with_seed(seed);
        let whole = frame_bytes();
        let mut refused = 0;
        for _ in 0..50_000 {
            let mut bytes = whole.clone();
            for _ in 0..rng.usize(1..4) {
                let at = rng.usize(8..bytes.len());
                bytes[at] = [0, 1, 0x7f, 0xff, rng.u8(..)][rng.usize(..5)];
            }
            with_checksums(&mut bytes);
            refused += u32::from(decode(&bytes).is_err());
        }
        assert!(refused > 10_000, "{refused}");
    }
}
