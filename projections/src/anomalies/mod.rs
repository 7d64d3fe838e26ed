//! What is odd in an entry: what its kind says of itself, and what upstream's rules say of it, world by world.

mod chain;
mod computedb;
mod wandb;

use annals_log::{Anomaly, Envelope, EventView, KINDS, Kind, ReadError};

/// An entry, with its body and the way to its payloads.
struct Seen<'a> {
    envelope: &'a Envelope<'a>,
    body: &'a [u8],
    /// Gives a payload by its place.
    attached: &'a mut dyn FnMut(usize) -> Result<Vec<u8>, ReadError>,
}

/// What a world's rules, or the payloads that its entries vouch for, find odd.
struct World {
    /// The kinds that it looks at, each in the schema that is written.
    kinds: &'static [(Kind, u16)],
    /// Lists what is odd in an entry of one of these kinds.
    find: fn(&mut Seen<'_>) -> Result<Found, ReadError>,
}

/// What was found odd, or the reason why no table is made of the entry at all: nothing else is said of it then.
type Found = Result<Vec<Anomaly>, Anomaly>;

/// Every world that finds more than the facts say themselves. A kind is looked at by at most one of them.
const WORLDS: &[World] = &[wandb::WORLD, chain::WORLD, computedb::WORLD];

/// Returns what is odd in an entry with this body; `attached` gives its payloads by their place.
///
/// # Errors
/// What `attached` says.
pub fn anomalies_of(
    envelope: &Envelope<'_>,
    body: &[u8],
    attached: &mut dyn FnMut(usize) -> Result<Vec<u8>, ReadError>,
) -> Result<Vec<Anomaly>, ReadError> {
    let mut found = Vec::new();
    let written = (envelope.kind, envelope.schema);
    if let Some(world) = WORLDS.iter().find(|world| world.kinds.contains(&written)) {
        match (world.find)(&mut Seen { envelope, body, attached })? {
            Ok(odd) => found = odd,
            Err(unusable) => return Ok(vec![unusable]),
        }
    }
    if let Some(row) = envelope.kind.row() {
        found.extend(row.anomalies(&EventView::of(envelope, body)));
    }
    Ok(found)
}

/// Returns the kinds of entries in which [`anomalies_of`] may find something.
pub fn kinds_with_anomalies() -> Vec<Kind> {
    let is_seen = |kind| WORLDS.iter().any(|world| world.kinds.iter().any(|(seen, _)| *seen == kind));
    KINDS.iter().filter(|row| row.may_be_odd() || is_seen(row.kind)).map(|row| row.kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kind_is_looked_at_by_two_worlds() {
        let kinds: Vec<_> = WORLDS.iter().flat_map(|world| world.kinds).collect();
        for (place, kind) in kinds.iter().enumerate() {
            assert!(!kinds[place + 1..].contains(kind), "{}", kind.0);
        }
    }
}
