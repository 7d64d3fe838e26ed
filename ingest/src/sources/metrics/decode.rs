//! From a scrape as it was written down to its event.

use annals_log::exposition::{Exposition, ExpositionError, Format, Item, Limit, Limits};
use annals_log::{Event, Scrape, ScrapeOutcome, SourceMemory};

use super::exchange::{Ended, Had, Read, read};
use crate::raw::Exchange;
use crate::source::{SourceError, shortened};

/// How much a body may hold: more than any exporter has that people use, and little enough that samples of one body
/// never fill a machine. A body that holds more is refused whole, as Prometheus does.
pub(super) const LIMITS: Limits =
    Limits { samples: 100_000, labels: 128, label_name_bytes: 512, label_value_bytes: 8_192 };

/// Returns the event of a scrape, whose body is validated here.
///
/// # Errors
/// The exchange is none of this source.
pub(super) fn event_of(
    source: &'static str,
    exchange: &Exchange,
    memory: &SourceMemory,
) -> Result<Event, SourceError> {
    let unknown = || {
        let request = format!("{} {}", exchange.request.method, exchange.request.target);
        SourceError::UnknownRequest { source_name: source, request }
    };
    let Read { question, had, body } = read(exchange).ok_or_else(unknown)?;
    let (announced, more_announced) = question.announced().ok_or_else(unknown)?;
    let has_body = had.ended == Ended::Body;
    let outcome = outcome(&had, body);
    let target = exchange.request.target.as_str();
    let scrape = Scrape {
        announced,
        more_announced,
        address: had.address,
        outcome,
        due_at_ms: had.due_at_ms,
        began_at_ms: had.began_at_ms,
        duration_us: had.duration_us,
        first_byte_us: had.first_byte_us,
        status: had.status,
        content_type: had.content_type,
        wire_bytes: had.wire_bytes,
        body_bytes: if has_body { body.len() as u64 } else { 0 },
    };
    let event = Event::new(source, target, exchange.fetched_at_ms, &scrape);
    if !has_body {
        return Ok(event);
    }
    let earlier = memory.known(target).and_then(|known| known.payload);
    Ok(Event { attached: vec![body.to_vec().into()], ..event }.resembling(earlier))
}

fn outcome(had: &Had, body: &[u8]) -> ScrapeOutcome {
    match had.ended.clone() {
        Ended::Body => judged(had.content_type.as_deref(), body),
        Ended::Refused { rule, why } => ScrapeOutcome::Refused { rule, why: shortened(&why) },
        Ended::Unreachable { why } => ScrapeOutcome::Unreachable { why: shortened(&why) },
        Ended::Timeout { why } => ScrapeOutcome::Timeout { why: shortened(&why) },
        Ended::Status => ScrapeOutcome::Status,
        Ended::TooLarge { why } => ScrapeOutcome::TooLarge { why: shortened(&why) },
    }
}

/// Judges a whole body: all of it is samples, or none of it is.
fn judged(content_type: Option<&str>, body: &[u8]) -> ScrapeOutcome {
    let Some(format) = content_type.and_then(Format::of_content_type) else {
        let what = match content_type {
            Some(told) => format!("{told:?} is no format of metrics"),
            None => "there is no header Content-Type".to_owned(),
        };
        return ScrapeOutcome::Unparsable { line: 1, what };
    };
    match samples_in(body, format) {
        Ok(samples) => ScrapeOutcome::Ok { samples },
        Err(ExpositionError { limit: Some(Limit::Samples), .. }) => {
            ScrapeOutcome::TooManySamples { most: LIMITS.samples as u64 }
        }
        Err(ExpositionError { line, what, limit }) => {
            let (line, what) = (line as u64, what.to_owned());
            if limit.is_some() {
                ScrapeOutcome::OverLimit { line, what }
            } else {
                ScrapeOutcome::Unparsable { line, what }
            }
        }
    }
}

fn samples_in(body: &[u8], format: Format) -> Result<u64, ExpositionError> {
    let mut samples = 0;
    for item in Exposition::within(LIMITS, body, format) {
        samples += u64::from(matches!(item?, Item::Sample(_)));
    }
    Ok(samples)
}
