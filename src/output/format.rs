//! The names of the forms in which an answer is written.

use clap::ValueEnum;
use serde::Deserialize;

use crate::failure::Failure;
use crate::terminal;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// For reading, and for pasting: Markdown
    Table,
    /// An array of objects
    Json,
    /// An object a line
    Ndjson,
    /// With a header; null and the empty text look the same
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

    /// Whether the checkpoint is in it, asked for or not.
    pub(crate) fn has_checkpoint(self) -> bool {
        matches!(self, Self::Table | Self::Parquet | Self::Arrow)
    }
}
