//! An explanation of a table's rows, for people.

use std::collections::BTreeSet;
use std::io::Write;

use serde_json::Value;

use super::evidence::{Evidence, write_ways};
use super::parts::write_end;
use super::reasons::meaning;
use super::rules::words_of;
use super::table::{ExplainedTable, Row, Tally, before, number};
use crate::failure::Failure;
use crate::terminal::printable;

/// A value of an earlier row is cut behind so many characters: in JSON it is whole.
const PAST_CHARS_MAX: usize = 80;
/// A row that differs from the one before it in these alone was moved.
const PLACE: &str = "position";

impl ExplainedTable {
    /// For people.
    pub(crate) fn write(&self, out: &mut impl Write) -> Result<(), Failure> {
        let (standing, past) = (self.standing()?, self.past()?);
        self.write_head(out)?;
        self.write_standing(&standing, out)?;
        self.write_past(&standing, &past, out)?;
        let rule = words_of(self.relation.name).map_or(self.relation.about, |words| words.rule);
        writeln!(out, "\nThe rule")?;
        for line in rule.lines() {
            writeln!(out, "  {line}")?;
        }
        self.write_evidence(&standing, &past, out)?;
        write_end(&self.told, out)
    }

    /// Writes what was asked, and the answer in a few lines.
    fn write_head(&self, out: &mut impl Write) -> Result<(), Failure> {
        let asked = self.given.iter().map(|given| format!("  {} {}", given.column, printable(&given.value)));
        writeln!(out, "{}{}", self.relation.name, asked.collect::<String>())?;
        if let Some(verdict) = self.verdict() {
            writeln!(out, "  {verdict}")?;
        }
        let (Tally { standing, counting, ended, .. }, relation) = (&self.tally, self.relation);
        match standing {
            0 if *ended > 0 => writeln!(out, "  no such row stands; {ended} did before")?,
            0 if relation.keeps_history => {
                writeln!(out, "  no such row stands, and none ever did: nothing in the log says it")?;
            }
            0 => writeln!(out, "  no such row stands; the table keeps no past")?,
            rows => {
                let stand = if *rows == 1 { "row stands" } else { "rows stand" };
                let counted = match counting {
                    0 => "; none counts".to_owned(),
                    1 => "; 1 counts".to_owned(),
                    many => format!("; {many} count"),
                };
                let counted = if relation.may_not_count { counted.as_str() } else { "" };
                writeln!(out, "  {rows} {stand}{counted}")?;
            }
        }
        if let Some(entry) = self.unbroken_since() {
            writeln!(out, "  without a gap since {}", in_words(entry))?;
        }
        if let Some(entry) = self.ended_by() {
            let which = if self.tally.standing == 0 { "the last one" } else { "the last one that counted" };
            writeln!(out, "  {which} ended with {}", in_words(entry))?;
        }
        Ok(())
    }

    /// Writes a block of lines for each row, a column a line.
    fn write_standing(&self, standing: &[Row], out: &mut impl Write) -> Result<(), Failure> {
        let shown = &self.relation.shown;
        let widest = shown.iter().map(|column| column.len()).max().unwrap_or_default();
        for (place, row) in (1..).zip(standing) {
            let counts = match row.get("counts").and_then(Value::as_bool) {
                Some(true) => ", which counts",
                Some(false) => ", which does not count",
                None => "",
            };
            writeln!(out, "\nrow {place} of {}{counts}", self.tally.standing)?;
            for &column in shown {
                writeln!(out, "  {column:widest$}  {}", cell_in_words(row, column))?;
            }
            if let Some(entry) = number(row, "valid_from").and_then(|size| self.entries.get(&before(size))) {
                writeln!(out, "  {:widest$}  {}", "since", in_words(entry))?;
            }
        }
        let left_out = self.tally.standing - standing.len() as u64;
        if left_out > 0 {
            writeln!(out, "... {left_out} more: ask for more columns, or `annals query` the table")?;
        }
        Ok(())
    }

    /// Writes the rows that ended, with what ended them.
    fn write_past(&self, standing: &[Row], past: &[Row], out: &mut impl Write) -> Result<(), Failure> {
        if past.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nBefore, the newest first")?;
        for row in past {
            let [from, to] =
                ["valid_from", "valid_to"].map(|end| number(row, end).map(before).unwrap_or_default());
            let time = |index| self.entries.get(&index).map_or("", |entry| entry.recorded_at.as_str());
            writeln!(out, "  from entry {from} ({}) to entry {to} ({})", time(from), time(to))?;
            writeln!(out, "    {}", self.in_one_line(row))?;
            let next = standing.iter().chain(past).find(|next| self.follows(next, row));
            let then = match next {
                Some(next) if next.get(PLACE) != row.get(PLACE) => "which tells it at another place",
                Some(_) => "which tells it with other values",
                None if standing.len() as u64 == self.tally.standing => "and no such row took its place",
                None => "which ended it",
            };
            let by = self.entries.get(&to).map_or_else(|| format!("entry {to}"), in_words);
            writeln!(out, "    ended by {by}, {then}")?;
        }
        let left_out = self.tally.ended - past.len() as u64;
        if left_out > 0 {
            writeln!(out, "  ... {left_out} earlier: `annals query` has them in {}", self.relation.history)?;
        }
        Ok(())
    }

