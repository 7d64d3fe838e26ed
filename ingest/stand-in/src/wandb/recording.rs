//! The polls and rows of cassettes.

use std::collections::BTreeMap;
use std::path::Path;

use annals_ingest::sources::{Wandb, WandbHistory};
use annals_ingest::wandb_exchange::{Operation, exported_rows, history_rows, text_of};
use annals_ingest::{Answer, Cassette, CassetteError, Exchange, Outcome, Raw, Source as _};
use annals_log::json::Value;

use super::history::{Rows, text_of_row};
use super::poll::{Poll, PollInProgress, ReadLast, Standing};
use super::project_name::ProjectName;

/// Polls, oldest first, and the rows that were fetched beside them.
#[derive(Debug, Default)]
pub(super) struct Recording {
    pub(super) polls: Vec<Poll>,
    /// Rows by project and run.
    pub(super) rows: BTreeMap<(ProjectName, String), Rows>,
}

/// Recordings, being read.
#[derive(Default)]
struct Reading {
    /// Polls in the order in which they are read.
    polls: Vec<PollInProgress>,
    poll: PollInProgress,
    read_last: ReadLast,
    rows: BTreeMap<(ProjectName, String), Rows>,
    /// The run whose rows lie in the files that come next; `None` after a file that was not had.
    files_of: Option<(ProjectName, String)>,
}

impl Recording {
    /// Reads cassettes in any order. Polls are put in the order of their last answers.
    ///
    /// # Errors
    /// [`CassetteError`].
    pub(super) fn read<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<Self, CassetteError> {
        let mut reading = Reading::default();
        for path in paths {
            let mut cassette = Cassette::open(path)?;
            while let Some(raw) = cassette.next_fetch()? {
                reading.take(&raw);
            }
        }
        Ok(reading.finish())
    }

    pub(super) fn of<'a>(raws: impl IntoIterator<Item = &'a Raw>) -> Self {
        let mut reading = Reading::default();
        raws.into_iter().for_each(|raw| reading.take(raw));
        reading.finish()
    }
}

impl Reading {
    fn take(&mut self, raw: &Raw) {
        match raw.source.as_str() {
            Wandb::NAME => {
                if raw.part == 0 {
                    self.poll = PollInProgress::default();
                }
                let (poll, read_last) = (&mut self.poll, &mut self.read_last);
                raw.exchanges.iter().for_each(|exchange| poll.take(exchange, read_last));
                if !raw.more {
                    self.polls.push(std::mem::take(&mut self.poll));
                }
            }
            WandbHistory::NAME => raw.exchanges.iter().for_each(|exchange| self.take_rows(exchange)),
            _ => {}
        }
    }

    /// Takes rows from a page or a file. One that failed tells nothing.
    fn take_rows(&mut self, exchange: &Exchange) {
        let (of_run, rows) = match (exchange.request.method.as_str(), self.files_of.take()) {
            ("GET", Some(of_run)) => {
                let Some(rows) = rows_of_file(exchange) else { return };
                self.files_of = Some(of_run.clone());
                (of_run, rows)
            }
            _ => {
                match (Operation::of(&exchange.request, WandbHistory::NAME), ProjectName::asked_by(exchange))
                {
                    (Ok(Operation::HistoryPage(page)), Some(project)) => {
                        let Ok(rows) = text_of(exchange).and_then(history_rows) else { return };
                        ((project, page.run_id), rows)
                    }
                    (Ok(Operation::ParquetHistory { run_id }), Some(project)) => {
                        self.files_of = Some((project, run_id));
                        return;
                    }
                    _ => return,
                }
            }
        };
        let known = self.rows.entry(of_run).or_default();
        rows.into_iter().for_each(|row| known.add(text_of_row(row), exchange.fetched_at_ms));
    }

    fn finish(mut self) -> Recording {
        self.polls.sort_by_key(PollInProgress::ended_at_ms);
        let mut standing = Standing::default();
        let polls = self.polls.into_iter().map(|poll| standing.after(poll)).collect();
        Recording { polls, rows: self.rows }
    }
}

/// Returns the rows of a file; `None` when it was not had.
fn rows_of_file(exchange: &Exchange) -> Option<Vec<Value>> {
    match &exchange.outcome {
        Outcome::Answer(Answer { status: 200, body }) => exported_rows(body).ok(),
        _ => None,
    }
}
