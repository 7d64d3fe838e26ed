//! The sources: what they answered, what of it is in the log, and how far it has come.

use std::collections::BTreeMap;

use annals_ingest::{Lag, Taken};
use prometheus::{Gauge, GaugeVec, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry};

use super::kept::{SOURCE, counters, gauges_by_source, kept, seconds};

pub(super) struct SourceFigures {
    answers: IntCounterVec,
    events: IntCounterVec,
    recorded_at: GaugeVec,
    lag_blocks: IntGaugeVec,
    /// By name. They are looked up once, and moved without a lock then.
    known: BTreeMap<String, OneSource>,
}

/// The figures of one source.
struct OneSource {
    answers: IntCounter,
    events: IntCounter,
    recorded_at: Gauge,
}

impl SourceFigures {
    pub(super) fn of(registry: &Registry) -> Self {
        let recorded_at = Opts::new(
            "annals_source_last_recorded_timestamp_seconds",
            "When answers of the source were last recorded, failures among them, since 1970; 0 before.",
        );
        Self {
            answers: counters(
                registry,
                "annals_source_answers_total",
                "Answers of the source that were taken in, failed requests among them.",
                SOURCE,
            ),
            events: counters(
                registry,
                "annals_source_events_total",
                "Events that answers of the source added.",
                SOURCE,
            ),
            recorded_at: kept(registry, GaugeVec::new(recorded_at, &[SOURCE])),
            lag_blocks: gauges_by_source(
                registry,
                "annals_source_lag_blocks",
                "Blocks that the source had and the log lacked when the source was last recorded.",
            ),
            known: BTreeMap::new(),
        }
    }

    /// Shows the source from now on, before it answers.
    pub(super) fn know(&mut self, source: &str) {
        self.one(source);
    }

    fn one(&mut self, source: &str) -> &OneSource {
        // Without a name that is made for nothing, each time but the first.
        if !self.known.contains_key(source) {
            let one = OneSource {
                answers: self.answers.with_label_values(&[source]),
                events: self.events.with_label_values(&[source]),
                recorded_at: self.recorded_at.with_label_values(&[source]),
            };
            self.known.insert(source.to_owned(), one);
        }
        &self.known[source]
    }

    /// A fetch of the source was recorded; `before` and `after` count what was taken in.
    pub(super) fn recorded(&mut self, source: &str, (before, after): (&Taken, &Taken), now_ms: i64) {
        let one = self.one(source);
        one.answers.inc_by(after.exchanges - before.exchanges);
        one.events.inc_by(after.events - before.events);
        one.recorded_at.set(seconds(now_ms));
    }

    pub(super) fn shown(&self, source: &str, lag: Lag) {
        let blocks = lag.head.saturating_sub(lag.recorded);
        self.lag_blocks.with_label_values(&[source]).set(i64::try_from(blocks).unwrap_or(i64::MAX));
    }
}