    /// Returns what a row of the past says, without what was asked for.
    fn in_one_line(&self, row: &Row) -> String {
        let columns = self.relation.shown.iter().chain(&self.relation.ending);
        // The JSON of an item that is a hotkey says the same again.
        let is_repeated = |column: &str| column == "item" && row.get("hotkey").is_some_and(Value::is_string);
        let is_asked =
            |column: &str| is_repeated(column) || self.given.iter().any(|given| given.column == column);
        let cells = columns.filter(|column| !is_asked(column) && row.get(**column) != Some(&Value::Null));
        let is_counted = row.get("counts") == Some(&Value::Bool(true));
        let cells = cells.map(|&column| {
            let text = text_of(row, column);
            let is_odd = column == "left_by" || (column == "reason" && !is_counted);
            let meaning = meaning(column, &text).filter(|_| is_odd);
            let meaning = meaning.map(|meaning| format!(" ({meaning})")).unwrap_or_default();
            match text.char_indices().nth(PAST_CHARS_MAX) {
                Some((end, _)) => format!("{column} {}...", printable(&text[..end])),
                None => format!("{column} {}{meaning}", printable(&text)),
            }
        });
        cells.collect::<Vec<_>>().join(", ")
    }

    /// Whether a row begins where another ends, and has its key, whatever its place in a list.
    fn follows(&self, next: &Row, row: &Row) -> bool {
        let is_same = |column: &&str| *column == PLACE || next.get(*column) == row.get(*column);
        number(next, "valid_from") == number(row, "valid_to") && self.relation.key.iter().all(is_same)
    }

    fn write_evidence(&self, standing: &[Row], past: &[Row], out: &mut impl Write) -> Result<(), Failure> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let said = |rows: &[Row], column: &str| -> BTreeSet<u64> {
            rows.iter().filter_map(|row| number(row, column)).collect()
        };
        let ends = |rows: &[Row], column| said(rows, column).into_iter().map(before).collect::<BTreeSet<_>>();
        let parts = [
            (said(standing, "log_index"), "tells a row that stands"),
            (said(past, "log_index"), "tells an earlier row"),
            (ends(standing, "valid_from"), "brought a row into force"),
            (ends(past, "valid_from"), "brought an earlier row into force"),
            (ends(past, "valid_to"), "ended a row"),
        ];
        let widest = |text: fn(&Evidence) -> &str| {
            self.entries
                .values()
                .map(|entry| printable(text(entry)).chars().count())
                .max()
                .unwrap_or_default()
        };
        let (kind_width, id_width) = (widest(|entry| &entry.kind), widest(|entry| &entry.native_id));
        writeln!(out, "\nThe entries behind it")?;
        for (index, entry) in &self.entries {
            let parts = parts.iter().filter(|(entries, _)| entries.contains(index)).map(|(_, what)| *what);
            let mut what = parts.collect::<Vec<_>>().join(", ");
            if entry.kind == "policy_set" && what.is_empty() {
                "the policy: whose runs count, by which rules".clone_into(&mut what);
            }
            let (kind, native_id) = (printable(&entry.kind), printable(&entry.native_id));
            writeln!(out, "  {index:>8}  {kind:kind_width$}  {native_id:id_width$}  {what}")?;
        }
        let told = standing.iter().chain(past).find_map(|row| number(row, "log_index"));
        let with_bytes = |index: &u64| self.entries.get(index).is_some_and(|entry| entry.has_bytes);
        let proven = told.or_else(|| self.entries.keys().next_back().copied());
        let bytes_of = proven.filter(with_bytes).or_else(|| self.entries.keys().copied().rfind(with_bytes));
        proven.map_or(Ok(()), |index| write_ways(index, bytes_of, out))
    }
}

/// Names an entry, and when it was recorded.
fn in_words(entry: &Evidence) -> String {
    let Evidence { log_index, kind, native_id, recorded_at, block_number, .. } = entry;
    // An entry on a whole source, as a poll, has no id there.
    let native_id = if native_id.is_empty() { String::new() } else { format!(" {}", printable(native_id)) };
    let block = block_number.map(|number| format!(" of block {number}")).unwrap_or_default();
    format!("entry {log_index}, {}{native_id}{block}, recorded at {recorded_at}", printable(kind))
}

/// Returns the text of a cell, and what it means where it is a reason.
fn cell_in_words(row: &Row, column: &str) -> String {
    let text = text_of(row, column);
    let meaning = meaning(column, &text).map(|meaning| format!(": {meaning}")).unwrap_or_default();
    format!("{}{meaning}", printable(&text))
}

fn text_of(row: &Row, column: &str) -> String {
    match row.get(column) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}
