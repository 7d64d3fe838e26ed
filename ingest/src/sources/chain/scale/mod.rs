//! SCALE values of a runtime, shown as JSON.

mod error;
mod input;
mod walk;

pub(super) use error::ScaleError;
pub(super) use input::Input;
#[cfg(test)]
pub(super) use walk::Noticed;
#[cfg(feature = "fuzzing")]
pub(super) use walk::TEXT_BYTES_MAX;
pub(super) use walk::{Walk, account_of, digest_text};
