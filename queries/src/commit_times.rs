//! When a log reached its sizes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use annals_log::{LogIndex, ReadError, Reader};
use datafusion::arrow::array::{TimestampMillisecondArray, UInt64Array};

use crate::held::hold;

/// The times of the commits of one log. The frame headers of a segment are walked once, when the first size in it is
/// asked for; of each commit 24 bytes are kept.
pub(crate) struct CommitTimes {
    reader: Arc<Reader>,
    /// The commits of each segment that was walked, by the size behind the last of them.
    segments: Mutex<BTreeMap<u64, Vec<Commit>>>,
}

/// The entries of a commit, and when they were recorded.
type Commit = (Range<LogIndex>, i64);

impl CommitTimes {
    pub(crate) fn new(reader: Arc<Reader>) -> Self {
        Self { reader, segments: Mutex::default() }
    }

    /// Checks that headers repeat what the entries say, as of [`hold`]; call it before a time is given out.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn hold(&self) -> Result<Option<String>, ReadError> {
        hold(&self.reader, "times of commits")
    }

    /// Returns when the log reached `size`, in milliseconds since 1970 UTC: when entry `size - 1` was recorded. `None`
    /// for size 0, which no entry made, and for sizes that the log does not have.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn get(&self, size: u64) -> Result<Option<i64>, ReadError> {
        if size == 0 || size > self.reader.size().0 {
            return Ok(None);
        }
        let index = LogIndex(size - 1);
        let mut segments = self.segments.lock().expect("nobody panics while walking headers");
        let walked = segments.range(size..).next().and_then(|(_, commits)| find(commits, index));
        if walked.is_some() {
            return Ok(walked);
        }
        let commits = self.reader.commits_beside(index)?;
        let (found, last) = (find(&commits, index), commits.last().map(|(entries, _)| entries.end.0));
        segments.extend(last.map(|last| (last, commits)));
        Ok(found)
    }

    /// Returns the time of each size, null for null.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn of_all(&self, sizes: &UInt64Array) -> Result<TimestampMillisecondArray, ReadError> {
        let times = sizes.iter().map(|size| size.map_or(Ok(None), |size| self.get(size)));
        Ok(times.collect::<Result<TimestampMillisecondArray, _>>()?.with_timezone("UTC"))
    }
}

/// Finds the commit that holds an entry, among those of one segment.
fn find(commits: &[Commit], index: LogIndex) -> Option<i64> {
    let place = commits.partition_point(|(entries, _)| entries.end <= index);
    let (_, recorded_at_ms) = commits.get(place).filter(|(entries, _)| entries.contains(&index))?;
    Some(*recorded_at_ms)
}
