//! How an answer is written: its form, how much of it, and what is told beside its rows.

use std::str::FromStr;

use super::format::Format;

/// How an answer is written.
pub(crate) struct Manner {
    pub(crate) format: Format,
    /// How many rows, if somebody says.
    pub(crate) rows: Option<RowsMax>,
    /// A table has a block of lines for each row.
    pub(crate) is_expanded: bool,
    /// The whole signed checkpoint is written where the form has place for it.
    pub(crate) with_checkpoint: bool,
    /// The rows alone, and whether they are all.
    pub(crate) is_quiet: bool,
}

/// The most rows that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowsMax {
    All,
    AtMost(usize),
}

/// The lines under the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Under {
    /// Nothing.
    Rows,
    /// The notes of the answer, and the size and the root that a checkpoint signed.
    Standing,
    /// The same, with the checkpoint as it was signed.
    Checkpoint,
}

impl Manner {
    /// Returns the most rows that are asked for: a table counts the rows that it leaves out.
    pub(crate) fn limit(&self) -> Option<usize> {
        self.rows.filter(|_| self.format != Format::Table).and_then(RowsMax::limit)
    }

    /// Whether a checkpoint is in what is written.
    pub(super) fn gives_checkpoint(&self) -> bool {
        match self.format {
            Format::Table => self.under() != Under::Rows,
            Format::Parquet | Format::Arrow => true,
            Format::Json | Format::Ndjson | Format::Csv => self.with_checkpoint,
        }
    }

    pub(super) fn under(&self) -> Under {
        match (self.is_quiet, self.with_checkpoint) {
            (true, _) => Under::Rows,
            (false, false) => Under::Standing,
            (false, true) => Under::Checkpoint,
        }
    }
}

impl RowsMax {
    /// Returns the most rows that forms for programs hold.
    pub(crate) fn limit(self) -> Option<usize> {
        match self {
            Self::All => None,
            Self::AtMost(rows) => Some(rows),
        }
    }
}

impl FromStr for RowsMax {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "all" => Ok(Self::All),
            number => number.parse().map(Self::AtMost).map_err(|_| "a number of rows, or `all`"),
        }
    }
}
