//! A table whose layout is settled, and which takes rows.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::{FieldRef, Schema};

use super::blocks::Blocks;
use super::cells::{Cells, in_row, is_text, width_of};
use super::grid::Grid;
use super::layout::{Column, Layout, Room};
use crate::failure::Failure;

/// Rows as lines, or as blocks of lines.
pub(super) enum Sheet {
    Grid { grid: Grid, columns_left_out: usize },
    Blocks(Blocks),
}

impl Sheet {
    /// Settles the layout by the first rows.
    pub(super) fn of(schema: &Schema, first: &[RecordBatch], room: Room) -> Result<Self, Failure> {
        let columns = columns_of(schema, first)?;
        let rows = first.iter().map(RecordBatch::num_rows).sum();
        let line_max = match room {
            Room::Any => None,
            Room::Columns(width) | Room::AllIn(width) => Some(width),
        };
        Ok(match Layout::of(&columns, rows, room) {
            Layout::Blocks => Self::in_blocks(schema),
            Layout::Grid(widths) => Self::Grid {
                grid: Grid::begin(schema, &widths, line_max),
                columns_left_out: columns.len() - widths.len(),
            },
        })
    }

    pub(super) fn in_blocks(schema: &Schema) -> Self {
        Self::Blocks(Blocks::begin(schema))
    }

    pub(super) fn write_head(&self, out: &mut dyn Write) -> Result<(), Failure> {
        match self {
            Self::Grid { grid, .. } => grid.write_head(out),
            Self::Blocks(_) => Ok(()),
        }
    }

    pub(super) fn write_rows(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<(), Failure> {
        match self {
            Self::Grid { grid, .. } => grid.write_rows(batch, out),
            Self::Blocks(blocks) => blocks.write_rows(batch, out),
        }
    }

    /// How many columns do not fit.
    pub(super) fn columns_left_out(&self) -> usize {
        match self {
            Self::Grid { columns_left_out, .. } => *columns_left_out,
            Self::Blocks(_) => 0,
        }
    }

    /// Whether a text was cut.
    pub(super) fn has_cut(&self) -> bool {
        matches!(self, Self::Grid { grid, .. } if grid.has_cut())
    }
}

fn columns_of(schema: &Schema, first: &[RecordBatch]) -> Result<Vec<Column>, Failure> {
    let column = |field: &FieldRef| Column {
        name_width: width_of(&in_row(field.name())),
        cell_width: 0,
        is_text: is_text(field.data_type()),
    };
    let mut columns: Vec<_> = schema.fields().iter().map(column).collect();
    for batch in first {
        let cells = Cells::of(batch)?;
        for (place, column) in columns.iter_mut().enumerate() {
            for row in 0..batch.num_rows() {
                column.cell_width = column.cell_width.max(width_of(&cells.text(place, row)?));
            }
        }
    }
    Ok(columns)
}
