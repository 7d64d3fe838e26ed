//! Source `wandb_history`: the rows that runs logged. History is complete and dated where configs keep only their last
//! value.
//!
//! Rows come in pages by step, and, where the server has put the beginning of a history away, in Parquet files before
//! those. A row of a run is recorded after all rows before it or not at all, wherever it comes from.

mod feed;
mod poller;
mod row;

use std::collections::{BTreeMap, BTreeSet};

use annals_log::{
    Event, Evidence, Hash, Payload, PollOutcome, PollScope, SourceMemory, WandbHistoryRow, WandbPoll,
};

use super::wandb::close;
use crate::raw::{Exchange, Outcome, Raw};
use crate::source::{Decoded, EVIDENCE_BYTES_MAX, Source, SourceError, shortened};
use crate::wandb_exchange::{HistoryPage, Operation, exported_rows, history_rows, kept_answer, text_of};
pub use poller::HistoryPoller;
use row::Row;
pub(super) use row::observed_at_ms;

/// The history of runs, by steps.
#[derive(Debug, Clone, Copy, Default)]
pub struct WandbHistory {
    /// Its answers come from the server now, and not from a recording.
    pub(crate) is_live: bool,
}

impl Source for WandbHistory {
    const NAME: &'static str = "wandb_history";
    type Context = Asked;

    /// Rows that the log has are not recorded again: those up to the last step that it has of the run, and those
    /// without a step that it has as they are. A page that cannot be read, or does not join what was read before, is
    /// told by a `wandb_poll` that failed; its rows are left to the poll that asks for them again.
    fn decode(&self, raw: &Raw, asked: &mut Asked, memory: &SourceMemory) -> Result<Decoded, SourceError> {
        let mut steps = Vec::new();
        let mut news =
            News { memory, is_live: self.is_live, furthest: BTreeMap::new(), stepless: BTreeSet::new() };
        for exchange in &raw.exchanges {
            let was_broken = asked.files.as_ref().is_some_and(|files| files.is_broken);
            let (run_id, rows, is_of_files) = match asked.question_of(exchange)? {
                Question::Page(page) => {
                    let rows = asked.page(&page, exchange, &mut news);
                    (page.run_id, rows, false)
                }
                Question::Files(run_id) => {
                    let told = text_of(exchange).map(|_| Vec::new());
                    asked.files = Some(Files { run_id: run_id.clone(), is_broken: told.is_err() });
                    (run_id, told, true)
                }
                Question::File(run_id) => {
                    let rows = asked.file(exchange);
                    (run_id, rows, !was_broken)
                }
            };
            match rows {
                Ok(rows) => steps.extend(rows.iter().filter_map(|row| news.event_of(&run_id, row, exchange))),
                // What stands where a file should be may be anybody's: only of W&B's own answers bytes are kept.
                Err(what) => {
                    let answer = kept_answer(exchange).filter(|_| exchange.request.method == "POST");
                    let tried = if is_of_files { news.files_tried(&run_id) } else { String::new() };
                    steps.extend(news.failure_of(&run_id, &what, exchange, tried, answer));
                }
            }
        }
        let steps = steps.into_iter().map(|event| vec![event]).collect();
        Ok(Decoded { steps, ..Decoded::default() })
    }

    fn be_live(&mut self) {
        self.is_live = true;
    }
}

/// The questions of this poll.
#[derive(Debug, Default)]
pub struct Asked {
    /// The step after the last page of each run.
    pages_end: BTreeMap<String, u64>,
    /// The run whose files follow.
    files: Option<Files>,
}

#[derive(Debug)]
struct Files {
    run_id: String,
    /// Whether a file was not had: no row of a later one may take its place.
    is_broken: bool,
}

enum Question {
    Page(HistoryPage),
    /// The files in which the rows of this run lie.
    Files(String),
    /// A file with rows of this run.
    File(String),
}

impl Asked {
    fn question_of(&self, exchange: &Exchange) -> Result<Question, SourceError> {
        if let (Some(files), "GET") = (&self.files, exchange.request.method.as_str()) {
            return Ok(Question::File(files.run_id.clone()));
        }
        match Operation::of(&exchange.request, WandbHistory::NAME)? {
            Operation::HistoryPage(page) => Ok(Question::Page(page)),
            Operation::ParquetHistory { run_id } => Ok(Question::Files(run_id)),
            other => Err(other.refused_by(WandbHistory::NAME)),
        }
    }

    fn page(
        &mut self,
        page: &HistoryPage,
        exchange: &Exchange,
        news: &mut News<'_>,
    ) -> Result<Vec<Row>, String> {
        let joins = match self.pages_end.get(&page.run_id) {
            Some(end) => page.from_step <= *end,
            None => page.from_step <= news.furthest(&page.run_id).map_or(0, |step| step.saturating_add(1)),
        };
        let rows = rows_of(page, exchange)?;
        if !joins {
            return Err(format!("the steps in front of {} are not in the log", page.from_step));
        }
        self.pages_end.insert(page.run_id.clone(), page.to_step);
        Ok(rows)
    }

