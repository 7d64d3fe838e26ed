//! The page that says what can be asked: all tables, or the columns of one, a sentence each.

use std::io::Write as _;

use annals_projections::{Projections, TableSchema};
use annals_queries::Answer;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray as _;

use crate::asking::Asked;
use crate::failure::Failure;
use crate::terminal;

/// The rows of all tables.
pub(crate) const TABLES: &str = "show tables";
/// What comes before a name that has no schema.
const SCHEMA: &str = "public";
/// A sentence is not broken into shorter lines than this.
const WIDTH_MIN: usize = 40;

/// Writes the page of all tables, or of the one that is named.
///
/// # Errors
/// `Usage`: there is no such table.
pub(crate) fn write(table: Option<&str>, asked: &mut Asked) -> Result<(), Failure> {
    match table {
        None => write_tables(asked),
        Some(table) => write_columns(table, asked),
    }
}

/// Returns the statement whose rows are the columns of a table. Whatever was given is taken for a name, and nothing
/// else.
pub(crate) fn describe(table: &str) -> String {
    let quoted = |part: &str| format!("\"{}\"", part.to_lowercase().replace('"', "\"\""));
    format!("describe {}", table.split('.').map(quoted).collect::<Vec<_>>().join("."))
}

fn qualified(table: &str) -> String {
    let table = table.to_lowercase();
    if table.contains('.') { table } else { format!("{SCHEMA}.{table}") }
}

/// A past is named in its table's sentence, and has no line of its own.
fn write_tables(asked: &mut Asked) -> Result<(), Failure> {
    let mut tables: Vec<[String; 3]> = texts(&asked.ask(TABLES)?);
    let is_past = |name: &str| past_of(name).is_some();
    tables.retain(|[_, name, _]| !is_past(name));
    let widest = tables.iter().map(|[_, name, _]| name.len()).max().unwrap_or(0);
    let mut last = String::new();
    for [schema, name, about] in tables {
        if schema != last {
            let gap = if last.is_empty() { "" } else { "\n" };
            writeln!(terminal::out(), "{gap}{schema}")?;
            last = schema;
        }
        write_line(&format!("  {name:widest$}  "), &about)?;
    }
    Ok(())
}

fn write_columns(table: &str, asked: &mut Asked) -> Result<(), Failure> {
    // First the columns: an unknown table has none, and the error says so.
    let columns: Vec<[String; 4]> = texts(&asked.ask(&describe(table))?);
    let tables: Vec<[String; 3]> = texts(&asked.ask(TABLES)?);
    let table = qualified(table);
    if let Some([_, name, about]) =
        tables.iter().find(|[schema, name, _]| format!("{schema}.{name}") == table)
    {
        write_line(&format!("{name}: "), about)?;
        for line in key_and_past(name) {
            writeln!(terminal::out(), "  {line}")?;
        }
        writeln!(terminal::out())?;
    }
    let typed = |data_type: &str, is_nullable: &str| {
        let null = if is_nullable == "YES" { " or null" } else { "" };
        format!("{data_type}{null}")
    };
    let widest = columns.iter().map(|[name, ..]| name.len()).max().unwrap_or(0);
    let types = columns.iter().map(|[_, data_type, is_nullable, _]| typed(data_type, is_nullable).len());
    let widest_type = types.max().unwrap_or(0);
    for [name, data_type, is_nullable, about] in &columns {
        let data_type = typed(data_type, is_nullable);
        write_line(&format!("  {name:widest$}  {data_type:widest_type$}  "), about)?;
    }
    Ok(())
}

/// Returns the rows of an answer whose columns are texts; a null is empty.
fn texts<const COLUMNS: usize>(answer: &Answer) -> Vec<[String; COLUMNS]> {
    let row = |batch: &RecordBatch, row: usize| {
        std::array::from_fn(|column| batch.column(column).as_string::<i32>().value(row).to_owned())
    };
    answer.batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |at| row(batch, at))).collect()
}

/// Writes a sentence behind what it is about; further lines begin below its first word.
fn write_line(before: &str, about: &str) -> Result<(), Failure> {
    let indent = before.chars().count();
    let width =
        terminal::columns().map_or(usize::MAX, |columns| columns.saturating_sub(indent).max(WIDTH_MIN));
    let mut out = terminal::out();
    write!(out, "{before}")?;
    let mut filled = 0;
    for word in about.split(' ') {
        let length = word.chars().count();
        if filled > 0 && filled + 1 + length > width {
            write!(out, "\n{:indent$}", "")?;
            filled = 0;
        } else if filled > 0 {
            write!(out, " ")?;
            filled += 1;
        }
        write!(out, "{word}")?;
        filled += length;
    }
    writeln!(out)?;
    Ok(())
}

/// Says for a state table, or of its past, by which columns a row is named and how a moment is asked for.
fn key_and_past(table: &str) -> Vec<String> {
    let schema = Projections::schemas().into_iter().find(|schema| schema.name == table);
    let Some(schema) = schema.or_else(|| past_of(table)) else { return Vec::new() };
    let mut key: Vec<&str> = schema.columns[..schema.key_columns].iter().map(|column| column.name).collect();
    if schema.name != table {
        key.push(TableSchema::ENDING[1].name);
    }
    let name = schema.name;
    let past = if schema.keeps_history {
        format!(
            "{name}_history has all of it, {name}_at('size', 1000) a moment; also by 'time', 'block' and 'fetched'"
        )
    } else {
        "none is kept".to_owned()
    };
    vec![format!("key: {}", key.join(", ")), format!("past: {past}")]
}

/// Returns the state table whose past has this name.
fn past_of(table: &str) -> Option<&'static TableSchema> {
    let present = table.strip_suffix("_history")?;
    Projections::schemas().into_iter().find(|schema| schema.name == present && schema.keeps_history)
}
