//! The log: its size, and how long recording takes.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use annals_log::Log;
use prometheus::{Gauge, Histogram, HistogramOpts, IntGauge, Registry};

use super::kept::{kept, looked_up, seconds};

/// A commit waits for the disk, from a millisecond to seconds; a fetch of 8 MiB is decoded in less than one.
const BUCKETS_S: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

pub(super) struct LogFigures {
    entries: IntGauge,
    recorded_at: Gauge,
    recording: Histogram,
}

impl LogFigures {
    /// Those of the log in `data`.
    pub(super) fn of(registry: &Registry, data: &Path) -> Self {
        let segments = data.join("segments");
        let help = "Bytes of the files of segments, with the room that is set aside for later entries.";
        looked_up(registry, "annals_log_segment_bytes", help, move || bytes_in(&segments));
        let help = "Time to decode what one fetch brought, and to commit it durably.";
        let recording =
            HistogramOpts::new("annals_recorder_record_seconds", help).buckets(BUCKETS_S.to_vec());
        Self {
            entries: kept(
                registry,
                IntGauge::new("annals_log_entries", "Entries in the log, its tree size."),
            ),
            recorded_at: kept(
                registry,
                Gauge::new(
                    "annals_log_recorded_timestamp_seconds",
                    "When the last entry was recorded, since 1970.",
                ),
            ),
            recording: kept(registry, Histogram::with_opts(recording)),
        }
    }

    /// Looks where the log stands.
    pub(super) fn look(&self, log: &Log) {
        self.entries.set(i64::try_from(log.size().0).unwrap_or(i64::MAX));
        self.recorded_at.set(seconds(log.recorded_at_ms()));
    }

    /// A fetch was recorded in this time.
    pub(super) fn took(&self, took: Duration) {
        self.recording.observe(took.as_secs_f64());
    }
}

/// Returns the length of the files in a folder; NaN where it cannot be read: 0 would be an empty log.
fn bytes_in(folder: &PathBuf) -> f64 {
    let length = |entry: io::Result<std::fs::DirEntry>| Ok::<_, io::Error>(entry?.metadata()?.len());
    let lengths = std::fs::read_dir(folder).and_then(|entries| entries.map(length).sum::<io::Result<u64>>());
    lengths.map_or(f64::NAN, |bytes| bytes as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_of_a_folder_that_cannot_be_read_are_no_zero() {
        let folder = tempfile::tempdir().expect("a folder");
        let segments = folder.path().join("segments");
        assert!(bytes_in(&segments).is_nan());
        std::fs::create_dir(&segments).expect("a folder");
        std::fs::write(segments.join("0.seg"), [0; 300]).expect("a file");
        std::fs::write(segments.join("7.seg"), [0; 4]).expect("a file");
        assert!((bytes_in(&segments) - 304.0).abs() < f64::EPSILON);
    }
}
