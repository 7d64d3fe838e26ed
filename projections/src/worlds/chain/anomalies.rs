//! What the chain says that no table can be made of, or that explains nothing.

use annals_log::{Anomaly, ChainBlock, ChainEvent, Fact as _, Kind};

use super::cause::{Cause, Unreadable};
use super::told::ToldChain;
use crate::odd_entry::{Found, OddEntry};

pub(super) const ODD_KINDS: &[(Kind, u16)] = ToldChain::KINDS;

/// Lists what is odd in an entry of the chain.
pub(super) fn odd_in(entry: &OddEntry<'_>) -> Found {
    let OddEntry { envelope, body, .. } = entry;
    if envelope.block.is_none() {
        let detail = "it belongs to no block; no table is made of it";
        return Err(Anomaly::new("height_missing", "", detail));
    }
    let odd = match envelope.kind {
        ChainBlock::KIND => ChainBlock::read(envelope.schema, body)
            .map(|block| block.events.iter().filter_map(of_event).collect()),
        _ => ToldChain::read(0, envelope, body).and_then(|told| told.fact).map(|_| Vec::new()),
    };
    odd.ok_or_else(Anomaly::undecodable)
}

fn of_event(event: &ChainEvent) -> Option<Anomaly> {
    if Cause::of(event) != Err(Unreadable) {
        return None;
    }
    let detail = format!("{} does not say whom it is about; it explains nothing", event.name);
    Some(Anomaly::new("event_unreadable", format!("events[{}]", event.index), detail))
}
