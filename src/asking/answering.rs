//! How a question is answered, however it was asked.

use std::time::Duration;

use annals_queries::Argument;
use clap::Args;

use super::{Asked, Bounds, Standpoint};
use crate::failure::Failure;
use crate::output;
use crate::output::format::Format;
use crate::output::manner::{Manner, RowsMax};
use crate::progress;
use crate::settings::Settings;

/// In which form, up to which limits, and from where.
#[derive(Args)]
pub(crate) struct Answering {
    /// How to write the answer [default: table on a terminal, else ndjson]
    #[arg(short, long, env = "ANNALS_OUTPUT", value_name = "FORMAT")]
    output: Option<Format>,
    /// How many rows to write, or `all` [default: 40 in a table, else all]
    ///
    /// A table says how many more there are, the other forms that there are more. The columns of a long table are as
    /// wide as its first rows need, some thousand of them.
    #[arg(short = 'n', long, value_name = "N|all")]
    rows: Option<RowsMax>,
    /// Write a table as a block of lines for each row, nothing cut and no column left out
    ///
    /// That is done in any case where rows do not fit, and they are two or take at most 50 lines so.
    #[arg(short = 'x', long)]
    expanded: bool,
    /// Add the signed checkpoint that the answer stands on to table, json, ndjson and csv
    ///
    /// A table names its size and root in any case, and Parquet and Arrow have it in their metadata. The log keeps a
    /// copy of every checkpoint that it gives out.
    #[arg(long, conflicts_with = "quiet")]
    with_checkpoint: bool,
    /// Write the rows alone: no notes on what they stand on, no checkpoint, no progress
    #[arg(short, long)]
    quiet: bool,
    /// Give up after this time, from the question to the last row
    ///
    /// Bringing the tables up to date before is not counted.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    #[command(flatten)]
    standpoint: Standpoint,
}

impl Answering {
    /// Answers one statement.
    pub(crate) fn answer(&self, settings: &Settings, sql: &str, values: &[Argument]) -> Result<(), Failure> {
        self.answer_with(settings, sql, values, |_| Ok(()))
    }

    /// The same, where something is told of the log before.
    pub(crate) fn answer_with(
        &self,
        settings: &Settings,
        sql: &str,
        values: &[Argument],
        tell: impl FnOnce(&mut Asked) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let manner = self.manner(settings)?;
        let mut asked = self.open(settings, &manner)?;
        if !self.quiet {
            tell(&mut asked)?;
        }
        output::write(asked.stream(sql, values)?, &manner)
    }

    /// Opens the log at its size of now, to answer any number of statements in a manner.
    pub(crate) fn open(&self, settings: &Settings, manner: &Manner) -> Result<Asked, Failure> {
        if manner.is_quiet {
            progress::hide();
        }
        self.standpoint.open(settings, Bounds { rows: manner.limit(), time: self.timeout })
    }

    /// Returns how answers are written.
    ///
    /// # Errors
    /// `Usage`: the form has no blocks of lines, or is not for a terminal.
    pub(crate) fn manner(&self, settings: &Settings) -> Result<Manner, Failure> {
        let format = match self.output {
            None | Some(Format::Table) if self.expanded => Format::Table,
            Some(other) if self.expanded => {
                return Err(Failure::Usage(format!(
                    "--expanded is a way to write a table, and {other} is none"
                )));
            }
            given => Format::for_reader(given.or(settings.output))?,
        };
        Ok(Manner {
            format,
            rows: self.rows,
            is_expanded: self.expanded,
            with_checkpoint: self.with_checkpoint,
            is_quiet: self.quiet,
            columns: Manner::columns_here(),
        })
    }
}

/// Reads a time that is given in seconds.
pub(crate) fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|time| !time.is_zero()).ok_or("a number of seconds, as 30 or 0.5")
}
