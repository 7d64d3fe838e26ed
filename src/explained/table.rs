//! A table's rows explained: those that stand, since when, those that ended, and the entries that say so.

use std::collections::BTreeMap;

use annals_queries::{Answer, Argument, NO_EVIDENCE};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::evidence::Evidence;
use super::parts::{object, told_of};
use super::reasons::meaning;
use super::relation::{Given, Relation};
use super::rows::rows_of;
use super::rules::words_of;
use crate::asking::Asked;
use crate::asking::told::Told;
use crate::failure::Failure;

/// All that is told of the rows that were asked for, as it was answered.
pub(crate) struct ExplainedTable {
    pub(super) relation: &'static Relation,
    pub(super) given: Vec<Given>,
    pub(super) tally: Tally,
    standing: Answer,
    past: Answer,
    evidence: Answer,
    /// By log index.
    pub(super) entries: BTreeMap<u64, Evidence>,
    pub(super) told: Told,
}

/// How many rows there are, and were. Where a table has no word on it, every row counts.
#[derive(Deserialize)]
pub(super) struct Tally {
    pub(super) standing: u64,
    pub(super) counting: u64,
    pub(super) ended: u64,
    last_end: Option<u64>,
    last_counted_end: Option<u64>,
    unbroken_from: Option<u64>,
}

/// A row, by the names of its columns.
pub(super) type Row = Map<String, Value>;

impl Tally {
    /// Returns the entry since which a row that counts has been there without a gap; `None` where none is there.
    fn unbroken_since(&self) -> Option<u64> {
        self.unbroken_from.filter(|_| self.counting > 0).map(before)
    }

    /// As [`ExplainedTable::ended_by`].
    fn ended_by(&self) -> Option<u64> {
        if self.counting > 0 {
            return None;
        }
        let end = if self.standing == 0 { self.last_end } else { self.last_counted_end };
        end.map(before)
    }
}

impl ExplainedTable {
    /// Asks for all of it.
    pub(crate) fn ask(
        asked: &mut Asked,
        relation: &'static Relation,
        given: Vec<Given>,
    ) -> Result<Self, Failure> {
        let values: Vec<Argument> = given.iter().map(Given::argument).collect();
        let mut answer = |sql: &str| asked.ask_given(sql, &values);
        let tallied = answer(&relation.tally_sql(&given))?;
        let standing = answer(&relation.standing_sql(&given))?;
        let past = answer(&relation.past_sql(&given))?;
        let tally = rows_of(&tallied)?.pop();
        let tally: Tally = tally.ok_or_else(|| Failure::Internal("nothing was counted".to_owned()))?;
        let rows = [rows_of::<Row>(&standing)?, rows_of(&past)?].concat();
        let entries = rows.iter().flat_map(entries_of).chain(tally.unbroken_since()).chain(tally.ended_by());
        let (evidence, entries) = Evidence::ask(asked, entries)?;
        let told = told_of(&[&standing, &tallied, &past, &evidence]);
        let entries = entries.into_iter().map(|entry| (entry.log_index, entry)).collect();
        Ok(Self { relation, given, tally, standing, past, evidence, entries, told })
    }

    /// Returns the rows that stand, or the first of them.
    pub(super) fn standing(&self) -> Result<Vec<Row>, Failure> {
        rows_of(&self.standing)
    }

    /// Returns the rows that ended, or the newest of them.
    pub(super) fn past(&self) -> Result<Vec<Row>, Failure> {
        rows_of(&self.past)
    }

    /// For programs.
    pub(crate) fn json(&self) -> Result<String, Failure> {
        let (standing, past) = (self.standing()?, self.past()?);
        let given = self.given.iter().map(|given| (given.column.to_owned(), given.value.clone().into()));
        let words = words_of(self.relation.name);
        let members = [
            ("table", self.relation.name.into()),
            ("asked", Value::Object(given.collect())),
            ("standing", self.tally.standing.into()),
            ("counting", self.relation.may_not_count.then_some(self.tally.counting).into()),
            ("ended", self.tally.ended.into()),
            ("verdict", self.verdict().into()),
            ("unbroken_since", self.unbroken_since().map(|entry| entry.log_index).into()),
            ("ended_by", self.ended_by().map(|entry| entry.log_index).into()),
            ("rows_left_out", (self.tally.standing - standing.len() as u64).into()),
            ("past_left_out", (self.tally.ended - past.len() as u64).into()),
            ("meanings", meanings([&standing[..], &past[..]].concat())),
            ("rule", words.map_or(self.relation.about, |words| words.rule).into()),
        ];
        let members = members.map(|(name, member): (&str, Value)| (name, member.to_string()));
        let answers = [("rows", &self.standing), ("past", &self.past), ("evidence", &self.evidence)];
        object(&members, &answers, &self.told)
    }

    /// Returns what follows for the hotkey that was asked for; `None` where no hotkey was, where the table has no such
    /// word, or where the log has no evidence.
    pub(super) fn verdict(&self) -> Option<&'static str> {
        let words = words_of(self.relation.name)?;
        let is_unknown = self.told.notes.iter().any(|note| note.ends_with(NO_EVIDENCE));
        if is_unknown || !self.given.iter().any(|given| given.column == "hotkey") {
            return None;
        }
        if self.tally.counting > 0 { words.holds } else { words.fails }
    }

    /// Returns the entry since which there has been a row without a gap. Without a past, or where all rows were asked
    /// for, that says nothing.
    pub(super) fn unbroken_since(&self) -> Option<&Evidence> {
        let index = self.tally.unbroken_since()?;
        let is_told = self.relation.keeps_history && !self.given.is_empty();
        self.entries.get(&index).filter(|_| is_told)
    }

    /// Returns the entry that ended the last row, or the last that counted, where none is there now.
    pub(super) fn ended_by(&self) -> Option<&Evidence> {
        self.entries.get(&self.tally.ended_by()?)
    }
}

/// Returns the entry before a size: a row stands from the size behind the entry that brought it.
pub(super) fn before(size: u64) -> u64 {
    size.saturating_sub(1)
}

/// Returns the size or index that a column of a row tells.
pub(super) fn number(row: &Row, column: &str) -> Option<u64> {
    row.get(column).and_then(Value::as_u64)
}

/// Returns the entry that tells a row, that which brought it into force, and that which ended it.
fn entries_of(row: &Row) -> impl Iterator<Item = u64> + use<> {
    let sizes = [number(row, "valid_from"), number(row, "valid_to")];
    let ends = sizes.map(|size| size.map(before));
    [number(row, "log_index")].into_iter().chain(ends).flatten()
}

/// Returns a sentence for each word in the rows that has one, by column.
fn meanings(rows: Vec<Row>) -> Value {
    let mut columns: BTreeMap<String, BTreeMap<String, &str>> = BTreeMap::new();
    for (column, value) in rows.into_iter().flatten() {
        if let Some(word) = value.as_str()
            && let Some(meaning) = meaning(&column, word)
        {
            columns.entry(column).or_default().insert(word.to_owned(), meaning);
        }
    }
    serde_json::json!(columns)
}
