//! Pieces of a block, listed as far as a commit has room for them: whatever a block has in it, it is recorded.

use annals_log::{
    BATCH_BYTES_MAX, CallOutcome, ChainEvent, ChainExtrinsic, LeftOutPiece, PieceOfBlock, ToldExtrinsic,
};
use sp_crypto_hashing::blake2_256;

use super::scale::digest_text;

/// Raw events that are longer are recorded by their digest. Runtimes bound what blocks may have of them by weight, not
/// by length: 12.2 MB were seen.
pub(super) const RAW_EVENTS_BYTES_MAX: usize = 12 << 20;
/// Of what is listed of a block: with its header the codec reads it again, which counts 16 MiB in memory.
const LISTED_BYTES_MAX: usize = 14 << 20;
/// Of a commit, what a block takes beside what is listed and raw events: header, what was left out, envelopes, outages.
pub(super) const BESIDE_BYTES_MAX: usize = 256 << 10;

/// What of a block is listed: watched events, or watched extrinsics.
pub(super) trait Piece {
    /// What it takes in the block's body, and in the memory of whoever reads it.
    fn bytes(&self) -> usize;
    /// Where what it shows stands in the block.
    fn place(index: u32) -> PieceOfBlock;
    /// Such pieces that are not listed.
    fn places(first: u32, count: u32) -> PieceOfBlock;
}

/// Pieces in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listing<T> {
    room: usize,
    bytes: usize,
    listed: Vec<T>,
    left_out: Vec<LeftOutPiece>,
    unlisted: Option<Unlisted>,
}

/// Once there is no room for a piece, none behind it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unlisted {
    first: u32,
    count: u32,
    bytes: Vec<u8>,
}

impl<T: Piece> Listing<T> {
    pub(super) fn with_room(room: usize) -> Self {
        Self { room, bytes: 0, listed: Vec::new(), left_out: Vec::new(), unlisted: None }
    }

    /// What is left for the next piece.
    pub(super) fn room(&self) -> usize {
        if self.unlisted.is_some() { 0 } else { self.room.saturating_sub(self.bytes) }
    }

    /// What the pieces that are listed take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Lists a piece that shows `text`; the digest of its `bytes` where that is `None` or too long.
    pub(super) fn put(&mut self, index: u32, bytes: &[u8], text: Option<String>, of: impl Fn(String) -> T) {
        if self.unlisted.is_none() {
            if text.is_some_and(|text| self.add(of(text))) {
                return;
            }
            if self.add(of(digest_text(bytes))) {
                self.left_out.push(left_out(T::place(index), bytes));
                return;
            }
        }
        let rest =
            self.unlisted.get_or_insert_with(|| Unlisted { first: index, count: 0, bytes: Vec::new() });
        rest.count += 1;
        rest.bytes.extend_from_slice(bytes);
    }

    /// Lists a short piece of which there are few, and which following the chain depends on.
    pub(super) fn put_always(&mut self, piece: T) {
        self.bytes += piece.bytes();
        self.listed.push(piece);
    }

    fn add(&mut self, piece: T) -> bool {
        let has_room = self.bytes + piece.bytes() <= self.room;
        if has_room {
            self.put_always(piece);
        }
        has_room
    }

    /// What is listed, and what was left out.
    pub(super) fn end(mut self) -> (Vec<T>, Vec<LeftOutPiece>) {
        let rest = self.unlisted.map(|rest| left_out(T::places(rest.first, rest.count), &rest.bytes));
        self.left_out.extend(rest);
        (self.listed, self.left_out)
    }
}

/// Room for what is listed of a block beside so many bytes of raw events: for its events, and for all of it.
pub(super) fn rooms(attached_bytes: usize) -> (usize, usize) {
    let all = (BATCH_BYTES_MAX - BESIDE_BYTES_MAX - attached_bytes).min(LISTED_BYTES_MAX);
    // Calls come from whoever pays for them, and so do events: neither takes the place of all of the other.
    (all / 5 * 3, all)
}

pub(super) fn left_out(place: PieceOfBlock, bytes: &[u8]) -> LeftOutPiece {
    LeftOutPiece { place, length: bytes.len() as u64, blake2_256: blake2_256(bytes) }
}

