//! `annals demo`: the whole path, on recordings that the program carries.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use annals_log::{LogIndex, Reader, SignedEvent};

use crate::asking::Asked;
use crate::commands::verify::Verify;
use crate::commands::verify_proof::describe_proof;
use crate::explained::ExplainedStats;
use crate::failure::Failure;
use crate::fixture::{Scenario, begin};
use crate::output::table;
use crate::settings::Settings;
use crate::terminal;

/// Record, verify, ask, explain and prove, on a day of a made-up subnet
///
/// Three recordings go into one new log: a case of upstream's own test vectors with a tie, a day of a subnet with 12
/// validators and 200 miners, and two files that real W&B clients wrote. Nothing is fetched. The log is left for you.
#[derive(clap::Args)]
pub(crate) struct Demo {
    /// Leave the log and its recordings in this new folder [default: one of the system's temporary ones]
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

/// A file that the program carries: its scenario, its name there, its bytes.
type Carried = (&'static str, &'static str, &'static [u8]);

/// In the order in which they happened.
const FILES: [Carried; 6] = [
    ("golden-tie", "policy.toml", include_bytes!("../../fixtures/golden-tie/policy.toml")),
    ("golden-tie", "case.cassette", include_bytes!("../../fixtures/golden-tie/case.cassette")),
    ("sn27-day", "policy.toml", include_bytes!("../../fixtures/sn27-day/policy.toml")),
    ("sn27-day", "day.cassette.zst", include_bytes!("../../fixtures/sn27-day/day.cassette.zst")),
    (
        "wandb-offline",
        "run-offline-0.19.0.wandb",
        include_bytes!("../../fixtures/wandb-offline/run-offline-0.19.0.wandb"),
    ),
    (
        "wandb-offline",
        "run-offline-0.31.0.wandb",
        include_bytes!("../../fixtures/wandb-offline/run-offline-0.31.0.wandb"),
    ),
];

/// What the owner of a subnet wants to know.
const QUESTIONS: [(&str, &str); 5] = [
    (
        "On which uids do validators disagree, and what does upstream make of it?",
        "select uid, gpu_name, num_gpus, score, votes, entries, candidates, rule from stats \
         where votes < entries order by uid",
    ),
    (
        "Which miners does more than one validator call allocated?",
        "select hotkey, count(distinct validator) as validators, count(*) as lists from allocated_hotkeys where counts \
         group by hotkey having count(distinct validator) > 1 order by validators desc, hotkey limit 5",
    ),
    (
        "Who was penalized that day, by whom, and is it lifted?",
        "select p.hotkey, p.validator, since.recorded_at as since, until.recorded_at as until \
         from penalized_checklist_history p join wandb_polls since on since.log_index + 1 = p.valid_from \
         left join wandb_polls until on until.log_index + 1 = p.valid_to where p.counts order by p.valid_from",
    ),
    (
        "Whose lists and votes do not count, and why?",
        "select run_id, validator, reason, count(*) as entries from stats_votes \
         where reason in ('signature_wrong', 'signature_absent', 'signature_malformed', 'validator_not_valid') \
         group by run_id, validator, reason order by reason, run_id",
    ),
    (
        "When would upstream itself have got no stats at all, and over what?",
        "select o.exception, o.run_id, o.uid_key, since.recorded_at as since, until.recorded_at as until \
         from upstream_outcome_history o join wandb_polls since on since.log_index + 1 = o.valid_from \
         left join wandb_polls until on until.log_index + 1 = o.valid_to \
         where o.function = 'get_stats_allocated' and o.outcome = 'raises' order by o.valid_from",
    ),
];

/// Contested in the day.
const UID: u16 = 7;

impl Demo {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let folder = new_folder(self.into)?;
        let data = folder.join("log");
        let mut out = terminal::out();
        writeln!(out, "1. Record: three recordings become signed entries of one log")?;
        record(&folder, &data, &mut out)?;

        writeln!(out, "\n2. Verify: read every byte, make every root and every table again\n")?;
        Verify::default().run(&Settings::of_log(data.clone()))?;

        writeln!(out, "\n3. Ask: five questions of a subnet's owner")?;
        let mut asked = Asked::now(&data)?;
        ask(&mut asked, &mut out)?;

        writeln!(out, "\n4. Explain: why uid {UID} has the GPU and the score that it has\n")?;
        let explained = ExplainedStats::ask(&mut asked, UID)?;
        explained.write(&mut out)?;

        writeln!(out, "\n5. Prove: the entry behind it, to somebody who has nothing but the log's key\n")?;
        let nothing = || Failure::Internal(format!("the day has no entry on uid {UID} to prove"));
        let index = explained.log_index()?.ok_or_else(nothing)?;
        prove(&folder, &data, LogIndex(index), &mut out)?;
        write_next(&folder, &data, index, &mut out)
    }
}

fn new_folder(into: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let made = match &into {
        Some(folder) => fs::create_dir(folder).map(|()| folder.clone()),
        None => tempfile::Builder::new().prefix("annals-demo-").tempdir().map(tempfile::TempDir::keep),
    };
    made.map_err(|error| match into {
        Some(folder) => Failure::Unavailable(format!(
            "{}: {error}; name a folder that is not there yet",
            folder.display()
        )),
        None => Failure::Internal(format!("a folder for the demo: {error}")),
    })
}

fn record(folder: &Path, data: &Path, out: &mut impl Write) -> Result<(), Failure> {
    let mut names: Vec<&str> = Vec::new();
    for (scenario, name, bytes) in FILES {
        let folder = folder.join(scenario);
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(folder.join(name), bytes))
            .map_err(|error| Failure::input(&folder, &error))?;
        names.push(scenario);
    }
    names.dedup();
    let scenarios = names.iter().map(|name| Scenario::read(&folder.join(name)));
    let scenarios = scenarios.collect::<Result<Vec<_>, _>>()?;
    let mut recording = begin(data, scenarios[0].netuid(), scenarios[0].begins_at_ms())?;
    for (name, scenario) in names.iter().zip(&scenarios) {
        let before = recording.log.size().0;
        scenario.take_into(&mut recording)?;
        writeln!(out, "   {name:<14} {:>4} entries", recording.log.size().0 - before)?;
    }
    recording.close()?;
    Ok(())
}

