//! The recorder's own hotkey: where it is kept, and which it must not be.

mod given;
mod keyfile;
pub(crate) mod refusal;

pub(crate) use given::HotkeyGiven;
