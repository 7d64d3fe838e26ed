//! Scrapes of metrics endpoints, by what came of them.

use annals_log::{Event, Fact as _, Scrape};
use prometheus::{IntCounterVec, Registry};

use super::kept::counters;

#[derive(Clone)]
pub(super) struct ScrapeFigures {
    scrapes: IntCounterVec,
}

impl ScrapeFigures {
    pub(super) fn of(registry: &Registry) -> Self {
        let help = "Scrapes that were recorded, by what came of them.";
        let scrapes = counters(registry, "annals_scrapes_total", help, "outcome");
        // Nothing else shows that none was good yet.
        scrapes.with_label_values(&["ok"]);
        Self { scrapes }
    }

    /// Counts an event that is one.
    pub(super) fn count(&self, event: &Event) {
        // Of all that is recorded only these, of some hundred bytes, are read once more.
        if event.kind == Scrape::KIND
            && let Some(scrape) = Scrape::read(event.schema, &event.body)
        {
            self.scrapes.with_label_values(&[scrape.outcome.name()]).inc();
        }
    }
}

#[cfg(test)]
mod tests {
    use annals_log::ScrapeOutcome;

    use super::*;

    #[test]
    fn metrics_tell_scrapes_by_outcome_and_count_nothing_else() {
        let figures = ScrapeFigures::of(&Registry::new());
        let count = |outcome: &str| figures.scrapes.with_label_values(&[outcome]).get();
        assert_eq!(count("ok"), 0);
        let scrape = |outcome| {
            let scrape = Scrape {
                announced: Vec::new(),
                more_announced: 0,
                address: None,
                outcome,
                due_at_ms: 0,
                began_at_ms: 0,
                duration_us: 0,
                first_byte_us: None,
                status: None,
                content_type: None,
                wire_bytes: 0,
                body_bytes: 0,
            };
            Event::new("metrics", "127.0.0.1:9100", 0, &scrape)
        };
        figures.count(&scrape(ScrapeOutcome::Ok { samples: 507 }));
        figures.count(&scrape(ScrapeOutcome::Timeout { why: "late".to_owned() }));
        figures.count(&scrape(ScrapeOutcome::Ok { samples: 0 }));
        let other = Event { kind: annals_log::Kind(7), ..scrape(ScrapeOutcome::Status) };
        figures.count(&other);
        assert_eq!((count("ok"), count("timeout"), count("status")), (2, 1, 0));
    }
}
