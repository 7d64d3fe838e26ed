//! `System.Events` of a block, by the metadata of the runtime that executed it.

use std::collections::BTreeMap;

use annals_log::{CallOutcome, ChainEvent, EventPhase};
use subxt::Metadata;

use super::listing::Listing;
use super::scale::{ScaleError, Walk, digest_text};
use super::watch::Watch;

/// What a block's events tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Events {
    /// All, watched or not.
    pub(super) count: u32,
    /// Those that are watched.
    pub(super) watched: Listing<ChainEvent>,
    /// By the place of the extrinsic.
    pub(super) outcomes: BTreeMap<u32, CallOutcome>,
}

/// Why the bytes are not the events of a block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum EventsError {
    #[error("a block without events is not: at the least its timestamp was set")]
    None,
    #[error("event {index} of {count}: {why}")]
    Event { index: u32, count: usize, why: String },
    #[error("{0} bytes follow behind the last event")]
    TooLong(usize),
}

impl Events {
    /// The events of a block, of which as many are listed as there is `room` for.
    ///
    /// # Errors
    /// [`EventsError`]: then nothing of the bytes can be trusted, and as a rule they are of another runtime.
    pub(super) fn decode(
        bytes: &[u8],
        metadata: &Metadata,
        watch: &Watch,
        room: usize,
    ) -> Result<Self, EventsError> {
        let mut walk = Walk::over(metadata, bytes);
        let count = walk.input.length().unwrap_or_default();
        if count == 0 {
            return Err(EventsError::None);
        }
        let mut events = Self { count: 0, watched: Listing::with_room(room), outcomes: BTreeMap::new() };
        for index in 0..u32::try_from(count).unwrap_or(u32::MAX) {
            let taken = events.take(index, &mut walk, metadata, watch);
            taken.map_err(|why| EventsError::Event { index, count, why })?;
        }
        match walk.input.rest() {
            [] => Ok(events),
            rest => Err(EventsError::TooLong(rest.len())),
        }
    }

    fn take(
        &mut self,
        index: u32,
        walk: &mut Walk<'_>,
        metadata: &Metadata,
        watch: &Watch,
    ) -> Result<(), String> {
        let say = |error: ScaleError| error.to_string();
        let phase = phase(walk).map_err(say)?;
        let (pallet_index, event_index) = (walk.input.byte().map_err(say)?, walk.input.byte().map_err(say)?);
        let pallet = metadata.pallet_by_event_index(pallet_index);
        let pallet = pallet.ok_or_else(|| format!("no pallet has events with index {pallet_index}"))?;
        let event = pallet.event_variant_by_index(event_index);
        let event = event.ok_or_else(|| format!("{} has no event {event_index}", pallet.name()))?;
        let in_event = |error: ScaleError| format!("{}.{}: {error}", pallet.name(), event.name);
        let is = |name: &str| pallet.name() == "System" && event.name == name;
        if watch.shows_event(pallet.name(), &event.name) {
            let shown = walk.show_fields(&event.fields, self.watched.room()).map_err(in_event)?;
            if let (EventPhase::Extrinsic(place), true) = (phase, is("ExtrinsicFailed")) {
                let fields = || shown.text.clone().unwrap_or_else(|| digest_text(shown.bytes));
                let why = shown.noticed.error.unwrap_or_else(fields);
                self.outcomes.insert(place, CallOutcome::Failed(why));
            }
            let listed = |fields| {
                let (pallet, name) = (pallet.name().to_owned(), event.name.clone());
                ChainEvent { index, phase, pallet, name, fields }
            };
            if is("CodeUpdated") {
                self.watched.put_always(listed(shown.text.unwrap_or_else(|| digest_text(shown.bytes))));
            } else {
                self.watched.put(index, shown.bytes, shown.text, listed);
            }
        } else {
            let (done, _) = walk.skip_fields(&event.fields);
            done.map_err(in_event)?;
        }
        if let (EventPhase::Extrinsic(place), true) = (phase, is("ExtrinsicSuccess")) {
            self.outcomes.insert(place, CallOutcome::Succeeded);
        }
        self.count += 1;
        // Topics, 32 bytes each.
        let topics = walk.input.length().map_err(say)?;
        walk.input.take(topics.saturating_mul(32)).map_err(say)?;
        Ok(())
    }
}

fn phase(walk: &mut Walk<'_>) -> Result<EventPhase, ScaleError> {
    Ok(match walk.input.byte()? {
        0 => EventPhase::Extrinsic(u32::from_le_bytes(walk.input.array()?)),
        1 => EventPhase::Finalization,
        2 => EventPhase::Initialization,
        _ => return Err(ScaleError::Malformed("phase")),
    })
}
