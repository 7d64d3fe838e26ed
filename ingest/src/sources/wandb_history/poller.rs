//! The half of the source that asks W&B for rows: run by run, behind what the log has.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use annals_log::SourceMemory;
use tokio::sync::watch;

use super::{WandbHistory, rows_of, tries_of_files};
use crate::raw::{Answer, Exchange, Outcome, Raw};
use crate::source::Source as _;
use crate::sources::wandb::{HistoryExtent, HistoryExtents};
use crate::wandb_api::questions::HISTORY_ROWS_MAX;
use crate::wandb_api::{RunsAsked, WandbApi};
use crate::wandb_exchange::{HistoryPage, parquet_urls, text_of};

/// Steps are `Int64` to W&B.
const STEP_END: u64 = i64::MAX as u64;
/// A file that cannot be had is tried so often, a poll of runs apart, in this session and those before; then pages have
/// to do, and what is missing shows.
const FILE_TRIES: u64 = 3;
/// A history in more files than these is none.
const FILES_MAX: usize = 10_000;

/// Asks W&B for the rows that runs have logged.
pub struct HistoryPoller {
    api: Arc<WandbApi>,
    asked: RunsAsked,
    extents: watch::Receiver<Arc<HistoryExtents>>,
    /// Those of the last poll that was heard of.
    heard: Arc<HistoryExtents>,
    readings: BTreeMap<String, Reading>,
    /// Runs of which something was not had: they wait for the next poll of runs.
    failed: BTreeSet<String>,
    /// Files were given up since the last poll of runs.
    gave_up: bool,
    /// Why, of the last.
    trouble: Option<String>,
    /// The run asked about last: the others come first.
    last: String,
    parts: u32,
}

/// How far a run's history was read in this session.
#[derive(Debug, Default)]
struct Reading {
    files: Files,
    /// The first step not asked for yet; of account while it is beyond the last that the log has.
    at: u64,
    /// How many steps are asked for at once, where that is fewer than a page may have.
    width: Option<u64>,
    /// In front of this step there are rows, from `at` on.
    rows_before: Option<u64>,
    /// There were none on the page before: all steps behind it are looked at in one go.
    looks_far: bool,
    /// The extent up to which everything was asked for.
    read_to: Option<HistoryExtent>,
}

/// Files that the server has put the beginning of a history into. They are read first: their rows are older than all
/// others.
#[derive(Debug)]
enum Files {
    /// It was not asked for them, or in vain, so often.
    Unknown(u64),
    /// These are still to be read.
    Left(VecDeque<String>, u64),
    Read,
}

impl Default for Files {
    fn default() -> Self {
        Self::Unknown(0)
    }
}

impl HistoryPoller {
    /// A poller that follows what polls of runs have heard.
    pub fn new(api: Arc<WandbApi>, asked: RunsAsked, extents: watch::Receiver<Arc<HistoryExtents>>) -> Self {
        let (readings, failed, last) = (BTreeMap::new(), BTreeSet::new(), String::new());
        let (heard, gave_up, trouble) = (Arc::default(), false, None);
        Self { api, asked, extents, heard, readings, failed, gave_up, trouble, last, parts: 0 }
    }

