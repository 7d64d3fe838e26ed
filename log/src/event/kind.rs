//! The number of a kind of event.

use bincode::{Decode, Encode};

/// The number of a kind of event; the high byte is the block of its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Kind(pub u16);
