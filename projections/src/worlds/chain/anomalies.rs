//! Anomalies of the chain's entries: what could not be read, or was too large.

use annals_log::{
    BlockLeftOut, ChainBlock, Fact as _, Hash, LeftOutPiece, PieceOfBlock, ToldExtrinsic, decode,
};

use super::cause::{Cause, Unreadable};
use super::told::ToldChain;
use crate::anomaly::{Anomaly, OddEntry, anomaly, undecodable};

/// Returns what is odd in an entry; `None` for one that is not of the chain.
pub(super) fn anomalies(entry: &OddEntry<'_>) -> Option<Vec<Anomaly>> {
    if ToldChain::is_told_by(entry.envelope) {
        return Some(of_chain(entry));
    }
    entry
        .is::<BlockLeftOut>()
        .then(|| entry.odd_in(|told: BlockLeftOut| told.pieces.iter().map(of_left_out).collect()))
}

fn of_chain(entry: &OddEntry<'_>) -> Vec<Anomaly> {
    let (envelope, body) = (entry.envelope, entry.body);
    if envelope.block.is_none() {
        return vec![anomaly("height_missing", "", "it belongs to no block; no table is made of it")];
    }
    if ToldChain::read(0, envelope, body).is_none() {
        return undecodable();
    }
    match decode::<ChainBlock>(body) {
        Ok(block) if envelope.kind == ChainBlock::KIND => of_block(&block),
        _ => Vec::new(),
    }
}

fn of_block(block: &ChainBlock) -> Vec<Anomaly> {
    let unreadable = block.events.iter().filter(|event| Cause::of(event) == Err(Unreadable));
    let events = unreadable.map(|event| {
        let (place, name) = (format!("events[{}]", event.index), &event.name);
        let detail = format!("{name} does not say whom it is about; it explains nothing");
        anomaly("event_unreadable", place, detail)
    });
    let extrinsics = block.extrinsics.iter().filter_map(|extrinsic| {
        let ToldExtrinsic::Undecoded(why) = &extrinsic.told else { return None };
        let place = format!("extrinsics[{}]", extrinsic.index);
        Some(anomaly("extrinsic_undecodable", place, why.clone()))
    });
    events.chain(extrinsics).collect()
}

fn of_left_out(piece: &LeftOutPiece) -> Anomaly {
    let LeftOutPiece { place, length, blake2_256 } = piece;
    let what = match place {
        PieceOfBlock::RawEvents => "too large to keep".to_owned(),
        PieceOfBlock::Fields(_) | PieceOfBlock::Args(_) => "too large to take apart".to_owned(),
        PieceOfBlock::Events(_, count) => format!("too large to list {count} watched events"),
        PieceOfBlock::Extrinsics(_, count) => format!("too large to list {count} watched extrinsics"),
    };
    let detail = format!("{what}: {length} bytes with BLAKE2b-256 0x{}", Hash(*blake2_256));
    anomaly("piece_too_large", place.to_string(), detail)
}
