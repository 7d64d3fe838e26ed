//! Source `wandb_history`: what runs logged, row by row. History is complete and dated where configs keep only their
//! last value.

use std::collections::{BTreeMap, BTreeSet};

use annals_log::json::{self, Number, Object, Value};
use annals_log::{
    Event, Evidence, Hash, Payload, PollOutcome, PollScope, SourceMemory, WandbHistoryRow, WandbPoll,
};

use super::wandb::{HistoryPage, Operation, close, history, kept_answer, text_of};
use crate::raw::{Exchange, Raw};
use crate::source::{Decoded, EVIDENCE_BYTES_MAX, Source, SourceError, shortened};

/// The history of runs, by steps.
#[derive(Debug, Clone, Copy, Default)]
pub struct WandbHistory;

impl Source for WandbHistory {
    const NAME: &'static str = "wandb_history";
    /// By run: the step behind the last page of it in this poll.
    type Context = BTreeMap<String, u64>;

    /// Rows that the log has are not recorded again: those up to the last step that it has of the run, and those without
    /// a step that it has as they are. A page that cannot be read, or does not join what was read before, is told by a
    /// `wandb_poll` that failed; its rows are left to the poll that asks for them again.
    fn decode(
        &self,
        raw: &Raw,
        pages_end: &mut Self::Context,
        memory: &SourceMemory,
    ) -> Result<Decoded, SourceError> {
        let mut steps = Vec::new();
        let mut news = News { memory, furthest: BTreeMap::new(), stepless: BTreeSet::new() };
        for exchange in &raw.exchanges {
            let page = page_of(exchange)?;
            let joins = match pages_end.get(&page.run_id) {
                Some(end) => page.from_step <= *end,
                None => page.from_step <= news.furthest(&page.run_id).map_or(0, |step| step + 1),
            };
            let rows = match text_of(exchange).and_then(history) {
                Ok(_) if !joins => {
                    Err(format!("the steps in front of {} are not in the log", page.from_step))
                }
                rows => rows,
            };
            match rows {
                Ok(rows) => {
                    steps.extend(rows.iter().filter_map(|row| news.event_of(&page.run_id, row, exchange)));
                    pages_end.insert(page.run_id, page.to_step);
                }
                Err(what) => steps.extend(news.failure_of(&page.run_id, &what, exchange)),
            }
        }
        let steps = steps.into_iter().map(|event| vec![event]).collect();
        Ok(Decoded { steps, ..Decoded::default() })
    }
}

fn page_of(exchange: &Exchange) -> Result<HistoryPage, SourceError> {
    match Operation::of(&exchange.request, WandbHistory::NAME)? {
        Operation::HistoryPage(page) => Ok(page),
        other => Err(other.refused_by(WandbHistory::NAME)),
    }
}

/// What the log does not have yet.
struct News<'a> {
    memory: &'a SourceMemory,
    /// By run, as far as this fetch has come.
    furthest: BTreeMap<String, Option<u64>>,
    stepless: BTreeSet<String>,
}

impl News<'_> {
    fn furthest(&mut self, run_id: &str) -> &mut Option<u64> {
        let known = || self.memory.known(run_id).and_then(|known| known.position);
        self.furthest.entry(run_id.to_owned()).or_insert_with(known)
    }

    /// The event of a row, `None` when the log has it.
    fn event_of(&mut self, run_id: &str, row: &Value, exchange: &Exchange) -> Option<Event> {
        // The server sends each row as a text that is JSON.
        let text = match row {
            Value::Text(text) => text.clone(),
            other => other.to_json().into(),
        };
        if text.as_bytes().len() > EVIDENCE_BYTES_MAX {
            let what = format!(
                "a row has {} bytes, at most {EVIDENCE_BYTES_MAX} are recorded",
                text.as_bytes().len()
            );
            return self.failure_of(run_id, &what, exchange);
        }
        let parsed = match json::parse(&text.to_json_source()) {
            Ok(Value::Object(row)) => row,
            _ => Object::default(),
        };
        let step = number_of(&parsed, "_step").and_then(|step| step.as_str().parse().ok());
        let payload = Payload::new(text.as_bytes().to_vec());
        if !self.is_news(run_id, step, payload.digest()) {
            return None;
        }
        let told = WandbHistoryRow { step, evidence: Evidence::Answer };
        Some(Event {
            observed_at_ms: observed_at_ms(&parsed),
            attached: vec![payload],
            ..Event::new(WandbHistory::NAME, run_id, exchange.fetched_at_ms, &told)
        })
    }

    fn is_news(&mut self, run_id: &str, step: Option<u64>, row: Hash) -> bool {
        if step.is_some() {
            let furthest = self.furthest(run_id);
            let is_news = step > *furthest;
            *furthest = step.max(*furthest);
            return is_news;
        }
        let key = WandbHistoryRow::stepless_key(run_id, row);
        self.memory.known(&key).is_none() && self.stepless.insert(key)
    }

    /// The event that tells of a page that was not had, `None` when the log has it.
    fn failure_of(&self, run_id: &str, what: &str, exchange: &Exchange) -> Option<Event> {
        let told_until = self.memory.known(&WandbPoll::failed_key(run_id)).and_then(|known| known.position);
        let at = u64::try_from(exchange.fetched_at_ms).unwrap_or_default();
        (told_until < Some(at)).then(|| failed(run_id, what, exchange))
    }
}

fn number_of<'a>(row: &'a Object, key: &str) -> Option<&'a Number> {
    match row.get(key)? {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

/// `_timestamp` of a row, in whole milliseconds; `None` when it is none that a clock could show.
pub(super) fn observed_at_ms(row: &Object) -> Option<i64> {
    let ms = (number_of(row, "_timestamp")?.to_f64() * 1000.0).floor();
    // Up to the year 9999; every such number is an integer that i64 holds.
    (ms.abs() < 253_402_300_800_000.0).then(|| format!("{ms:.0}").parse().expect("it is a whole number"))
}

fn failed(run_id: &str, what: &str, exchange: &Exchange) -> Event {
    let poll = WandbPoll {
        scope: PollScope::History,
        asked: String::new(),
        started_at_ms: exchange.fetched_at_ms,
        finished_at_ms: exchange.fetched_at_ms,
        pages: 1,
        outcome: PollOutcome::Failed(shortened(what)),
        missing: Vec::new(),
        unreadable: Vec::new(),
    };
    close(WandbHistory::NAME, run_id, &poll, &[], kept_answer(exchange))
}
