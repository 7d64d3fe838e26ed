//! The size of the log that has all that was fetched by a time.

use annals_log::{Fact as _, LOG_SOURCE, LogIndex, Policy, Reader, TreeSize};
use datafusion::error::{DataFusionError, Result};

use super::moment_error::MomentError;

/// The part of a log that was fetched by a time.
pub(super) struct Fetched {
    /// Up to the first entry that was fetched later.
    pub(super) size: TreeSize,
    /// When the last of it was fetched, in milliseconds since 1970 UTC.
    pub(super) last_ms: i64,
    /// Whether everything in the log was fetched by then: then more may still come.
    pub(super) is_all: bool,
}

/// Finds the largest size of which every entry was fetched at or before `at_ms`. Entries that nobody fetched, as those
/// of the log itself and policies, belong to what is before them. Reads every entry, since sources are fetched at
/// times of their own: an import may put what was fetched in the morning behind what was fetched at noon.
///
/// # Errors
/// `FetchedBehind`, when an entry behind that size was fetched by then, too; `NothingFetched`; a fault of the log.
pub(super) fn by(reader: &Reader, at_ms: i64) -> Result<Fetched> {
    let (mut last_ms, mut later): (Option<i64>, Option<(LogIndex, i64)>) = (None, None);
    let mut scan = reader.scan(LogIndex(0)..reader.size().next_index());
    while let Some(frame) = scan.next_frame().map_err(external)? {
        for (index, entry) in frame.entries() {
            let envelope = reader.envelope(index, entry).map_err(external)?;
            if envelope.source == LOG_SOURCE || envelope.kind == Policy::KIND {
                continue;
            }
            let fetched_ms = envelope.fetched_at_ms;
            match later {
                None if fetched_ms > at_ms => later = Some((index, fetched_ms)),
                None => last_ms = last_ms.max(Some(fetched_ms)),
                Some((first, first_ms)) if fetched_ms <= at_ms => {
                    let asked_ms = at_ms;
                    let behind = MomentError::FetchedBehind { asked_ms, first, first_ms, index, fetched_ms };
                    return Err(external(behind));
                }
                Some(_) => {}
            }
        }
    }
    let size = later.map_or(reader.size(), |(first, _)| TreeSize(first.0));
    let first_ms = later.map(|(_, first_ms)| first_ms);
    let last_ms =
        last_ms.ok_or_else(|| external(MomentError::NothingFetched { asked_ms: at_ms, first_ms }))?;
    Ok(Fetched { size, last_ms, is_all: later.is_none() })
}

fn external(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
