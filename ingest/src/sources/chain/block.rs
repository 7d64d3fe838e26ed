//! One block of a node's answers: checked against itself and the log, and decoded.

use annals_log::{BlockLeftOut, ChainBlock, Payload, PieceOfBlock};
use sp_crypto_hashing::blake2_256;

use super::answers::Answers;
use super::cursor::Cursor;
use super::events::Events;
use super::extrinsics::{Extrinsic, list};
use super::listing::{Listing, RAW_EVENTS_BYTES_MAX, left_out, rooms};
use super::question::{BlockHash, ToldBlock, block_told, bytes_told, hex_text};
use super::runtime::Runtime;
use super::watch::Watch;

/// A block whose header is what its hash says, and joins the block before it.
pub(super) struct Block {
    pub(super) hash: BlockHash,
    told: ToldBlock,
}

/// What a block tells.
pub(super) struct Decoded {
    pub(super) fact: ChainBlock,
    /// `None` where that is all of it.
    pub(super) left_out: Option<BlockLeftOut>,
    /// Its own timestamp.
    pub(super) observed_at_ms: Option<i64>,
    /// Its raw events, unless they are left out.
    pub(super) attached: Vec<Payload>,
}

impl Block {
    /// # Errors
    /// In words, when it is not the block that the hash names, or not the one that follows upon `behind`.
    pub(super) fn of(
        height: u64,
        hash: BlockHash,
        behind: Option<&Cursor>,
        answers: &Answers<'_>,
    ) -> Result<Self, String> {
        let exchange = answers.blocks.get(&hash).ok_or("it was not asked for")?;
        let told = block_told(exchange)?.ok_or("the node does not have it")?;
        let header = &told.header;
        if blake2_256(&header.to_scale()) != hash {
            return Err(format!("its header does not hash to {}", hex_text(&hash)));
        }
        if header.number != height {
            return Err(format!("its header says that it is block {}", header.number));
        }
        match behind {
            Some(before) if before.hash != header.parent_hash => Err(format!(
                "its parent is {}, and the log has {} at that height",
                hex_text(&header.parent_hash),
                hex_text(&before.hash)
            )),
            _ => Ok(Self { hash, told }),
        }
    }

    pub(super) fn number(&self) -> u64 {
        self.told.header.number
    }

    /// Of the runtime that executed it: the one in force behind its parent.
    ///
    /// # Errors
    /// In words, when nobody asked.
    pub(super) fn spec_version(&self, answers: &Answers<'_>) -> Result<u32, String> {
        let version = answers.versions.get(&self.told.header.parent_hash);
        let version = version.ok_or("the node was not asked which runtime executed it")?;
        Ok(version.spec_version)
    }

    /// # Errors
    /// In words, when its events are missing, or are not of that runtime.
    pub(super) fn decode(
        &self,
        runtime: &Runtime,
        watch: &Watch,
        answers: &Answers<'_>,
    ) -> Result<Decoded, String> {
        let exchange = answers.events.get(&self.hash).ok_or("its events were not asked for")?;
        let raw_events = bytes_told(exchange)?;
        let raw_events =
            raw_events.ok_or("the node has no events of it: the state is gone, or was never there")?;
        let is_kept = watch.keeps_raw_events();
        let is_attached = is_kept && raw_events.len() <= RAW_EVENTS_BYTES_MAX;
        let (room_of_events, room) = rooms(if is_attached { raw_events.len() } else { 0 });
        let events = Events::decode(&raw_events, &runtime.metadata, watch, room_of_events);
        let events = events.map_err(|error| error.to_string())?;
        let mut extrinsics = Listing::with_room(room - events.watched.bytes());
        let mut observed_at_ms = None;
        for (index, bytes) in (0..).zip(&self.told.extrinsics) {
            let decoded = Extrinsic::decode(bytes, &runtime.metadata, extrinsics.room());
            if let Ok(extrinsic) = &decoded {
                observed_at_ms = observed_at_ms.or(extrinsic.timestamp_ms());
            }
            list(index, bytes, decoded, &events, watch, &mut extrinsics);
        }
        let is_lost = is_kept && !is_attached;
        let mut pieces: Vec<_> =
            is_lost.then(|| left_out(PieceOfBlock::RawEvents, &raw_events)).into_iter().collect();
        let event_count = events.count;
        let (events, of_events) = events.watched.end();
        let (extrinsics, of_extrinsics) = extrinsics.end();
        pieces.extend(of_events.into_iter().chain(of_extrinsics));
        let extrinsic_count = self.told.extrinsics.len();
        let fact = ChainBlock {
            header: self.told.header.to_scale(),
            spec_version: runtime.told.spec_version,
            metadata_sha256: runtime.metadata_sha256.0,
            event_count,
            extrinsic_count: extrinsic_count.try_into().map_err(|_| "it has too many extrinsics")?,
            events,
            extrinsics,
        };
        let left_out = (!pieces.is_empty()).then_some(BlockLeftOut { pieces });
        let attached = if is_attached { vec![raw_events.into()] } else { Vec::new() };
        Ok(Decoded { fact, left_out, observed_at_ms, attached })
    }
}
