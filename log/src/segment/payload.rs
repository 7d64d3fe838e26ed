//! Payloads in a frame: a record each in the frame's directory, and the bytes after it, perhaps compressed.
//!
//! A frame has one record for each payload that its entries vouch for, in the order they are first vouched for.
//! Compression is outside of the tree: entries name the bytes as they came.

use std::borrow::Cow;

use zstd::zstd_safe::DCtx;

use crate::entry::PayloadRef;
use crate::fault::Wrong;
use crate::hash::Hash;
use crate::place::LogIndex;
use crate::wire::Fields;

/// Shorter payloads are kept as they are.
pub(crate) const PACKED_MIN_BYTES: usize = 64;
/// The longest record, that of codec 2.
pub(crate) const RECORD_BYTES_MAX: usize = 1 + 36 + 4 + 36 + 8;
/// No batch holds a longer one; a record that claims more is not believed.
const PAYLOAD_BYTES_MAX: u32 = 16 << 20;

const RAW: u8 = 0;
const ZSTD: u8 = 1;
const ZSTD_WITH: u8 = 2;
const EARLIER: u8 = 3;

/// Where a payload of this frame is, and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PayloadRecord<'a> {
    pub(crate) payload: PayloadRef,
    pub(crate) stored: Stored<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stored<'a> {
    Raw(Cow<'a, [u8]>),
    Zstd(Cow<'a, [u8]>),
    /// Compressed against another payload, which the frame that starts at `frame` stores raw or as plain zstd, so
    /// that nothing ever takes more than two steps to expand.
    ZstdWith {
        blob: Cow<'a, [u8]>,
        dictionary: PayloadRef,
        frame: LogIndex,
    },
    /// Stored by the frame that starts at this index, not here.
    Earlier {
        frame: LogIndex,
    },
}

impl<'a> PayloadRecord<'a> {
    pub(crate) fn blob(&self) -> &[u8] {
        match &self.stored {
            Stored::Raw(blob) | Stored::Zstd(blob) | Stored::ZstdWith { blob, .. } => blob,
            Stored::Earlier { .. } => &[],
        }
    }

    pub(crate) fn into_owned(self) -> PayloadRecord<'static> {
        let owned = |blob: Cow<'_, [u8]>| Cow::Owned(blob.into_owned());
        let stored = match self.stored {
            Stored::Raw(blob) => Stored::Raw(owned(blob)),
            Stored::Zstd(blob) => Stored::Zstd(owned(blob)),
            Stored::ZstdWith { blob, dictionary, frame } => {
                Stored::ZstdWith { blob: owned(blob), dictionary, frame }
            }
            Stored::Earlier { frame } => Stored::Earlier { frame },
        };
        PayloadRecord { payload: self.payload, stored }
    }

    /// Appends the record to a directory.
    pub(crate) fn encode_record(&self, directory: &mut Vec<u8>) {
        let codec = match self.stored {
            Stored::Raw(_) => RAW,
            Stored::Zstd(_) => ZSTD,
            Stored::ZstdWith { .. } => ZSTD_WITH,
            Stored::Earlier { .. } => EARLIER,
        };
        directory.push(codec);
        encode_ref(self.payload, directory);
        let stored_bytes = u32::try_from(self.blob().len()).expect("a batch is at most 16 MiB").to_be_bytes();
        match &self.stored {
            Stored::Raw(_) => {}
            Stored::Zstd(_) => directory.extend_from_slice(&stored_bytes),
            Stored::ZstdWith { dictionary, frame, .. } => {
                directory.extend_from_slice(&stored_bytes);
                encode_ref(*dictionary, directory);
                directory.extend_from_slice(&frame.0.to_be_bytes());
            }
            Stored::Earlier { frame } => directory.extend_from_slice(&frame.0.to_be_bytes()),
        }
    }

    /// `count` records that fill the directory, whose blobs fill `blobs`.
    pub(super) fn decode_all(directory: &[u8], blobs: &'a [u8], count: u32) -> Option<Vec<Self>> {
        const RECORD_BYTES_MIN: usize = 1 + 32 + 4;
        if directory.len() < count as usize * RECORD_BYTES_MIN {
            return None;
        }
        let (mut directory, mut blobs) = (Fields::of(directory), Fields::of(blobs));
        let records =
            (0..count).map(|_| Self::decode(&mut directory, &mut blobs)).collect::<Option<Vec<_>>>()?;
        (directory.is_at_end() && blobs.is_at_end()).then_some(records)
    }

    fn decode(directory: &mut Fields<'_>, blobs: &mut Fields<'a>) -> Option<Self> {
        let codec = directory.u8()?;
        let payload = decode_ref(directory)?;
        let mut blob = |length: u32| blobs.bytes(length as usize).map(Cow::Borrowed);
        let stored = match codec {
            RAW => Stored::Raw(blob(payload.length)?),
            ZSTD => Stored::Zstd(blob(directory.u32()?)?),
            ZSTD_WITH => {
                let blob = blob(directory.u32()?)?;
                Stored::ZstdWith {
                    blob,
                    dictionary: decode_ref(directory)?,
                    frame: LogIndex(directory.u64()?),
                }
            }
            EARLIER => Stored::Earlier { frame: LogIndex(directory.u64()?) },
            _ => return None,
        };
        Some(Self { payload, stored })
    }
}

