//! The feeds: what the supervisor says of them.

use annals_ingest::News;
use prometheus::{IntCounterVec, IntGaugeVec, Registry};

use super::kept::{SOURCE, counters, gauges_by_source};

pub(super) struct FeedFigures {
    troubles: IntCounterVec,
    restarts: IntCounterVec,
    ends: IntCounterVec,
    in_trouble: IntGaugeVec,
}

impl FeedFigures {
    pub(super) fn of(registry: &Registry) -> Self {
        let counted = |name, help| counters(registry, name, help, SOURCE);
        Self {
            troubles: counted(
                "annals_feed_troubles_total",
                "Troubles of feeds that were said; one that lasts is one.",
            ),
            restarts: counted(
                "annals_feed_restarts_total",
                "Times that a feed which failed was asked again.",
            ),
            ends: counted("annals_feed_ends_total", "Feeds that ended for good with a failure."),
            in_trouble: gauges_by_source(
                registry,
                "annals_feeds_in_trouble",
                "Feeds whose last poll failed or was of no use.",
            ),
        }
    }

    /// Shows the feeds of a source from now on, before there is news of them.
    pub(super) fn know(&self, source: &str) {
        for counted in [&self.troubles, &self.restarts, &self.ends] {
            counted.with_label_values(&[source]);
        }
        self.in_trouble.with_label_values(&[source]);
    }

    pub(super) fn said(&self, news: &News<'_>) {
        match news {
            News::Trouble { source, before, .. } => {
                self.troubles.with_label_values(&[*source]).inc();
                // A source may have several feeds: one that was in trouble before is counted already.
                if before.is_none() {
                    self.in_trouble.with_label_values(&[*source]).inc();
                }
            }
            News::Restart { source, .. } => self.restarts.with_label_values(&[*source]).inc(),
            News::Over { source, .. } => self.in_trouble.with_label_values(&[*source]).dec(),
            News::Ended { source, .. } => self.ends.with_label_values(&[*source]).inc(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_count_a_feed_in_trouble_once_whatever_its_trouble_becomes() {
        let figures = FeedFigures::of(&Registry::new());
        let source = "wandb";
        let trouble = |what, before| News::Trouble { source, what, before };
        let in_trouble = |news: &[News<'_>]| {
            news.iter().for_each(|news| figures.said(news));
            figures.in_trouble.with_label_values(&[source]).get()
        };
        // Two feeds, one of which is in two troubles in turn.
        assert_eq!(in_trouble(&[trouble("x", None), trouble("y", Some("x")), trouble("x", None)]), 2);
        assert_eq!(in_trouble(&[News::Restart { source, failures: 1 }, News::Over { source, what: "y" }]), 1);
        assert_eq!(in_trouble(&[News::Over { source, what: "x" }]), 0);
        assert_eq!(figures.troubles.with_label_values(&[source]).get(), 3);
        assert_eq!(figures.restarts.with_label_values(&[source]).get(), 1);
        assert_eq!(figures.ends.with_label_values(&[source]).get(), 0);
    }
}