impl Piece for ChainEvent {
    fn bytes(&self) -> usize {
        // As the codec counts: integers and lengths in full.
        let texts = self.pallet.len() + self.name.len() + self.fields.len();
        size_of::<Self>().max(36 + texts)
    }

    fn place(index: u32) -> PieceOfBlock {
        PieceOfBlock::Fields(index)
    }

    fn places(first: u32, count: u32) -> PieceOfBlock {
        PieceOfBlock::Events(first, count)
    }
}

impl Piece for ChainExtrinsic {
    fn bytes(&self) -> usize {
        let texts = match &self.told {
            ToldExtrinsic::Call(call) => {
                let error = if let CallOutcome::Failed(error) = &call.outcome { error.len() } else { 0 };
                call.pallet.len() + call.name.len() + call.args.len() + error
            }
            ToldExtrinsic::Undecoded(why) => why.len(),
        };
        size_of::<Self>().max(128 + texts)
    }

    fn place(index: u32) -> PieceOfBlock {
        PieceOfBlock::Args(index)
    }

    fn places(first: u32, count: u32) -> PieceOfBlock {
        PieceOfBlock::Extrinsics(first, count)
    }
}

#[cfg(test)]
mod tests {
    use annals_log::EventPhase;

    use super::*;

    fn event(index: u32, fields: String) -> ChainEvent {
        let (pallet, name) = ("P".to_owned(), "E".to_owned());
        ChainEvent { index, phase: EventPhase::Initialization, pallet, name, fields }
    }

    #[test]
    fn what_has_no_room_is_listed_by_its_digest_and_what_follows_is_counted() {
        let digest = digest_text(&[7; 40]);
        let mut listing = Listing::with_room(2 * event(0, digest.clone()).bytes() + 10);
        for (index, text) in (0..).zip([Some("x".repeat(90)), None, Some("y".repeat(90)), Some("z".into())]) {
            listing.put(index, &[7; 40], text, |fields| event(index, fields));
        }
        listing.put_always(event(9, String::new()));
        let (listed, pieces) = listing.end();
        let fields: Vec<&str> = listed.iter().map(|event| event.fields.as_str()).collect();
        assert_eq!(fields, [&"x".repeat(90), digest.as_str(), ""]);
        let places: Vec<String> = pieces.iter().map(|piece| piece.place.to_string()).collect();
        assert_eq!(places, ["events[1].fields", "events[2..]"]);
        assert_eq!(pieces[1].place, PieceOfBlock::Events(2, 2));
        assert_eq!((pieces[1].length, pieces[1].blake2_256), (80, blake2_256(&[7; 80])));
    }

    /// What is listed of a block without a byte to spare.
    #[test]
    fn a_block_that_is_full_is_read_again() {
        let (of_events, all) = rooms(0);
        for text in ["", "[27,\"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY\"]"] {
            let mut events = Listing::with_room(of_events);
            let mut index = 0;
            while events.unlisted.is_none() {
                events.put(index, b"", Some(text.to_owned()), |fields| event(index, fields));
                index += 1;
            }
            let mut extrinsics = Listing::with_room(all - events.bytes());
            let undecoded = |text| ToldExtrinsic::Undecoded(text);
            while extrinsics.unlisted.is_none() {
                extrinsics.put(0, b"", Some(text.to_owned()), |text| ChainExtrinsic {
                    index: 0,
                    hash: [1; 32],
                    told: undecoded(text),
                });
            }
            let block = annals_log::ChainBlock {
                header: vec![0; 1000],
                spec_version: 1,
                metadata_sha256: [0; 32],
                event_count: 0,
                extrinsic_count: 0,
                events: events.listed,
                extrinsics: extrinsics.listed,
            };
            let body = annals_log::encode(&block);
            assert!(body.len() <= BATCH_BYTES_MAX - BESIDE_BYTES_MAX);
            assert_eq!(annals_log::decode::<annals_log::ChainBlock>(&body).as_ref(), Ok(&block));
        }
    }
}
