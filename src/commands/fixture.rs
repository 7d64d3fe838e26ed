//! `annals fixture`: recorded scenarios as regression tests.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::commands::generate::Generate;
use crate::commands::new::New;
use crate::commands::record::Record;
use crate::commands::serve_chain::ServeChain;
use crate::commands::serve_metrics::ServeMetrics;
use crate::commands::serve_wandb::ServeWandb;
use crate::failure::Failure;
use crate::fixture::{Checked, Expected, Scenario, accept, scratch};
use crate::form::{FormGiven, write_object};
use crate::settings::Settings;
use crate::terminal;

/// Keep scenarios: recorded inputs with the answers that are expected of them.
///
/// A scenario is a folder with cassettes or .wandb files, policy.toml, which says who counts as a validator (without
/// it nobody does), and expected/: questions NAME.sql, each with its answer NAME.ndjson. It is recorded into a log
/// that is the same each time, byte for byte, with the clock of the recordings.
#[derive(clap::Args)]
#[command(after_help = "\
To make one of your own, of a story that you write:
  annals fixture new --example > story.toml
  annals fixture new mine --from story.toml
To make one of what was recorded:
  mkdir -p mine && cp day.cassette.zst policy.toml mine/
  annals fixture accept mine            writes a question and an answer for every table that has a row
Then:
  edit mine/expected/*.sql, accept again, read the answers, commit
  annals fixture check mine             exit code 1, and the cells that are not as expected, 20 rows an answer")]
pub(crate) struct FixtureCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Compare the answers of a scenario with those expected
    ///
    /// As JSON it is `as_expected`; `answers`, a list of `name`, `rows`, `as_expected` and `differences`, in words; and
    /// `strays`, the answers that nobody asks for.
    Check {
        /// The scenario's folder.
        dir: PathBuf,
        /// Make the scenario's log here and leave it, to ask it further.
        #[arg(long, value_name = "LOG")]
        keep: Option<PathBuf>,
        #[command(flatten)]
        form: FormGiven,
    },
    /// Write the answers of a scenario down as those expected; read what changed before you commit it
    Accept {
        /// The scenario's folder. Without a question in expected/, one is written for every table that has a row.
        dir: PathBuf,
    },
    New(New),
    Generate(Generate),
    Record(Record),
    ServeChain(ServeChain),
    ServeMetrics(ServeMetrics),
    ServeWandb(ServeWandb),
}

impl FixtureCommand {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        match self.verb {
            Verb::Check { dir, keep, form } => check(&dir, keep.as_deref(), form),
            Verb::Accept { dir } => accept(&dir),
            Verb::New(command) => command.run(),
            Verb::Generate(command) => command.run(),
            Verb::Record(command) => command.run(settings),
            Verb::ServeChain(command) => command.run(),
            Verb::ServeMetrics(command) => command.run(),
            Verb::ServeWandb(command) => command.run(),
        }
    }
}

/// A scenario that was checked.
#[derive(Serialize)]
struct CheckedJson<'a> {
    as_expected: bool,
    answers: Vec<AnswerJson<'a>>,
    /// Answers that nobody asks for.
    strays: &'a [String],
}

/// One of its answers.
#[derive(Serialize)]
struct AnswerJson<'a> {
    name: &'a str,
    rows: usize,
    as_expected: bool,
    /// Cells and rows that are not, in words.
    differences: Vec<String>,
}

impl AnswerJson<'_> {
    fn write(&self) -> Result<(), Failure> {
        let mut out = terminal::out();
        let verdict = if self.as_expected { "ok" } else { "DIFFERS" };
        writeln!(out, "{verdict:<8} {} ({} rows)", self.name, self.rows)?;
        Ok(self.differences.iter().try_for_each(|difference| writeln!(out, "           {difference}"))?)
    }
}

fn check(dir: &Path, keep: Option<&Path>, form: FormGiven) -> Result<(), Failure> {
    let (scenario, expected) = (Scenario::read(dir)?, Expected::of(dir)?);
    let shown = dir.display();
    if expected.is_empty() {
        let way_out = format!("`annals fixture accept {shown}` writes what it gives now");
        return Err(Failure::Unavailable(format!("{shown}: nothing is expected of it; {way_out}")));
    }
    let scratch = scratch()?;
    let mut asked = scenario.asked(&keep.map_or_else(|| scratch.path().join("log"), Path::to_owned))?;
    let mut answers = Vec::new();
    for name in expected.names() {
        let Checked { rows, differences } = expected.check(name, &mut asked)?;
        let answer = AnswerJson { name, rows, as_expected: differences.is_empty(), differences };
        if !form.is_json() {
            answer.write()?;
        }
        answers.push(answer);
    }
    let strays = expected.strays()?;
    let (all, wrong) = (answers.len(), answers.iter().filter(|answer| !answer.as_expected).count());
    let mut out = terminal::out();
    if form.is_json() {
        let as_expected = wrong == 0 && strays.is_empty();
        write_object(&CheckedJson { as_expected, answers, strays: &strays })?;
    } else {
        strays
            .iter()
            .try_for_each(|name| writeln!(out, "STRAY    {name}.ndjson: no {name}.sql asks for it"))?;
    }
    match (wrong, strays.len()) {
        (0, 0) if form.is_json() => Ok(()),
        (0, 0) => Ok(writeln!(out, "all {all} answers are as expected")?),
        (0, strays) => Err(Failure::Finding(format!("{shown}: {strays} answers that nobody asks for"))),
        _ => Err(Failure::Finding(format!("{shown}: {wrong} of {all} answers are not as expected"))),
    }
}
