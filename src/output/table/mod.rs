//! Tables for reading: Markdown where it fits, blocks of lines where few rows do not. They are written while the rows
//! come, in memory that does not grow with the answer.

mod blocks;
mod cells;
mod grid;
mod layout;
mod sheet;

use std::io::Write;

use annals_queries::Answer;
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::forms::Form;
use super::manner::{Manner, Under};
use super::standing::{counted, write_under};
use crate::asking::told::Told;
use crate::failure::Failure;
use crate::terminal;
use layout::Room;
use sheet::Sheet;

/// The widths of columns are settled once so many rows are there.
const FIRST_ROWS: usize = 1024;

/// A table on its way.
pub(super) struct Table {
    schema: SchemaRef,
    room: Room,
    is_expanded: bool,
    rows_max: usize,
    under: Under,
    /// Rows that wait until enough are there to see how wide the columns are.
    first: Vec<RecordBatch>,
    sheet: Option<Sheet>,
    rows: usize,
    rows_left_out: usize,
}

impl Table {
    pub(super) fn begin(schema: &SchemaRef, manner: &Manner) -> Self {
        Self {
            schema: schema.clone(),
            room: Room::Columns(manner.columns),
            is_expanded: manner.is_expanded,
            rows_max: manner.rows_shown().unwrap_or(usize::MAX),
            under: manner.under(),
            first: Vec::new(),
            sheet: None,
            rows: 0,
            rows_left_out: 0,
        }
    }

    /// Settles the layout, and writes the rows that waited for that.
    fn settle(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        let first = std::mem::take(&mut self.first);
        let mut sheet = if self.is_expanded {
            Sheet::in_blocks(&self.schema)
        } else {
            Sheet::of(&self.schema, &first, self.room)?
        };
        write_rows(&mut sheet, &first, out)?;
        self.sheet = Some(sheet);
        Ok(())
    }

    /// Says what of the answer is not there to be read.
    fn write_left_out(&self, out: &mut dyn Write) -> Result<(), Failure> {
        if self.rows_left_out > 0 {
            let more = counted(self.rows_left_out, "more row");
            writeln!(out, "... {more}: --rows all")?;
        }
        let Some(sheet) = &self.sheet else { return Ok(()) };
        if sheet.columns_left_out() > 0 {
            let more = counted(sheet.columns_left_out(), "more column");
            writeln!(out, "... {more}: name those you want, or --expanded, or --output ndjson")?;
        }
        if sheet.has_cut() {
            writeln!(out, "... texts are cut to fit: --expanded, or --output ndjson")?;
        }
        Ok(())
    }
}

impl Form for Table {
    fn rows(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<(), Failure> {
        let shown = batch.slice(0, batch.num_rows().min(self.rows_max - self.rows));
        self.rows += shown.num_rows();
        self.rows_left_out += batch.num_rows() - shown.num_rows();
        if shown.num_rows() == 0 {
            return Ok(());
        }
        if let Some(sheet) = &mut self.sheet {
            return sheet.write_rows(&shown, out);
        }
        self.first.push(shown);
        if self.rows >= self.rows_max.min(FIRST_ROWS) { self.settle(out) } else { Ok(()) }
    }

    fn end(mut self: Box<Self>, told: &Told, out: &mut dyn Write) -> Result<(), Failure> {
        if self.sheet.is_none() {
            self.settle(out)?;
        }
        self.write_left_out(out)?;
        write_under(self.under, self.rows + self.rows_left_out, told, out)
    }
}

/// The rows of an answer, all of them; on a terminal, as wide as it is.
pub(crate) fn table(answer: &Answer) -> Result<String, Failure> {
    let room = terminal::columns().map_or(Room::Any, Room::AllIn);
    let mut sheet = Sheet::of(&answer.schema, &answer.batches, room)?;
    let mut text = Vec::new();
    write_rows(&mut sheet, &answer.batches, &mut text)?;
    Ok(String::from_utf8_lossy(&text).trim_end().to_owned())
}

fn write_rows(sheet: &mut Sheet, batches: &[RecordBatch], out: &mut dyn Write) -> Result<(), Failure> {
    sheet.write_head(out)?;
    batches.iter().try_for_each(|batch| sheet.write_rows(batch, out))
}
