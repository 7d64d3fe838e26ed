//! What is odd in an entry: what its kind says of itself, and what upstream's rules say of it, world by world.

use annals_log::{Anomaly, Envelope, EventView, KINDS, Kind, ReadError};

use crate::odd_entry::OddEntry;
use crate::worlds;

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
    match worlds::odd_in(&mut OddEntry { envelope, body, attached })? {
        Some(Ok(odd)) => found = odd,
        Some(Err(unusable)) => return Ok(vec![unusable]),
        None => {}
    }
    if let Some(row) = envelope.kind.row() {
        found.extend(row.anomalies(&EventView::of(envelope, body)));
    }
    Ok(found)
}

/// Returns the kinds of entries in which [`anomalies_of`] may find something.
pub fn kinds_with_anomalies() -> Vec<Kind> {
    let by_world = worlds::odd_kinds();
    let is_seen = |kind| by_world.iter().any(|(seen, _)| *seen == kind);
    KINDS.iter().filter(|row| row.may_be_odd() || is_seen(row.kind)).map(|row| row.kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kind_is_looked_at_by_two_worlds() {
        let kinds = worlds::odd_kinds();
        for (place, kind) in kinds.iter().enumerate() {
            assert!(!kinds[place + 1..].contains(kind), "{}", kind.0);
        }
    }
}