fn ask(asked: &mut Asked, out: &mut impl Write) -> Result<(), Failure> {
    for (question, sql) in QUESTIONS {
        writeln!(out, "\n   {question}\n   {sql}\n")?;
        writeln!(out, "{}", table(&asked.ask(sql)?)?)?;
    }
    asked.publish()?;
    writeln!(out, "\nAll five stand on this checkpoint:\n\n{}", asked.checkpoint())?;
    Ok(())
}

fn prove(folder: &Path, data: &Path, index: LogIndex, out: &mut impl Write) -> Result<(), Failure> {
    let mut reader = Reader::open(data)?;
    let proof = reader.prove(index)?.to_string();
    let path = folder.join("p.tlog-proof");
    fs::write(&path, &proof).map_err(|error| Failure::input(&path, &error))?;
    writeln!(out, "{} bytes in {}", proof.len(), path.display())?;
    let proof = SignedEvent::parse(&proof).map_err(|error| Failure::Finding(error.to_string()))?;
    describe_proof(&proof, reader.vkey(), reader.hotkey(), out)
}

fn write_next(folder: &Path, data: &Path, index: u64, out: &mut impl Write) -> Result<(), Failure> {
    let program = std::env::args().next().unwrap_or_else(|| "annals".to_owned());
    let (folder, data) = (folder.display(), data.display());
    write!(
        out,
        "
Next, on this log (it says `fixture`, since its clock is that of the recordings):
  export ANNALS_DATA={data}
  {program} tables
  {program} tables stats
  {program} query \"select * from stats_at('time', '2026-03-14 12:00') where uid = {UID}\"
  {program} explain stats --uid {UID} --at time:2026-03-14T05:00:00Z
  {program} explain stats --uid 5 --at time:2026-01-31        # the tie of upstream's test vectors
  {program} raw {index}
  {program} fixture check fixtures/sn27-day        # the same day, with 12 disputes: see its README
And on one of your own:
  {program} --data annals-data init
  {program} --data annals-data ingest FOLDER      # .wandb files, cassettes
  {program} --help
The demo lies in {folder}; remove it when you are done.
"
    )?;
    Ok(())
}
