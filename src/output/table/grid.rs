//! Rows as lines of a table in Markdown, so that an answer can be pasted where it is discussed.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::Schema;

use super::cells::{Cells, cut, in_row, is_text, width_of};
use super::layout::line_width;
use crate::failure::Failure;

/// A table on its way, whose widths are settled.
pub(super) struct Grid {
    columns: Vec<GridColumn>,
    /// The columns of the terminal that a row may take beyond the widths of its own.
    spare: usize,
    has_cut: bool,
}

struct GridColumn {
    name: String,
    width: usize,
    is_number: bool,
    is_text: bool,
}

impl Grid {
    /// Takes the widths of the first columns, and how wide a line may be.
    pub(super) fn begin(schema: &Schema, widths: &[usize], line_max: Option<usize>) -> Self {
        let columns = schema.fields().iter().zip(widths).map(|(field, &width)| GridColumn {
            name: in_row(field.name()),
            width,
            is_number: field.data_type().is_numeric(),
            is_text: is_text(field.data_type()),
        });
        let spare = line_max.unwrap_or(usize::MAX).saturating_sub(line_width(widths));
        Self { columns: columns.collect(), spare, has_cut: false }
    }

    /// Whether a text was cut.
    pub(super) fn has_cut(&self) -> bool {
        self.has_cut
    }

    pub(super) fn write_head(&self, out: &mut dyn Write) -> Result<(), Failure> {
        for column in &self.columns {
            write!(out, "| {} ", column.aligned(&column.name))?;
        }
        writeln!(out, "|")?;
        for column in &self.columns {
            let (line, end) = if column.is_number { (column.width + 1, ":") } else { (column.width + 2, "") };
            write!(out, "|{}{end}", "-".repeat(line))?;
        }
        Ok(writeln!(out, "|")?)
    }

    /// Writes rows. A text that is wider than those before it takes what room the line has left, and is cut to it.
    pub(super) fn write_rows(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<(), Failure> {
        let cells = Cells::of(batch)?;
        for row in 0..batch.num_rows() {
            let mut spare = self.spare;
            for (place, column) in self.columns.iter().enumerate() {
                let text = cells.text(place, row)?;
                let width = width_of(&text);
                let room = column.width.saturating_add(spare);
                let is_cut = column.is_text && width > room;
                self.has_cut |= is_cut;
                let shown = if is_cut { cut(&text, room) } else { text.into() };
                spare = spare.saturating_sub(width.saturating_sub(column.width));
                write!(out, "| {} ", column.aligned(&shown))?;
            }
            writeln!(out, "|")?;
        }
        Ok(())
    }
}

impl GridColumn {
    fn aligned(&self, text: &str) -> String {
        let padding = " ".repeat(self.width.saturating_sub(width_of(text)));
        if self.is_number { padding + text } else { text.to_owned() + &padding }
    }
}
