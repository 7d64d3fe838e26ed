//! A poll of a database, taken apart: what of its rows the log does not have.

use std::collections::BTreeSet;

use annals_log::{
    ComputeDbPoll, ComputeDbRow, DbReading, DbRow, DbRowPlace, DbTable, DbTableOutcome, Event, Payload,
    SourceMemory, SqlValue, told_time_ms,
};

use super::ComputeDb;
use super::file::is_name;
use super::question::{FOUND, NOT_FOUND, Question, UNTOUCHED};
use crate::raw::{Answer, Exchange, Outcome, Raw};
use crate::source::{EVIDENCE_BYTES_MAX, NAME_BYTES_MAX, Source as _, SourceError, shortened};

/// Of rows that could not be told apart, so many are listed in words.
const UNREADABLE_MAX: usize = 100;

/// Of which database a fetch is.
///
/// # Errors
/// `UnknownRequest`: it asks for something else, or of two.
pub(super) fn database_of(raw: &Raw) -> Result<&str, SourceError> {
    let database = raw.exchanges[0].request.target.as_str();
    let is_of_it = |exchange: &&Exchange| {
        let request = &exchange.request;
        request.method == "READ" && request.target == database && is_name(database)
    };
    match raw.exchanges.iter().find(|exchange| !is_of_it(exchange)) {
        None => Ok(database),
        Some(exchange) => Err(unknown(&exchange.request.target)),
    }
}

/// The rows that are not as the log knows them, and the event that closes the poll.
///
/// # Errors
/// `UnknownRequest`.
pub(super) fn events_of(database: &str, raw: &Raw, memory: &SourceMemory) -> Result<Vec<Event>, SourceError> {
    let mut events = Vec::new();
    let outcome = match raw.exchanges.as_slice() {
        [Exchange { request, outcome, .. }] if request.body.is_empty() => whole(outcome, database, memory),
        exchanges => {
            let (mut tables, mut asked) = (Vec::new(), BTreeSet::new());
            for exchange in exchanges {
                let question = Question::read(&exchange.request.body)
                    .filter(|question| asked.insert(question.table()))
                    .ok_or_else(|| unknown(&exchange.request.body))?;
                let table = TableTaken { database, question, exchange, memory };
                tables.push(table.take(&mut events));
            }
            DbReading::Read(tables)
        }
    };
    let read_at_ms = raw.fetched_at_ms();
    events.push(Event::new(ComputeDb::NAME, database, read_at_ms, &ComputeDbPoll { read_at_ms, outcome }));
    Ok(events)
}

/// What was said of the database as a whole.
fn whole(outcome: &Outcome, database: &str, memory: &SourceMemory) -> DbReading {
    match outcome {
        Outcome::Failed(reason) => DbReading::Failed(shortened(reason)),
        Outcome::Answer(Answer { status: UNTOUCHED, .. }) => {
            if memory.known(database).is_some_and(|known| known.digest.is_some()) {
                DbReading::Unchanged
            } else {
                DbReading::Failed("it is as it was at a poll that the log does not have".to_owned())
            }
        }
        Outcome::Answer(answer) => DbReading::Failed(format!("status {}", answer.status)),
    }
}

/// A table's question and answer.
struct TableTaken<'a> {
    database: &'a str,
    question: Question,
    exchange: &'a Exchange,
    memory: &'a SourceMemory,
}

