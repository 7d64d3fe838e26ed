//! `annals fixture`: recorded scenarios as regression tests.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::asking::Asked;
use crate::commands::generate::Generate;
use crate::commands::record::Record;
use crate::commands::serve_chain::ServeChain;
use crate::commands::serve_metrics::ServeMetrics;
use crate::commands::serve_wandb::ServeWandb;
use crate::failure::Failure;
use crate::fixture::{Accepted, Checked, Expected, Scenario};
use crate::form::{FormGiven, write_object};
use crate::settings::Settings;
use crate::terminal::{self, say};

/// Keep scenarios: recorded inputs with the answers that are expected of them.
///
/// A scenario is a folder with cassettes or .wandb files, policy.toml, which says who counts as a validator (without
/// it nobody does), and expected/: questions NAME.sql, each with its answer NAME.ndjson. It is recorded into a log
/// that is the same each time, byte for byte, with the clock of the recordings.
#[derive(clap::Args)]
#[command(after_help = "\
To make one of your own:
  mkdir -p mine && cp day.cassette.zst policy.toml mine/
  annals fixture accept mine            writes a question and an answer for every table
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
        /// The scenario's folder. Without a question in expected/, one is written for every table.
        dir: PathBuf,
    },
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
    let mut asked = asked(&scenario, &keep.map_or_else(|| scratch.path().join("log"), Path::to_owned))?;
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

fn accept(dir: &Path) -> Result<(), Failure> {
    let (scenario, mut expected) = (Scenario::read(dir)?, Expected::of(dir)?);
    if !scenario.has_policy() {
        say("there is no policy.toml: validators are left to the chain, so nobody counts as one");
    }
    let scratch = scratch()?;
    let mut asked = asked(&scenario, &scratch.path().join("log"))?;
    if expected.is_empty() {
        expected.ask_for_all_tables()?;
    }
    let mut out = terminal::out();
    for name in expected.names() {
        let (accepted, rows) = expected.accept(name, &mut asked)?;
        let what = match accepted {
            Accepted::New => "new",
            Accepted::Same => "same",
            Accepted::Changed => "CHANGED",
        };
        writeln!(out, "{what:<8} {name} ({rows} rows)")?;
    }
    Ok(())
}

/// Records a scenario into a new log in `root`, and asks it.
fn asked(scenario: &Scenario, root: &Path) -> Result<Asked, Failure> {
    scenario.record(root)?;
    Asked::now(root)
}

fn scratch() -> Result<tempfile::TempDir, Failure> {
    let folder = tempfile::Builder::new().prefix("annals-fixture-").tempdir();
    folder.map_err(|error| Failure::Internal(format!("a folder for the scenario's log: {error}")))
}
