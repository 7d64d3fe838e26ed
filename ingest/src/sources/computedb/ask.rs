//! Asking a copy of a database: all tables in one transaction.

use std::path::Path;

use annals_log::{DbRow, Hash, SqlValue};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction};

use super::question::{Question, WANTED, Wanted};

/// Of the answer of a table: a cassette's line has room for it, and no honest table is near it.
const TABLE_BYTES_MAX: usize = 16 << 20;
/// Of a table.
const ROWS_MAX: i64 = 100_000;
/// Of a longer text or blob the digest alone is kept: a miner's specs have a few KB.
const VALUE_BYTES_MAX: usize = 64 << 10;
/// And beyond this nobody reads it.
const READ_BYTES_MAX: i64 = 16 << 20;

/// What a table answered.
pub(super) enum Found {
    /// A line each.
    Rows(Vec<u8>),
    /// There is no such table.
    Missing,
    /// Why it cannot be read.
    Unreadable(String),
}

/// Every question, with its answer.
///
/// # Errors
/// It is no database, or its schema is damaged.
pub(super) fn ask(copy: &Path) -> rusqlite::Result<Vec<(Question, Found)>> {
    // Written to: SQLite rolls back what a transaction in progress had written, or takes in the -wal.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(copy, flags)?;
    // Nothing that a schema calls is run, and no damaged page believed.
    db.pragma_update(None, "trusted_schema", false)?;
    db.pragma_update(None, "cell_size_check", true)?;
    db.pragma_update(None, "query_only", true)?;
    let db = db.transaction()?;
    WANTED.iter().map(|wanted| ask_table(&db, wanted)).collect()
}

fn ask_table(db: &Transaction<'_>, wanted: &'static Wanted) -> rusqlite::Result<(Question, Found)> {
    let all = wanted.ask(|_| true);
    let kind = "SELECT type FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE";
    let kind: Option<String> = db.query_row(kind, [all.table()], |row| row.get(0)).optional()?;
    match kind.as_deref() {
        None => return Ok((all, Found::Missing)),
        Some("table") => {}
        Some(kind) => return Ok((all, Found::Unreadable(format!("it is a {kind}, and no table")))),
    }
    let mut columns = db.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let columns = columns.query_map([all.table()], |row| row.get(0))?;
    let columns: Vec<String> = columns.collect::<rusqlite::Result<_>>()?;
    let question = wanted.ask(|wanted| columns.iter().any(|column| column.eq_ignore_ascii_case(wanted)));
    if !question.has_key() {
        let what = format!("it has no column {}", question.key());
        return Ok((all, Found::Unreadable(what)));
    }
    // A damaged page is the damage of one table; the others may be sound.
    let found = match rows_of(db, &question) {
        Ok(found) => found,
        Err(error) => Found::Unreadable(error.to_string()),
    };
    Ok((question, found))
}

fn rows_of(db: &Transaction<'_>, question: &Question) -> rusqlite::Result<Found> {
    // The lengths stand in front of the values: nothing long is read for this.
    let lengths = question.columns.iter().map(|column| format!("coalesce(max(octet_length({column})), 0)"));
    let lengths = lengths.collect::<Vec<_>>().join(", ");
    let longest = format!("SELECT count(*), max(0, {lengths}) FROM {}", question.table());
    let (count, longest): (i64, i64) = db.query_row(&longest, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if count > ROWS_MAX {
        return Ok(Found::Unreadable(format!("it has {count} rows, at most {ROWS_MAX} are read")));
    }
    if longest > READ_BYTES_MAX {
        let what = format!("a value of it has {longest} bytes, at most {READ_BYTES_MAX} are read");
        return Ok(Found::Unreadable(what));
    }
    let mut statement = db.prepare(&question.sql())?;
    let (mut rows, mut lines) = (statement.query([])?, Vec::new());
    while let Some(row) = rows.next()? {
        let column = |(place, name): (usize, &&str)| Ok(((*name).to_owned(), value_of(row.get_ref(place)?)));
        let columns = question.columns.iter().enumerate().map(column);
        let line = DbRow::of(columns.collect::<rusqlite::Result<_>>()?).to_line();
        lines.extend(line.as_bytes());
        lines.push(b'\n');
        if lines.len() > TABLE_BYTES_MAX {
            return Ok(Found::Unreadable(format!("its rows take over {TABLE_BYTES_MAX} bytes")));
        }
    }
    Ok(Found::Rows(lines))
}

fn value_of(value: ValueRef<'_>) -> SqlValue {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) if bytes.len() > VALUE_BYTES_MAX => {
            SqlValue::Long { bytes: bytes.len() as u64, sha256: Hash::of(bytes) }
        }
        ValueRef::Null => SqlValue::Null,
        ValueRef::Integer(value) => SqlValue::Integer(value),
        ValueRef::Real(value) => SqlValue::Real(value),
        ValueRef::Blob(bytes) => SqlValue::Blob(bytes.to_vec()),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => SqlValue::Text(text.to_owned()),
            Err(_) => SqlValue::OddText(bytes.to_vec()),
        },
    }
}