    fn file(&mut self, exchange: &Exchange) -> Result<Vec<Row>, String> {
        let files = self.files.as_mut().expect("it is one of the files that were asked for");
        let rows = match &exchange.outcome {
            _ if files.is_broken => Err("a file in front of this one was not had".to_owned()),
            Outcome::Failed(what) => Err(what.clone()),
            Outcome::Answer(answer) if answer.status != 200 => Err(format!("HTTP status {}", answer.status)),
            Outcome::Answer(answer) => exported_rows(&answer.body).map(Row::in_order),
        };
        files.is_broken |= rows.is_err();
        rows.map_err(|what| format!("{}: {what}", exchange.request.target))
    }
}

/// The rows and failures that the log does not have yet.
struct News<'a> {
    memory: &'a SourceMemory,
    /// See [`WandbHistory`].
    is_live: bool,
    /// The last step of each run, as far as this fetch has come.
    furthest: BTreeMap<String, Option<u64>>,
    stepless: BTreeSet<String>,
}

impl News<'_> {
    fn furthest(&mut self, run_id: &str) -> &mut Option<u64> {
        let known = || self.memory.known(run_id).and_then(|known| known.position);
        self.furthest.entry(run_id.to_owned()).or_insert_with(known)
    }

    /// Returns the event of a row; `None` when the log has it.
    fn event_of(&mut self, run_id: &str, row: &Row, exchange: &Exchange) -> Option<Event> {
        let bytes = row.text.as_bytes();
        if bytes.len() > EVIDENCE_BYTES_MAX {
            let what = format!("a row has {} bytes, at most {EVIDENCE_BYTES_MAX} are recorded", bytes.len());
            return self.failure_of(run_id, &what, exchange, String::new(), None);
        }
        let payload = Payload::new(bytes.to_vec());
        if !self.is_news(run_id, row.step, payload.digest()) {
            return None;
        }
        let told = WandbHistoryRow { step: row.step, evidence: Evidence::Answer };
        Some(Event {
            observed_at_ms: row.observed_at_ms(),
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

    /// Returns what tells how often the files of a run were asked for in vain by now.
    fn files_tried(&mut self, run_id: &str) -> String {
        let behind = *self.furthest(run_id);
        WandbPoll::files_tried(behind, tries_of_files(self.memory, run_id, behind).saturating_add(1))
    }

    /// Returns the event that tells of a page that was not had; `None` when the log has it.
    fn failure_of(
        &self,
        run_id: &str,
        what: &str,
        exchange: &Exchange,
        asked: String,
        answer: Option<Vec<u8>>,
    ) -> Option<Event> {
        let told_until = self.memory.known(&WandbPoll::failed_key(run_id)).and_then(|known| known.position);
        let at = u64::try_from(exchange.fetched_at_ms).unwrap_or_default();
        (self.is_live || told_until < Some(at)).then(|| failed(run_id, what, exchange, asked, answer))
    }
}

/// Returns the rows of a page, by their steps.
///
/// # Errors
/// Says why it is no such page, also where a row belongs to another one: its step, if it were believed, would make all
/// rows before it known.
fn rows_of(page: &HistoryPage, exchange: &Exchange) -> Result<Vec<Row>, String> {
    let mut rows = Row::in_order(text_of(exchange).and_then(history_rows)?);
    // A server that takes the end for the last step sends the first row of the next page, too.
    rows.retain(|row| row.step != Some(page.to_step));
    let is_of_page = |step: &u64| (page.from_step..page.to_step).contains(step);
    if let Some(step) = rows.iter().filter_map(|row| row.step).find(|step| !is_of_page(step)) {
        let HistoryPage { from_step, to_step, .. } = page;
        return Err(format!("a row of step {step} is on the page of steps {from_step} to {to_step}"));
    }
    Ok(rows)
}

/// Returns how often the files of a run were asked for in vain while its last row was this one, in any session.
fn tries_of_files(memory: &SourceMemory, run_id: &str, behind: Option<u64>) -> u64 {
    let known = memory.known(&WandbPoll::files_key(run_id, behind));
    known.and_then(|known| known.position).unwrap_or(0)
}

fn failed(run_id: &str, what: &str, exchange: &Exchange, asked: String, answer: Option<Vec<u8>>) -> Event {
    let poll = WandbPoll {
        scope: PollScope::History,
        asked,
        started_at_ms: exchange.fetched_at_ms,
        finished_at_ms: exchange.fetched_at_ms,
        pages: 1,
        outcome: PollOutcome::Failed(shortened(what)),
        missing: Vec::new(),
        unreadable: Vec::new(),
    };
    close(WandbHistory::NAME, run_id, &poll, &[], answer)
}
