//! The names of the forms in which an answer is written.

use std::fmt::{self, Display, Formatter};

use clap::ValueEnum;
use serde::Deserialize;

use crate::failure::Failure;
use crate::terminal;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// For reading, and for pasting: Markdown, fitted to COLUMNS, else to the terminal, else to 120 columns; few rows
    /// that do not fit are written a column a line. As many rows as --rows says, and how many more there are
    Table,
    /// An array of objects; floats that JSON has no numbers for are the texts "NaN", "Infinity", "-Infinity"
    Json,
    /// An object a line, of the same values
    Ndjson,
    /// With a header; null and the empty text look the same, lists, structs and maps are JSON
    Csv,
    /// A Parquet file, the checkpoint in its metadata
    Parquet,
    /// An Arrow IPC stream, the checkpoint in its metadata
    Arrow,
}

impl Format {
    /// A table where somebody looks, lines where a program does.
    ///
    /// # Errors
    /// `Usage`: the bytes of that form are not for a terminal.
    pub(crate) fn for_reader(given: Option<Self>) -> Result<Self, Failure> {
        let format = given.unwrap_or(if terminal::is_watched() { Self::Table } else { Self::Ndjson });
        if matches!(format, Self::Parquet | Self::Arrow) && terminal::is_watched() {
            let text =
                "these bytes are not for a terminal: send them to a file, as in `annals query ... > rows`";
            return Err(Failure::Usage(text.to_owned()));
        }
        Ok(format)
    }
}

/// Writes the name under which the form is asked for.
impl Display for Format {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_possible_value().expect("no form is hidden").get_name())
    }
}
