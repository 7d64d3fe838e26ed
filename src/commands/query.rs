//! `annals query`: SQL.

use std::io::Read as _;

use crate::asking::Standpoint;
use crate::failure::Failure;
use crate::output;
use crate::output::format::Format;
use crate::settings::Settings;

/// Longer SQL is refused in any case.
const SQL_BYTES_MAX: u64 = 1 << 20;

/// Answer a question in SQL.
///
/// The answer stands on one size of the log, whose signed checkpoint it ends with: who has the same log gets the same
/// rows. What there is to ask: `annals query "show tables"`, `annals query "describe stats"`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  annals query \"select uid, hotkey, score, votes from stats order by uid\"
  annals query \"select * from penalized\" --output csv > penalized.csv
  annals query \"select * from stats_at('time', '2026-03-14 12:00') where uid = 7\"
  annals query \"select hotkey, valid_from, valid_to from allocated_hotkeys_history\" --at size:1000
  annals query \"select kind, count(*) from events group by kind\"
  annals query \"select uid, gpu_name from stats\" --policy other.toml     # what if others had counted")]
pub(crate) struct Query {
    /// One statement, `-` to read it from standard input.
    sql: String,
    /// How to write the answer [default: table on a terminal, else ndjson]
    #[arg(long, env = "ANNALS_OUTPUT", value_name = "FORMAT")]
    output: Option<Format>,
    /// Add the signed checkpoint that the answer stands on to json, ndjson and csv, too
    ///
    /// A table ends with it in any case, and Parquet and Arrow have it in their metadata. The log keeps a copy of every
    /// checkpoint that it gives out.
    #[arg(long)]
    with_checkpoint: bool,
    #[command(flatten)]
    standpoint: Standpoint,
}

impl Query {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let sql = if self.sql == "-" { read_sql()? } else { self.sql };
        let format = Format::for_reader(self.output.or(settings.output))?;
        let mut asked = self.standpoint.open(settings)?;
        if format == Format::Table {
            let answer = asked.ask(&sql)?;
            asked.publish()?;
            return output::write_table(&answer);
        }
        let rows = asked.stream(&sql)?;
        // Before the first byte: what is given out is kept, or nothing is given out.
        if self.with_checkpoint || format.has_checkpoint() {
            rows.publish()?;
        }
        output::write(rows, format, self.with_checkpoint)
    }
}

fn read_sql() -> Result<String, Failure> {
    let mut sql = String::new();
    let read = std::io::stdin().take(SQL_BYTES_MAX).read_to_string(&mut sql);
    read.map_err(|error| Failure::Unavailable(format!("standard input: {error}")))?;
    Ok(sql)
}
