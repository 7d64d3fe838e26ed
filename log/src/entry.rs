//! The bytes of an entry: an envelope that can be read without knowing the kind, and a body that the kind explains.

use bincode::{BorrowDecode, Encode};

use crate::codec::CodecError;
use crate::event::Kind;
use crate::hash::Hash;

/// The envelope's format, its first byte.
pub(crate) const ENVELOPE_FORMAT: u8 = 1;
/// C2SP entry bundles give the length of an entry sixteen bits.
pub(crate) const ENTRY_BYTES_MAX: usize = u16::MAX as usize;
/// A longer body leaves the entry and becomes a payload.
pub(crate) const INLINE_BODY_BYTES_MAX: usize = 8 << 10;

/// One event at its place in the log, decoded from the bytes that are hashed. LOG-FORMAT.md has it to the byte.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub struct Envelope<'a> {
    pub(crate) format: u8,
    /// What kind of fact; the registry is [`crate::KINDS`].
    pub kind: Kind,
    /// Which version of the kind's body.
    pub schema: u16,
    /// The outside world that told it, as `wandb` or `log`.
    pub source: &'a str,
    /// The source's own name for the thing told of, as a run id or a block hash; may be empty.
    pub native_id: &'a str,
    /// When the source says it happened, in milliseconds since 1970 UTC; `None` when it does not say.
    pub observed_at_ms: Option<i64>,
    /// When the raw answer was had.
    pub fetched_at_ms: i64,
    /// Our clock inside the commit; never less than in the entry before, the same in a whole frame.
    pub recorded_at_ms: i64,
    /// The chain's block that it belongs to, if the source knows one.
    pub block: Option<u64>,
    /// What the kind's own struct decodes from.
    pub body: Body<'a>,
    /// Bytes that a stranger chose and that this entry vouches for, in the order the kind gives them a meaning.
    pub attached: Vec<PayloadRef>,
    /// On the last entry of a batch: how far its source has been read.
    pub closes: Option<Closes<'a>>,
}

/// The body of an entry, in it or beside it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub enum Body<'a> {
    /// At most 8 KiB.
    Inline(&'a [u8]),
    /// Over 8 KiB: the bytes are this payload.
    Detached(PayloadRef),
}

/// What an entry says of a payload: enough to know the bytes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, bincode::Decode)]
pub struct PayloadRef {
    sha256: [u8; 32],
    /// In bytes, before any compression.
    pub length: u32,
}

/// The end of a batch: what makes it whole, and where its source goes on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, BorrowDecode)]
pub struct Closes<'a> {
    /// Counts the batches of this source from 1.
    pub sequence: u64,
    /// How far upstream we have read, in the source's own words.
    pub cursor: &'a [u8],
    /// SHA-256 that tells this batch from another one with the same sequence.
    pub batch_sha256: [u8; 32],
}

/// Why an entry cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Written by a later annals, or no entry at all.
    #[error("envelope format {0} is unknown here (known: {ENVELOPE_FORMAT}); a newer annals may read it")]
    UnknownFormat(u8),
    /// The bytes are not an envelope.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

impl PayloadRef {
    /// # Panics
    /// If `bytes` are 4 GiB or more; a batch ends at 16 MiB.
    pub(crate) fn to(bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).expect("a batch is at most 16 MiB");
        Self { sha256: Hash::of(bytes).0, length }
    }

    pub(crate) fn from_parts(digest: Hash, length: u32) -> Self {
        Self { sha256: digest.0, length }
    }

    /// SHA-256 of the bytes, before any compression.
    pub fn digest(&self) -> Hash {
        Hash(self.sha256)
    }
}

impl<'a> Envelope<'a> {
    /// The payloads this entry vouches for, the body first when it is one.
    pub fn payloads(&self) -> impl Iterator<Item = PayloadRef> {
        let body = match self.body {
            Body::Inline(_) => None,
            Body::Detached(payload) => Some(payload),
        };
        body.into_iter().chain(self.attached.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::encode;

    fn envelope(attached: &[PayloadRef]) -> Envelope<'_> {
        Envelope {
            format: ENVELOPE_FORMAT,
            kind: Kind(0x0101),
            schema: 1,
            source: "wandb",
            native_id: "run-1",
            observed_at_ms: Some(-5),
            fetched_at_ms: 1_767_225_600_000,
            recorded_at_ms: 1_767_225_600_001,
            block: Some(9),
            body: Body::Inline(b"body"),
            attached: attached.to_vec(),
            closes: Some(Closes { sequence: 1, cursor: b"page 2", batch_sha256: [7; 32] }),
        }
    }

    #[test]
    fn an_envelope_survives_its_bytes() {
        let attached = [PayloadRef::to(b"one"), PayloadRef::to(b"two")];
        let whole = envelope(&attached);
        assert_eq!(Envelope::decode(&encode(&whole)).unwrap(), whole);
        assert_eq!(whole.payloads().collect::<Vec<_>>(), attached);
    }

    #[test]
    fn another_format_is_named_and_not_guessed_at() {
        let mut bytes = encode(&envelope(&[]));
        bytes[0] = 2;
        assert_eq!(Envelope::decode(&bytes), Err(EntryError::UnknownFormat(2)));
        assert!(matches!(Envelope::decode(&[]), Err(EntryError::Codec(_))));
    }

    #[test]
    fn whatever_decodes_is_written_with_the_same_bytes() {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let mut rng = fastrand::Rng::with_seed(seed);
        let whole = encode(&envelope(&[PayloadRef::to(b"one")]));
        let mut decoded = 0;
        for _ in 0..50_000 {
            let mut bytes = whole.clone();
            let at = rng.usize(1..bytes.len());
            match rng.u8(..3) {
                0 => bytes[at] = [0, 1, 250, 251, 253, 255, rng.u8(..)][rng.usize(..7)],
                1 => bytes.truncate(at),
                _ => bytes.insert(at, rng.u8(..)),
            }
            if let Ok(envelope) = Envelope::decode(&bytes) {
                assert_eq!(encode(&envelope), bytes);
                decoded += 1;
            }
        }
        assert!(decoded > 1_000, "{decoded}");
    }
}