impl TableTaken<'_> {
    /// Adds an event for each row that is not as the log knows it. Says what was found.
    fn take(&self, events: &mut Vec<Event>) -> DbTable {
        let outcome = match &self.exchange.outcome {
            Outcome::Answer(Answer { status: FOUND, body }) => {
                self.rows(body, events).unwrap_or_else(|what| DbTableOutcome::Unreadable(shortened(&what)))
            }
            Outcome::Answer(Answer { status: NOT_FOUND, .. }) => {
                self.take_gone(&BTreeSet::new(), events);
                DbTableOutcome::Missing
            }
            Outcome::Answer(answer) => DbTableOutcome::Unreadable(format!("status {}", answer.status)),
            Outcome::Failed(reason) => DbTableOutcome::Unreadable(shortened(reason)),
        };
        DbTable { name: self.question.table().to_owned(), outcome }
    }

    /// # Errors
    /// Which line is no row: then it is not known which rows are gone.
    fn rows(&self, body: &[u8], events: &mut Vec<Event>) -> Result<DbTableOutcome, String> {
        let lines = std::str::from_utf8(body).map_err(|error| error.to_string())?.lines();
        let rows = (1..).zip(lines).map(|(number, line): (u64, &str)| {
            let row = self.row(line).map_err(|what| format!("row {number}: {what}"))?;
            Ok((line, row))
        });
        let rows = rows.collect::<Result<Vec<_>, String>>()?;
        let (mut there, mut unreadable) = (BTreeSet::new(), Vec::new());
        let mut count = 0;
        for (line, row) in rows {
            let key = row.get(self.question.key()).cloned().unwrap_or(SqlValue::Null);
            let place = DbRowPlace { database: self.database, table: self.question.table(), key };
            let key = place.key.to_json();
            let native_id = place.native_id();
            let what = if key.len() > NAME_BYTES_MAX {
                format!("a key of {} bytes: at most {NAME_BYTES_MAX} are told of", key.len())
            } else if there.insert(native_id.clone()) {
                count += 1;
                events.extend(self.event_of(&native_id, &row, line));
                continue;
            } else {
                format!("key {key}: a row before it has it, too")
            };
            if unreadable.len() < UNREADABLE_MAX {
                unreadable.push(what);
            }
        }
        self.take_gone(&there, events);
        Ok(DbTableOutcome::Read { rows: count, lacks: self.question.lacks(), unreadable })
    }

    fn row(&self, line: &str) -> Result<DbRow, String> {
        if line.len() > EVIDENCE_BYTES_MAX {
            return Err(format!("it has {} bytes, at most {EVIDENCE_BYTES_MAX} are recorded", line.len()));
        }
        let row = DbRow::read(line).map_err(|error| error.to_string())?;
        if row.columns().map(|(column, _)| column).eq(self.question.columns.iter().copied()) {
            Ok(row)
        } else {
            Err("it has other columns than were asked for".to_owned())
        }
    }

    /// `None` when the log has this state of the row.
    fn event_of(&self, native_id: &str, row: &DbRow, line: &str) -> Option<Event> {
        let known = self.memory.known(native_id);
        let payload = Payload::new(line.as_bytes().to_vec());
        if known.is_some_and(|known| known.digest == Some(payload.digest())) {
            return None;
        }
        let created_at = row.get("created_at").and_then(SqlValue::as_text);
        Some(Event {
            observed_at_ms: created_at.and_then(told_time_ms),
            attached: vec![payload.resembling(known.and_then(|known| known.payload))],
            ..self.event(native_id, ComputeDbRow { is_gone: false })
        })
    }

    /// Rows that the log has and the table has not.
    fn take_gone(&self, there: &BTreeSet<String>, events: &mut Vec<Event>) {
        let prefix = DbRowPlace::prefix(self.database, self.question.table());
        let known = self.memory.known_under(&prefix).map(|(native_id, _)| native_id);
        let gone = known.filter(|native_id| !there.contains(*native_id));
        events.extend(gone.map(|native_id| self.event(native_id, ComputeDbRow { is_gone: true })));
    }

    fn event(&self, native_id: &str, row: ComputeDbRow) -> Event {
        Event::new(ComputeDb::NAME, native_id, self.exchange.fetched_at_ms, &row)
    }
}

fn unknown(request: &str) -> SourceError {
    SourceError::UnknownRequest { source_name: ComputeDb::NAME, request: shortened(request) }
}
