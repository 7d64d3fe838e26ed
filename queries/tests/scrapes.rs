//! Scrapes, and the samples that are found in them.

use annals_log::{Account, Announcement, Event, Scrape, ScrapeOutcome};
use annals_queries::Limits;

use crate::scratch::{START_MS, Scratch, rows};

/// A body with everything that one may have.
pub(crate) const OPEN_METRICS: &str = "\
# TYPE load_seconds histogram
# UNIT load_seconds seconds
# HELP load_seconds How long it took.
load_seconds_bucket{le=\"+Inf\"} 1 1700000000.5 # {trace=\"a\"} 0.5
# EOF
";

/// A scrape with everything that one may have.
pub(crate) fn scraped(outcome: ScrapeOutcome, body: Option<&str>) -> Event {
    let announcement = |uid| Announcement { netuid: 27, hotkey: Account([7; 32]), uid: Some(uid), block: 5 };
    let scrape = Scrape {
        announced: vec![announcement(3), announcement(4)],
        more_announced: 0,
        address: Some("203.0.113.7:9100".into()),
        outcome,
        due_at_ms: START_MS,
        began_at_ms: START_MS,
        duration_us: 1_500,
        first_byte_us: Some(500),
        status: Some(200),
        content_type: Some("application/openmetrics-text; version=1.0.0".into()),
        wire_bytes: 1,
        body_bytes: 2,
    };
    let event = Event::new("metrics", "203.0.113.7:9100", START_MS, &scrape);
    let attached = body.map(|body| body.as_bytes().to_vec().into()).into_iter().collect();
    Event { attached, ..event }
}

#[test]
fn samples_that_are_asked_for_by_name_are_those_of_the_whole_bodies() {
    let body = "a 1\na_b{l=\"a\"} 2\nb{m=\"a_b 9\"} 3\n{\"x\\\"y\"} 4\nab 5\n# EOF\n";
    let ok = || ScrapeOutcome::Ok { samples: 5 };
    let scratch = Scratch::with(vec![
        vec![scraped(ok(), Some(body))],
        vec![scraped(ScrapeOutcome::Unparsable { line: 1, what: "no".into() }, Some("a 6\n# EOF\n"))],
        vec![scraped(ok(), Some("a 7\n# EOF\n"))],
    ]);
    let session = scratch.session_with(Vec::new(), Limits::default());
    let asked =
        |filter: &str| rows(&session, &format!("SELECT value FROM samples WHERE {filter} ORDER BY 1"));
    // The outcome decides: of a body that is not all samples none is.
    assert_eq!(asked("true"), ["1.0", "2.0", "3.0", "4.0", "5.0", "7.0"]);
    for (filter, wanted) in [
        ("metric = 'a'", &["1.0", "7.0"][..]),
        ("'a_b' = metric", &["2.0"]),
        ("metric LIKE 'a%'", &["1.0", "2.0", "5.0", "7.0"]),
        ("metric LIKE '%\\_b'", &["2.0"]),
        ("metric LIKE '%x\"y%'", &["4.0"]),
        ("metric = 'x\"y'", &["4.0"]),
        ("metric IN ('a', 'b')", &["1.0", "3.0", "7.0"]),
        ("metric = 'a' OR metric = 'ab'", &["1.0", "5.0", "7.0"]),
        ("metric = 'a' AND metric LIKE '%b'", &[]),
        ("metric <> 'a'", &["2.0", "3.0", "4.0", "5.0"]),
        ("metric = ''", &[]),
        ("lower(metric) = 'a'", &["1.0", "7.0"]),
        ("label(labels, 'm') = 'a_b 9'", &["3.0"]),
        ("metric = 'a' AND target = 'elsewhere'", &[]),
    ] {
        assert_eq!(asked(filter), wanted, "{filter}");
    }
    let plan = rows(&session, "EXPLAIN SELECT value FROM samples WHERE metric LIKE 'a\\_b%'");
    assert!(plan.join("\n").contains("in_samples=\"a_b\""), "{plan:?}");
}