fn encode_ref(payload: PayloadRef, directory: &mut Vec<u8>) {
    directory.extend_from_slice(&payload.digest().0);
    directory.extend_from_slice(&payload.length.to_be_bytes());
}

fn decode_ref(directory: &mut Fields<'_>) -> Option<PayloadRef> {
    let digest = Hash(directory.array()?);
    let length = directory.u32().filter(|&length| length <= PAYLOAD_BYTES_MAX)?;
    Some(PayloadRef::from_parts(digest, length))
}

/// Expands stored payloads. It keeps one zstd context for all of them: making one costs more than a small payload
/// does.
pub(crate) struct Expander {
    zstd: DCtx<'static>,
}

impl Expander {
    pub(crate) fn new() -> Self {
        Self { zstd: DCtx::create() }
    }

    /// Returns the bytes of a payload that is stored where its record is, checked against their digest. `dictionary`
    /// is the payload that they were compressed against, if they were.
    ///
    /// # Errors
    /// A wrong length or digest, or bytes that zstd refuses.
    pub(crate) fn expand(
        &mut self,
        record: &PayloadRecord<'_>,
        dictionary: Option<&[u8]>,
    ) -> Result<Vec<u8>, Wrong> {
        let wrong = |what| Wrong::Payload { digest: record.payload.digest(), what };
        // At most 16 MiB, and zstd writes no more than it is given room for.
        let room = record.payload.length as usize;
        let bytes = match (&record.stored, dictionary) {
            (Stored::Raw(blob), _) => blob.to_vec(),
            (Stored::Zstd(blob), _) => {
                self.unpack(blob, &[], room).ok_or(wrong("is not the zstd frame it should be"))?
            }
            (Stored::ZstdWith { blob, .. }, Some(dictionary)) => self
                .unpack(blob, dictionary, room)
                .ok_or(wrong("does not expand with the payload it was compressed against"))?,
            (Stored::ZstdWith { .. }, None) | (Stored::Earlier { .. }, _) => {
                return Err(wrong("is not stored plainly where it should be"));
            }
        };
        if PayloadRef::to(&bytes) == record.payload {
            Ok(bytes)
        } else {
            Err(wrong("has other bytes than the entry vouches for"))
        }
    }

    /// Returns what a zstd frame holds, at most `room` bytes. The dictionary is used where it lies: no digest is made
    /// of it, since most serve once.
    fn unpack(&mut self, blob: &[u8], dictionary: &[u8], room: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(room);
        self.zstd.decompress_using_dict(&mut bytes, blob, dictionary).ok()?;
        Some(bytes)
    }
}
