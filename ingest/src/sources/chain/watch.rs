//! Which pallets are watched.

use std::collections::BTreeSet;

/// What of a block is recorded decoded. The rest is in its raw events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    pallets: BTreeSet<String>,
    raw_events: RawEvents,
}

/// Whether the bytes of `System.Events` are recorded with each block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RawEvents {
    /// A stranger can decode them again.
    #[default]
    Kept,
    /// Only what is watched stays.
    LeftOut,
}

/// Recorded by default.
pub const WATCHED_PALLETS: [&str; 1] = ["Commitments"];
/// Always recorded, beside failures and new code in `System`: they tell when the state has to be read.
const ALWAYS: [&str; 2] = ["SubtensorModule", "Sudo"];

/// Of `System`, what is no mere success of a call.
const SYSTEM_EVENTS: [&str; 2] = ["ExtrinsicFailed", "CodeUpdated"];

impl Watch {
    /// Watches all events and calls of these pallets, as the runtime names them, beside `SubtensorModule` and `Sudo`.
    pub fn of<'a>(pallets: impl IntoIterator<Item = &'a str>, raw_events: RawEvents) -> Self {
        Self { pallets: ALWAYS.into_iter().chain(pallets).map(str::to_owned).collect(), raw_events }
    }

    pub(super) fn keeps_raw_events(&self) -> bool {
        self.raw_events == RawEvents::Kept
    }

    pub(super) fn shows_event(&self, pallet: &str, event: &str) -> bool {
        self.pallets.contains(pallet) || (pallet == "System" && SYSTEM_EVENTS.contains(&event))
    }

    /// Calls of a watched pallet, also inside of another call, and all of `System`: they replace code and storage.
    pub(super) fn shows_call<'a>(&self, pallet: &str, inside: impl IntoIterator<Item = &'a String>) -> bool {
        let is_watched = |pallet: &str| pallet == "System" || self.pallets.contains(pallet);
        is_watched(pallet) || inside.into_iter().any(|pallet| is_watched(pallet))
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::of(WATCHED_PALLETS, RawEvents::Kept)
    }
}
