//! Whom the log is raced against, and the track.

mod alone;
mod bare_scan;
mod machine;
mod race;
mod raw_file;
mod scratch_log;
mod unsigned;

pub(crate) use alone::Alone;
pub(crate) use bare_scan::BareScan;
pub(crate) use machine::{ResidentMemory, print_machine};
pub(crate) use race::{Race, Target};
pub(crate) use raw_file::{RawFile, TwoFiles};
pub(crate) use scratch_log::{ENTRY_BYTES, ScratchLog, events};
pub(crate) use unsigned::UnsignedKeyspace;
