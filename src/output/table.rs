//! Tables for reading: Markdown, so that an answer can be pasted where it is discussed.

use annals_queries::Answer;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use super::error::internal;
use crate::failure::Failure;
use crate::terminal::{self, printable};

/// The rows of an answer; on a terminal, as wide as it is.
pub(crate) fn table(answer: &Answer) -> Result<String, Failure> {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN);
    if terminal::is_watched() {
        let (_, columns) = console::Term::stdout().size();
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(columns);
    }
    let fields = answer.schema.fields();
    table.set_header(fields.iter().map(|field| cell(field.name())));
    let options = FormatOptions::new().with_null("null");
    for batch in &answer.batches {
        let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options));
        let columns = columns.collect::<Result<Vec<_>, _>>().map_err(internal)?;
        for row in 0..batch.num_rows() {
            let cells = columns.iter().zip(fields).map(|(column, field)| {
                let text = column.value(row).try_to_string().map_err(internal)?;
                let is_number = field.data_type().is_numeric();
                let alignment = if is_number { CellAlignment::Right } else { CellAlignment::Left };
                Ok(Cell::new(cell(&text)).set_alignment(alignment))
            });
            table.add_row(cells.collect::<Result<Vec<_>, Failure>>()?);
        }
    }
    Ok(table.to_string())
}

/// A text of a stranger that breaks no row.
fn cell(text: &str) -> String {
    printable(text).replace('|', "\\|")
}
