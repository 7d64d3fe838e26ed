//! `annals query`: SQL.

use std::path::{Path, PathBuf};

use annals_queries::Argument;

use crate::asking::answering::Answering;
use crate::asking::sql_text;
use crate::failure::Failure;
use crate::prompt;
use crate::settings::Settings;

/// Answer a question in SQL.
///
/// The answer stands on one size of the log, whose signed checkpoint it names: who has the same log gets the same rows.
/// What there is to ask: `annals query "show tables"`, `annals query "describe stats"`.
///
/// Without SQL, on a terminal, it is a prompt: statements that end with `;`, over any number of lines, all answered on
/// one size of the log. `\?` lists what else it takes.
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
  annals query \"select uid, gpu_name from stats\" --policy other.toml        # what if others had counted
  annals query                                                              # a prompt; Ctrl-D leaves it

The prompt keeps the last 1,000 statements in annals/history of the user's state folder (XDG_STATE_HOME, or
~/.local/state), which only the user can read. ANNALS_HISTORY names another file; empty, none is kept.")]
pub(crate) struct Query {
    /// One statement, `-` to read it from standard input
    #[arg(value_name = "SQL")]
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
    #[command(flatten)]
    form: Answering,
}

impl Query {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        if self.sql.is_none() && self.file.is_none() {
            return self.prompt(settings);
        }
        let sql = self.read()?;
        // A slip of the pen should not cost a fold.
        annals_queries::check(&sql)?;
        self.form.answer(settings, &sql, &self.param)
    }

    fn prompt(&self, settings: &Settings) -> Result<(), Failure> {
        if !prompt::is_possible() {
            let text = "which question? give it as SQL or with --file; without one, `annals query` is for a terminal";
            return Err(Failure::Usage(text.to_owned()));
        }
        if !self.param.is_empty() {
            return Err(Failure::Usage("--param is for a statement that is given with it".to_owned()));
        }
        prompt::run(&self.form, settings)
    }

    fn read(&self) -> Result<String, Failure> {
        match (&self.sql, &self.file) {
            (Some(sql), _) if sql != "-" => Ok(sql.clone()),
            (None, Some(file)) if file != Path::new("-") => sql_text::in_file(file),
            _ => {
                let read = sql_text::read(std::io::stdin());
                read.map_err(|error| Failure::Unavailable(format!("standard input: {error}")))
            }
        }
    }
}
