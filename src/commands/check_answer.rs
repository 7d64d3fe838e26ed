//! `annals check-answer`: ask the question of an answer again, and compare.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use annals_log::{Checkpoint, ReadError, Reader};
use annals_queries::{Argument, Moment};
use serde::Serialize;

use crate::answer_file::AnswerFile;
use crate::asking::answering::seconds;
use crate::asking::told::Answered;
use crate::asking::{Asked, Bounds};
use crate::failure::Failure;
use crate::form::{FormGiven, write_object};
use crate::policy_file;
use crate::reading;
use crate::settings::Settings;
use crate::terminal::{self, printable};

/// Check an answer: ask its question again, and compare the rows.
///
/// An answer in Parquet or Arrow has its question, its position, its policy, a digest of its rows and the signed
/// checkpoint in it; a table, JSON and CSV have them with --with-checkpoint. Any copy of the log that is as long can
/// check it: the checkpoint has to be one of that log, the log has to lead to it, and the question has to give the same
/// rows, byte for byte. Exit code 1 and the first difference if it does not.
///
/// Whether the log is what was recorded is another question: `annals verify --against FILE` takes answers, too.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  annals query \"select * from stats\" --output parquet > a.parquet && annals check-answer a.parquet
  annals ask penalties --hotkey 5F... --output csv --with-checkpoint > penalties.csv
  annals --data copy-of-the-log check-answer penalties.csv")]
pub(crate) struct CheckAnswer {
    /// The file with the answer
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What sorting, grouping and joining may use, in MiB [default: 512]
    #[arg(long, env = "ANNALS_MEMORY_MIB", value_name = "MIB")]
    memory_mib: Option<usize>,
    /// Give up after this time, from the question to the last row
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    #[command(flatten)]
    form: FormGiven,
}

/// All that was checked, once nothing differs.
#[derive(Serialize)]
struct CheckedJson<'a> {
    is_what_the_log_gives: bool,
    origin: &'a str,
    size: u64,
    root: String,
    #[serde(flatten)]
    answered: &'a Answered,
    /// Sentences of the file that do not follow from the question.
    unchecked_notes: Vec<&'a str>,
}

impl CheckAnswer {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let file = AnswerFile::read(&self.file)?;
        let answered = file.answered()?;
        let kept = file.checkpoint()?;
        let reader = reading::open(&settings.data)?;
        let claim = kept.of_log(&reader).map_err(|foreign| Failure::Usage(foreign.to_string()))?;
        leads_to(&reader, claim)?;
        let mut asked = self.open(settings, answered, claim)?;
        let arguments: Vec<Argument> =
            answered.question.parameters.iter().map(|text| text.as_str().into()).collect();
        let answer = asked.stream(&answered.question.sql, &arguments)?;
        if let [function, ..] = &answer.told().volatile[..] {
            return Err(Failure::Usage(format!(
                "{function} gives something else every time, so nobody can check an answer that it is in"
            )));
        }
        let unchecked_notes = file.compare(answer).map_err(|failure| failure.at(&self.file))?;
        if self.form.is_json() {
            return write_object(&CheckedJson {
                is_what_the_log_gives: true,
                origin: &claim.origin,
                size: claim.size.0,
                root: claim.root.to_base64(),
                answered,
                unchecked_notes,
            });
        }
        report(claim, answered, &unchecked_notes)
    }

    /// Opens the log where the answer stands.
    fn open(&self, settings: &Settings, answered: &Answered, claim: &Checkpoint) -> Result<Asked, Failure> {
        let question = &answered.question;
        let policy = question.policy.as_ref().map(|text| {
            let policy = policy_file::parse(text);
            policy.map_err(|what| Failure::Usage(format!("its policy: {what}")).at(&self.file))
        });
        let what_if = policy.transpose()?.map(|policy| (&*self.file, policy));
        let bounds = Bounds { rows: question.rows_max, time: self.timeout };
        Asked::at(settings, Some(Moment::Size(claim.size.0)), what_if, self.memory_mib, bounds)
    }
}

/// Sees that the log is what its key said that it is at the checkpoint's size.
fn leads_to(reader: &Reader, claim: &Checkpoint) -> Result<(), Failure> {
    if claim.size > reader.size() {
        return Err(Failure::Unavailable(format!(
            "the answer stands on {} entries, and this copy of the log has {}: a later copy can check it",
            claim.size,
            reader.size()
        )));
    }
    let other = || {
        Failure::Finding(format!(
            "the log's key signed another log of {} entries than this one: keep the answer, which proves that",
            claim.size
        ))
    };
    match reader.back_to(claim.size) {
        Ok(there) if there.checkpoint().claim().root == claim.root => Ok(()),
        Ok(_) | Err(ReadError::InsideCommit { .. }) => Err(other()),
        Err(error) => Err(error.into()),
    }
}

fn report(claim: &Checkpoint, answered: &Answered, unchecked_notes: &[&str]) -> Result<(), Failure> {
    let mut out = terminal::out();
    let question = &answered.question;
    let lines: Vec<_> = question.sql.trim().lines().map(printable).collect();
    writeln!(out, "question     {}", lines.join("\n             "))?;
    for parameter in &question.parameters {
        writeln!(out, "parameter    {}", printable(parameter))?;
    }
    writeln!(out, "log          {}", claim.origin)?;
    writeln!(out, "position     size {}, root {}", claim.size, claim.root.to_base64())?;
    let policy = match question.policy {
        None => "the log's own",
        Some(_) => "another than the log's, which is in the file: nobody signed what comes of it",
    };
    writeln!(out, "policy       {policy}")?;
    writeln!(out, "rows         {}, sha256 {}", answered.row_count, answered.rows_sha256)?;
    for note in unchecked_notes {
        writeln!(out, "unchecked    a note of the file: {}", printable(note))?;
    }
    writeln!(out, "the log gives this answer, byte for byte")?;
    Ok(())
}
