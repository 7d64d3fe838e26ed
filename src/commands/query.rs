//! `annals query`: SQL.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use annals_queries::Argument;

use crate::asking::{Bounds, Standpoint};
use crate::failure::Failure;
use crate::output;
use crate::output::format::Format;
use crate::output::manner::{Manner, RowsMax};
use crate::progress;
use crate::settings::Settings;

/// Longer SQL is refused in any case.
const SQL_BYTES_MAX: u64 = 1 << 20;

/// Answer a question in SQL.
///
/// The answer stands on one size of the log, whose signed checkpoint it names: who has the same log gets the same rows.
/// What there is to ask: `annals query "show tables"`, `annals query "describe stats"`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  annals query \"select uid, hotkey, score, votes from stats order by uid\"
  annals query -x \"select * from stats where uid = \\$uid\" --param uid=7      # a block of lines a row
  annals query \"select * from penalized\" --output csv > penalized.csv
  annals query -f question.sql --output parquet > answer.parquet
  annals query \"select * from stats_at('time', '2026-03-14 12:00') where uid = 7\"
  annals query \"select hotkey, valid_from, valid_to from allocated_hotkeys_history\" --at size:1000
  annals query \"select kind, count(*) from events group by kind\" --quiet
  annals query \"select uid, gpu_name from stats\" --policy other.toml        # what if others had counted")]
pub(crate) struct Query {
    /// One statement, `-` to read it from standard input
    #[arg(value_name = "SQL", required_unless_present = "file")]
    sql: Option<String>,
    /// Read the statement from a file, `-` for standard input
    #[arg(short, long, value_name = "FILE", conflicts_with = "sql")]
    file: Option<PathBuf>,
    /// A value for `$name` in the statement; without a name for $1, $2 and so on, in their order
    ///
    /// It is written as in SQL: 7, 1.5, true, null, 'a text'. Whatever is none of these is a text, too. It is read as
    /// what it is compared with, and never as SQL.
    #[arg(long, value_name = "[NAME=]VALUE", allow_hyphen_values = true)]
    param: Vec<Argument>,
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

impl Query {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let sql = self.read()?;
        // A slip of the pen should not cost a fold.
        annals_queries::check(&sql)?;
        let manner = self.manner(settings)?;
        if self.quiet {
            progress::hide();
        }
        // A table counts the rows that it leaves out.
        let rows = self.rows.filter(|_| manner.format != Format::Table).and_then(RowsMax::limit);
        let mut asked = self.standpoint.open(settings, Bounds { rows, time: self.timeout })?;
        output::write(asked.stream(&sql, &self.param)?, &manner)
    }

    fn manner(&self, settings: &Settings) -> Result<Manner, Failure> {
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
        })
    }

    fn read(&self) -> Result<String, Failure> {
        match (&self.sql, &self.file) {
            (Some(sql), _) if sql != "-" => Ok(sql.clone()),
            (None, Some(file)) if file != Path::new("-") => {
                let read = File::open(file).and_then(read_sql);
                read.map_err(|error| Failure::input(file, &error))
            }
            _ => {
                let read = read_sql(std::io::stdin());
                read.map_err(|error| Failure::Unavailable(format!("standard input: {error}")))
            }
        }
    }
}

fn read_sql(from: impl Read) -> std::io::Result<String> {
    let mut sql = String::new();
    from.take(SQL_BYTES_MAX).read_to_string(&mut sql)?;
    Ok(sql)
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|time| !time.is_zero()).ok_or("a number of seconds, as 30 or 0.5")
}
