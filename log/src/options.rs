//! How a log is held.

use std::sync::Arc;

use crate::clock::Clock;
use crate::commit::{Durability, SegmentSize};
use crate::disk::{Disk, SystemDisk};
use crate::hotkey::HotkeySigner;
use crate::index::Indexing;

/// How a log is held.
#[derive(Clone)]
pub struct Options {
    /// When a commit is acknowledged.
    pub durability: Durability,
    /// How large new segments are.
    pub segment_size: SegmentSize,
    /// Program and version, for `recorder_started`.
    pub recorder: String,
    /// The recorder's own hotkey, which signs every checkpoint, too. Entry 0 names the one that the log is made with:
    /// later another is refused, none is fine, and where entry 0 names none it signs nothing.
    pub hotkey: Option<HotkeySigner>,
    /// Only a fixture's may be another than the machine's.
    pub clock: Clock,
    /// Opens a log whose last entry is far ahead of the clock, too: the clock is right now, and was wrong then. The log
    /// says so, and times its entries like that last one until the clock has passed it.
    pub clock_is_right: bool,
    /// A log of at most so many entries is held to its root before anything is written to it; 250,000 of them take a
    /// tenth of a second. A longer one is read while it is written to, and ends recording when that finds a fault.
    pub held_at_open_max: u64,
    /// Where the files are; tests put something in between.
    pub disk: Arc<dyn Disk>,
    /// Whether `index/` is kept beside the log.
    pub indexing: Indexing,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            segment_size: SegmentSize::default(),
            recorder: concat!("annals-log ", env!("CARGO_PKG_VERSION")).to_owned(),
            hotkey: None,
            clock: Clock::default(),
            clock_is_right: false,
            held_at_open_max: 250_000,
            disk: Arc::new(SystemDisk),
            indexing: Indexing::default(),
        }
    }
}
