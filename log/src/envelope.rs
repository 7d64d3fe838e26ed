//! Reading an envelope. The short way takes its only form field by field, and has nothing to write again for
//! comparison: verifying or scanning a log reads each entry once, and with the codec that took half as long as its
//! hash.

use crate::codec;
use crate::entry::{Body, Closes, ENTRY_BYTES_MAX, ENVELOPE_FORMAT, EntryError, Envelope, PayloadRef};
use crate::event::Kind;
use crate::hash::Hash;

impl<'a> Envelope<'a> {
    /// Reads an entry, in its only form.
    ///
    /// # Errors
    /// `UnknownFormat` for another first byte, `Codec` when the rest is no envelope or has two ways to be written.
    #[inline(always)]
    pub fn decode(entry: &'a [u8]) -> Result<Self, EntryError> {
        match entry.first() {
            // What the short way does not take, the codec does, or says why not.
            Some(&ENVELOPE_FORMAT) => match read(entry) {
                Some(envelope) => Ok(envelope),
                None => Ok(codec::decode(entry)?),
            },
            None => Ok(codec::decode(entry)?),
            Some(&other) => Err(EntryError::UnknownFormat(other)),
        }
    }
}

/// The envelope of which `entry` is the one form, as LOG-FORMAT.md has it. `None` says only that the codec must decide.
///
/// Inlined where it is called, as the body is into it: what is moved through memory in wider pieces than it was written
/// in stalls the processor, here for as long as the rest of reading takes.
#[inline(always)]
fn read(entry: &[u8]) -> Option<Envelope<'_>> {
    // The codec bounds what it allocates; an entry of the log is too short to claim more.
    let mut fields = Fields { rest: (entry.len() <= ENTRY_BYTES_MAX).then_some(entry)? };
    let envelope = Envelope {
        format: fields.byte()?,
        kind: Kind(fields.unsigned(u16::MAX.into())?.try_into().ok()?),
        schema: fields.unsigned(u16::MAX.into())?.try_into().ok()?,
        source: fields.text()?,
        native_id: fields.text()?,
        observed_at_ms: fields.option(Fields::signed)?,
        fetched_at_ms: fields.signed()?,
        recorded_at_ms: fields.signed()?,
        block: fields.option(Fields::u64)?,
        body: fields.body()?,
        attached: fields.payloads()?,
        closes: fields.option(Fields::closes)?,
    };
    fields.rest.is_empty().then_some(envelope)
}

/// Takes fields from the front; `None` once one is not there in its only form.
struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*array)
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn u64(&mut self) -> Option<u64> {
        self.unsigned(u64::MAX)
    }

    /// In as few bytes as it can be written, and at most `max`.
    fn unsigned(&mut self, max: u64) -> Option<u64> {
        let (number, least) = match self.byte()? {
            small @ ..251 => (small.into(), 0),
            251 => (u16::from_le_bytes(self.array()?).into(), 251),
            252 => (u32::from_le_bytes(self.array()?).into(), 1 << 16),
            253 => (u64::from_le_bytes(self.array()?), 1 << 32),
            _ => return None,
        };
        (least..=max).contains(&number).then_some(number)
    }

    /// Zigzag: the sign is the lowest bit.
    fn signed(&mut self) -> Option<i64> {
        self.u64().map(|number| (number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn option<T>(&mut self, some: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            1 => some(self).map(Some),
            _ => None,
        }
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u64()?).ok()?;
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        self.bytes().and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    #[inline(always)]
    fn body(&mut self) -> Option<Body<'a>> {
        match self.byte()? {
            0 => self.bytes().map(Body::Inline),
            1 => self.payload().map(Body::Detached),
            _ => None,
        }
    }

    fn payloads(&mut self) -> Option<Vec<PayloadRef>> {
        let mut payloads = Vec::new();
        // However many are claimed, no more are made than there are bytes for.
        for _ in 0..self.u64()? {
            payloads.push(self.payload()?);
        }
        Some(payloads)
    }

    fn payload(&mut self) -> Option<PayloadRef> {
        let digest = Hash(self.array()?);
        let length = self.unsigned(u32::MAX.into())?.try_into().ok()?;
        Some(PayloadRef::from_parts(digest, length))
    }

    fn closes(&mut self) -> Option<Closes<'a>> {
        Some(Closes { sequence: self.u64()?, cursor: self.bytes()?, batch_sha256: self.array()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers on both sides of every step of their form.
    const NUMBERS: [u64; 12] =
        [0, 1, 250, 251, 252, 65_535, 65_536, 1 << 31, u32::MAX as u64, 1 << 32, i64::MAX as u64, u64::MAX];

    fn entry(rng: &mut fastrand::Rng) -> Vec<u8> {
        let mut number = || NUMBERS[rng.usize(..NUMBERS.len())];
        let times = [number(), number(), number()].map(u64::cast_signed);
        let (small, block, sequence) = (number(), number(), number());
        let [a, b, c, d, ..] = small.to_le_bytes();
        let (kind, length) = (u16::from_le_bytes([a, b]), u32::from_le_bytes([a, b, c, d]));
        let (text, bytes) = ("tëxt".repeat(rng.usize(..90)), vec![rng.u8(..); rng.usize(..400)]);
        let payload = PayloadRef::from_parts(Hash::of(&bytes), length);
        codec::encode(&Envelope {
            format: 1,
            kind: Kind(kind),
            schema: kind ^ 1,
            source: &text[..text.len() / 10 * 5],
            native_id: &text,
            observed_at_ms: rng.bool().then_some(times[0]),
            fetched_at_ms: times[1],
            recorded_at_ms: times[2],
            block: rng.bool().then_some(block),
            body: if rng.bool() { Body::Inline(&bytes) } else { Body::Detached(payload) },
            attached: vec![payload; rng.usize(..3)],
            closes: rng.bool().then_some(Closes { sequence, cursor: &bytes, batch_sha256: [9; 32] }),
        })
    }

    #[test]
    fn the_short_way_takes_exactly_what_the_codec_takes() {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let mut rng = fastrand::Rng::with_seed(seed);
        let (mut taken, mut refused) = (0, 0);
        for _ in 0..50_000 {
            let whole = entry(&mut rng);
            assert_eq!(read(&whole), codec::decode(&whole).ok());
            let mut bytes = whole;
            for _ in 0..rng.usize(1..3) {
                let at = rng.usize(..bytes.len());
                match rng.u8(..4) {
                    0 => bytes[at] = [0, 1, 250, 251, 252, 253, 254, 255, rng.u8(..)][rng.usize(..9)],
                    1 => bytes.truncate(at.max(1)),
                    2 => bytes.insert(at, [0, 1, 251, 252, 253, rng.u8(..)][rng.usize(..6)]),
                    _ => drop(bytes.remove(at)),
                }
                if bytes.is_empty() {
                    break;
                }
            }
            let short = read(&bytes);
            assert_eq!(short, codec::decode(&bytes).ok(), "{bytes:?}");
            *if short.is_some() { &mut taken } else { &mut refused } += 1;
        }
        assert!(taken > 1_000 && refused > 1_000, "{taken} taken, {refused} refused");
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_decided_as_the_codec_does() {
        let mut rng = fastrand::Rng::with_seed(27);
        let whole = entry(&mut rng);
        for at in 0..whole.len() {
            assert_eq!(read(&whole[..at]), codec::decode(&whole[..at]).ok());
            let mut bytes = whole.clone();
            for byte in 0..=255 {
                bytes[at] = byte;
                assert_eq!(read(&bytes), codec::decode(&bytes).ok(), "{byte} at {at}");
            }
        }
    }
}