    /// Why something was not had that the last poll of runs told of, if so.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref().filter(|_| self.gave_up || !self.failed.is_empty())
    }

    /// The next answers about a run whose history reaches further than the log. Waits for a poll of runs when there is
    /// no such run, and while the server wants to be left alone; `None` when none will come any more. Dropping it loses
    /// nothing.
    pub async fn next(&mut self, memory: &SourceMemory) -> Option<Raw> {
        loop {
            let Some((run_id, extent)) = self.due(memory) else {
                self.extents.changed().await.ok()?;
                continue;
            };
            if let Some(at) = self.api.quiet_until() {
                tokio::time::sleep_until(at.into()).await;
            }
            let exchange = self.read(&run_id, extent, memory).await;
            self.last = run_id;
            if let Some(exchange) = exchange {
                let part = self.parts;
                self.parts += 1;
                let (source, exchanges) = (WandbHistory::NAME.to_owned(), vec![exchange]);
                return Some(Raw { source, exchanges, part, more: true });
            }
        }
    }

    /// A run of which there is more than the log has: the next behind the one that was asked about last, unless that
    /// has files left.
    fn due(&mut self, memory: &SourceMemory) -> Option<(String, HistoryExtent)> {
        let extents = Arc::clone(&self.extents.borrow_and_update());
        if !Arc::ptr_eq(&extents, &self.heard) {
            // There was another poll: what was not had is tried again.
            self.failed.clear();
            self.gave_up = false;
            self.heard = Arc::clone(&extents);
        }
        let has_files_left = |run_id: &String| {
            matches!(self.readings.get(run_id), Some(Reading { files: Files::Left(..), .. }))
        };
        let is_due = |(run_id, extent): &(&String, &HistoryExtent)| {
            let known = memory.known(run_id).and_then(|known| known.position);
            let has_more = match extent.last_step {
                Some(last) => known.is_none_or(|known| known < last),
                // Without a word on the last step, its rows say whether it has grown.
                None => extent.rows > 0,
            };
            let is_read = self.readings.get(*run_id).is_some_and(|reading| reading.read_to == Some(**extent));
            (has_more && !is_read || has_files_left(run_id)) && !self.failed.contains(*run_id)
        };
        let present = extents.get_key_value(&self.last).filter(|(run_id, _)| has_files_left(run_id));
        let behind = extents.range::<str, _>((Bound::Excluded(self.last.as_str()), Bound::Unbounded));
        let mut order = present.into_iter().chain(behind).chain(extents.iter());
        order.find(is_due).map(|(run_id, extent)| (run_id.clone(), *extent))
    }

    /// Asks about a run. Nothing when what came is of no use: then it is asked in another way.
    async fn read(&mut self, run_id: &str, extent: HistoryExtent, memory: &SourceMemory) -> Option<Exchange> {
        match &mut self.readings.entry(run_id.to_owned()).or_default().files {
            Files::Unknown(tries) => {
                let behind = memory.known(run_id).and_then(|known| known.position);
                let tries = tries_of_files(memory, run_id, behind).max(*tries);
                if tries < FILE_TRIES {
                    return self.ask_for_files(run_id, tries).await;
                }
                self.reading(run_id).files = Files::Read;
            }
            Files::Left(urls, tries) => {
                let (url, tries) = (urls.pop_front(), *tries);
                return match url {
                    Some(url) => Some(self.file(run_id, &url, tries).await),
                    None => {
                        self.reading(run_id).files = Files::Read;
                        None
                    }
                };
            }
            Files::Read => {}
        }
        self.page(run_id, extent, memory).await
    }

    fn reading(&mut self, run_id: &str) -> &mut Reading {
        self.readings.entry(run_id.to_owned()).or_default()
    }

    /// A server that does not know of files has none.
    async fn ask_for_files(&mut self, run_id: &str, tries: u64) -> Option<Exchange> {
        let mut exchange = self.api.ask(self.asked.parquet_history(run_id)).await;
        let is_in_vain = match &exchange.outcome {
            Outcome::Failed(_) => true,
            Outcome::Answer(Answer { status, .. }) => *status >= 500 || [401, 403, 429].contains(status),
        };
        if is_in_vain {
            self.fail(run_id, text_of(&exchange).err(), tries);
            return Some(exchange);
        }
        let urls = text_of(&exchange).and_then(parquet_urls).unwrap_or_default();
        if urls.is_empty() || urls.len() > FILES_MAX {
            self.reading(run_id).files = Files::Read;
            return None;
        }
        self.reading(run_id).files = Files::Left(urls.into(), tries);
        // The URLs are signed: whoever has one may read the file. They are not recorded.
        exchange.outcome = Outcome::Answer(Answer { status: 200, body: b"{}".to_vec() });
        Some(exchange)
    }

    async fn file(&mut self, run_id: &str, url: &str, tries: u64) -> Exchange {
        let exchange = self.api.file(url).await;
        let is_had = matches!(&exchange.outcome, Outcome::Answer(answer) if answer.status == 200);
        if !is_had {
            self.fail(run_id, Some(format!("{}: it could not be had", exchange.request.target)), tries);
        }
        exchange
    }

    /// The files are asked for again after the next poll of runs, but not for ever: then pages follow at once.
    fn fail(&mut self, run_id: &str, why: Option<String>, tries: u64) {
        let tries = tries + 1;
        if tries < FILE_TRIES {
            self.reading(run_id).files = Files::Unknown(tries);
            self.wait(run_id, why);
        } else {
            self.reading(run_id).files = Files::Read;
            self.gave_up = true;
            self.say(run_id, why);
        }
    }

    fn wait(&mut self, run_id: &str, why: Option<String>) {
        self.failed.insert(run_id.to_owned());
        self.say(run_id, why);
    }

    fn say(&mut self, run_id: &str, why: Option<String>) {
        let what = why.unwrap_or_default();
        tracing::info!(run_id, what, "rows of a run were not had");
        self.trouble = Some(format!("the history of run {run_id}: {what}"));
    }

    /// A page of as many steps as may have rows; where there are none, a look at all steps behind, and from there by
    /// halves to where rows are. Of a look that is longer than a page only one without rows is handed on: the server
    /// leaves rows out of the others.
    async fn page(&mut self, run_id: &str, extent: HistoryExtent, memory: &SourceMemory) -> Option<Exchange> {
        let known = memory.known(run_id).and_then(|known| known.position);
        let reading = self.readings.entry(run_id.to_owned()).or_default();
        reading.at = reading.at.max(known.map_or(0, |known| known.saturating_add(1)));
        let end = extent.last_step.map_or(STEP_END, |last| last.saturating_add(1).min(STEP_END));
        if reading.at >= end {
            reading.end(extent);
            return None;
        }
        let to = reading.to(end);
        let exchange = self.api.ask(self.asked.history(run_id, reading.at, to)).await;
        let is_wide = to - reading.at > HISTORY_ROWS_MAX;
        let page = HistoryPage { run_id: run_id.to_owned(), from_step: reading.at, to_step: to };
        match rows_of(&page, &exchange) {
            Ok(rows) if rows.is_empty() => reading.pass(to),
            Ok(_) if is_wide => {
                reading.rows_before = Some(to);
                return None;
            }
            Ok(_) => reading.go_on(to),
            Err(_) if WandbApi::was_too_long(&exchange) && to - reading.at > 1 => {
                reading.width = Some(((to - reading.at) / 4).max(1));
                return None;
            }
            Err(why) => {
                // It may have been too much for the time that there was.
                let width = reading.width.unwrap_or(HISTORY_ROWS_MAX);
                *reading =
                    Reading { files: Files::Read, width: Some((width / 4).max(1)), ..Reading::default() };
                self.wait(run_id, Some(why));
            }
        }
        Some(exchange)
    }
}

impl Reading {
    /// The end of what is asked for now.
    fn to(&self, end: u64) -> u64 {
        let width = self.width.unwrap_or(HISTORY_ROWS_MAX);
        match self.rows_before {
            Some(before) if before - self.at <= width => before,
            Some(before) => self.at + (before - self.at) / 2,
            None if self.looks_far => end,
            None => end.min(self.at.saturating_add(width)),
        }
    }

    /// There are no rows up to this step.
    fn pass(&mut self, to: u64) {
        self.at = to;
        self.rows_before = self.rows_before.filter(|before| *before > to);
        self.looks_far = true;
    }

    /// There were rows up to this step, and they are handed on.
    fn go_on(&mut self, to: u64) {
        (self.at, self.width, self.rows_before, self.looks_far) = (to, None, None, false);
    }

    /// Everything was asked for that the server has told of.
    fn end(&mut self, extent: HistoryExtent) {
        self.go_on(0);
        self.read_to = Some(extent);
    }
}
