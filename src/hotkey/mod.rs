//! Hotkeys: where they are kept, and which the recorder's own must not be.

mod development;
mod given;
mod keyfile;
mod pair;
pub(crate) mod refusal;

pub(crate) use given::{HotkeyGiven, ProvingGiven, PublisherGiven, proving_hotkey};
pub(crate) use pair::{DEVELOPMENT, of_development};
