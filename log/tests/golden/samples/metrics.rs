//! Samples of what is told of metrics.

use annals_log::{Account, Announcement, Event, MetricsReceived, ReceivedVerdict, Scrape, ScrapeOutcome};

const TARGET: &str = "203.0.113.7:9100";
const BODY: &[u8] = b"# TYPE up gauge\nup 1\n";

pub(super) fn events() -> Vec<Event> {
    let mut events: Vec<_> = outcomes().into_iter().map(scraped).collect();
    events.extend(verdicts().into_iter().map(received));
    events
}

fn outcomes() -> Vec<ScrapeOutcome> {
    let why = || "in words".to_owned();
    vec![
        ScrapeOutcome::Ok { samples: 1 },
        ScrapeOutcome::Refused { rule: "documentation".into(), why: why() },
        ScrapeOutcome::Unreachable { why: why() },
        ScrapeOutcome::Timeout { why: why() },
        ScrapeOutcome::Status,
        ScrapeOutcome::TooLarge { why: why() },
        ScrapeOutcome::TooManySamples { most: 100_000 },
        ScrapeOutcome::OverLimit { line: 3, what: why() },
        ScrapeOutcome::Unparsable { line: 1, what: "a value was expected".into() },
    ]
}

fn scraped(outcome: ScrapeOutcome) -> Event {
    let is_ok = outcome.samples().is_some();
    let is_asked = outcome.rule().is_none();
    let status = match outcome {
        ScrapeOutcome::Ok { .. } => Some(200),
        ScrapeOutcome::Status => Some(302),
        _ => None,
    };
    let scrape = Scrape {
        announced: if is_ok {
            vec![
                Announcement { netuid: 27, hotkey: Account([1; 32]), uid: Some(5), block: 5_000_000 },
                Announcement { netuid: 27, hotkey: Account([2; 32]), uid: None, block: 5_000_001 },
            ]
        } else {
            Vec::new()
        },
        more_announced: u32::from(is_ok),
        address: is_asked.then(|| TARGET.to_owned()),
        outcome,
        due_at_ms: 1_700_000_000_000,
        began_at_ms: if is_ok { 1_700_000_000_003 } else { 1_700_000_070_000 },
        duration_us: 12_345,
        first_byte_us: is_ok.then_some(6_789),
        status,
        content_type: is_ok.then(|| "text/plain; version=0.0.4".to_owned()),
        wire_bytes: if is_ok { 40 } else { 0 },
        body_bytes: if is_ok { BODY.len() as u64 } else { 0 },
    };
    let event = Event::new("metrics", TARGET, 1_700_000_071_000, &scrape);
    let attached = if is_ok { vec![BODY.to_vec().into()] } else { Vec::new() };
    Event { attached, ..event }
}

fn verdicts() -> Vec<ReceivedVerdict> {
    vec![
        ReceivedVerdict::Right { series: 2, samples: 3 },
        ReceivedVerdict::BadHeader { name: "Bittensor-Netuid".into() },
        ReceivedVerdict::OtherNetuid,
        ReceivedVerdict::NoNeuron,
        ReceivedVerdict::BadSignature,
        ReceivedVerdict::Undecodable { why: "the body is no block of Snappy".into() },
        ReceivedVerdict::OtherHotkey { metric: "up".into() },
    ]
}

fn received(verdict: ReceivedVerdict) -> Event {
    let is_named = !matches!(verdict, ReceivedVerdict::BadHeader { .. });
    let keeps_body = verdict.keeps_body();
    let hotkey = Account([3; 32]);
    let received = MetricsReceived {
        hotkey: is_named.then_some(hotkey),
        netuid: is_named.then_some(27),
        signature: is_named.then_some([4; 64]),
        body_sha256: [5; 32],
        body_bytes: 2,
        peer: keeps_body.then(|| "203.0.113.8".to_owned()),
        verdict,
    };
    let native_id = if is_named { hotkey.address() } else { String::new() };
    let event = Event::new("metrics", &native_id, 1_700_000_072_000, &received);
    let attached = if keeps_body { vec![vec![1, 0].into()] } else { Vec::new() };
    Event { attached, ..event }
}
