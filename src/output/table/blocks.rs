//! Rows as blocks of lines, a column a line: for rows that are wider than the terminal.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::Schema;

use super::cells::{Cells, width_of};
use crate::failure::Failure;
use crate::terminal::printable;

/// Blocks on their way.
pub(super) struct Blocks {
    /// With spaces behind them, up to where all values begin.
    names: Vec<String>,
    /// Blanks before the further lines of a value: no stranger's text begins a line.
    indent: String,
    rows: usize,
}

impl Blocks {
    pub(super) fn begin(schema: &Schema) -> Self {
        let names: Vec<_> = schema.fields().iter().map(|field| printable(field.name())).collect();
        let widest = names.iter().map(|name| width_of(name)).max().unwrap_or(0);
        let padded = |name: &str| format!("  {name}{:1$}", "", widest - width_of(name) + 2);
        Self {
            names: names.iter().map(|name| padded(name)).collect(),
            indent: " ".repeat(widest + 4),
            rows: 0,
        }
    }

    pub(super) fn write_rows(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<(), Failure> {
        let cells = Cells::of(batch)?;
        for row in 0..batch.num_rows() {
            self.rows += 1;
            writeln!(out, "row {}", self.rows)?;
            for (column, name) in self.names.iter().enumerate() {
                let text = cells.raw(column, row)?;
                let mut lines = text.split('\n').map(printable);
                writeln!(out, "{name}{}", lines.next().unwrap_or_default())?;
                for line in lines {
                    writeln!(out, "{}{line}", self.indent)?;
                }
            }
        }
        Ok(())
    }
}
