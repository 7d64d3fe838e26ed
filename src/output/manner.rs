//! How an answer is written: its form, how much of it, and what is told beside its rows.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::format::Format;
use crate::terminal;

/// How an answer is written.
#[derive(Clone, Copy)]
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
    /// How wide a table is.
    pub(crate) columns: usize,
}

/// How many rows a table shows where nobody says.
const ROWS_SHOWN: usize = 40;
/// How wide a table is in a file, which has no width: what a page about it has.
const FILE_COLUMNS: usize = 120;

/// The most rows that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowsMax {
    All,
    AtMost(usize),
}

/// What decides how a table looks, beside its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TableShape {
    /// How wide it is.
    columns: usize,
    /// How many rows are shown; `None` for all.
    rows_shown: Option<usize>,
    #[serde(rename = "expanded")]
    is_expanded: bool,
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

    /// Whether the question and a digest of the rows are in what is written: with them it can be checked.
    pub(super) fn gives_question(&self) -> bool {
        match self.format {
            Format::Table => self.under() == Under::Checkpoint,
            _ => self.gives_checkpoint(),
        }
    }

    /// What a table looks like; `None` for other forms.
    pub(super) fn table(&self) -> Option<TableShape> {
        (self.format == Format::Table).then(|| TableShape {
            columns: self.columns,
            rows_shown: self.rows_shown(),
            is_expanded: self.is_expanded,
        })
    }

    /// The manner in which evidence was written.
    pub(crate) fn of_evidence(format: Format, table: Option<TableShape>) -> Self {
        let shown = table.map(|table| table.rows_shown.map_or(RowsMax::All, RowsMax::AtMost));
        Self {
            format,
            rows: shown,
            is_expanded: table.is_some_and(|table| table.is_expanded),
            with_checkpoint: true,
            is_quiet: false,
            columns: table.map_or(FILE_COLUMNS, |table| table.columns),
        }
    }

    /// How many rows of a table are shown; `None` for all.
    pub(super) fn rows_shown(&self) -> Option<usize> {
        self.rows.map_or(Some(ROWS_SHOWN), RowsMax::limit)
    }

    /// Whether a person reads the answer, and nothing asks for it as rows of a table.
    pub(crate) fn is_for_a_page(&self) -> bool {
        self.format == Format::Table && self.rows.is_none() && !self.is_expanded && !self.with_checkpoint
    }

    /// How wide tables are here.
    pub(crate) fn columns_here() -> usize {
        terminal::columns().unwrap_or(FILE_COLUMNS)
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
