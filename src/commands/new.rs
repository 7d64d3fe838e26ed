//! `annals fixture new`: a scenario of a story.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::fixture::{POLICY, accept};
use crate::policy_file;
use crate::story::{EXAMPLE, Story, record};
use crate::terminal::{self, shown};

/// The files of a scenario that are made of its story.
const STORY: &str = "story.toml";
const CASSETTE: &str = "story.cassette";

/// Make a scenario of a story: what runs of W&B publish, from moment to moment
///
/// A story says who counts as a validator, which uid is whose, and what is published, edited and ended at which time.
/// It is told to a stand-in of W&B that listens on loopback while it lasts, by the code of `annals publish`, with real
/// signatures of development keys as //Validator0; and each poll is recorded as `annals fixture record` does. DIR then
/// has the story, policy.toml, story.cassette and, in expected/, a question with its answer for every table that has a
/// row. The same story gives the same bytes.
///
/// A config is as upstream's software leaves it, without the signature over all of it that `annals publish` adds. Each
/// poll asks for all runs. Nothing of it reaches the network.
#[derive(clap::Args)]
#[command(after_help = "\
Begin with the example: a miner is allocated, penalized and forgiven, and somebody forges a run.
  annals fixture new --example > story.toml
  annals fixture new mine --from story.toml
  annals fixture check mine

Then change mine/story.toml and see which answers change:
  annals fixture new mine --from mine/story.toml --again
  annals fixture check mine
  annals fixture accept mine            once they are as they should be

A story in short:
  [policy]
  validators = [\"//Validator0\"]         declared; nobody else's runs count
  checklist = \"//Validator0\"            the one whose checklist of penalties zeroes scores
  [miners]
  7 = \"//Miner7\"                        hotkeys by uid
  [[moment]]
  at = 2026-03-14T09:00:00Z
  poll = \"whole\"                        after all that happens; or \"failed\", or \"none\"
  [[moment.publish]]                    a hotkey writes its run: what it leaves out stays as it was
  hotkey = \"//Validator0\"               with `run`, its run of this id; with `role = \"miner\"`, a miner's
  signed_by = \"//Mallory\"               forged; \"nobody\": unsigned; left out: by the hotkey itself
  allocated_hotkeys = [\"//Miner7\"]      so, too, penalized_hotkeys and penalized_hotkeys_checklist
  stats.7 = { gpu_name = \"NVIDIA H200\", num_gpus = 2, score = 20.0 }
  [[moment.edit]]                       somebody writes into its config, and does not sign
  run = \"validator0\"
  set.allocated_hotkeys = []
  remove = [\"stats\"]
  [[moment.end]]
  run = \"validator0\"
  state = \"crashed\"                     or \"finished\", \"failed\", \"deleted\"")]
pub(crate) struct New {
    /// The scenario's folder: empty, or not there yet.
    #[arg(required_unless_present = "example")]
    dir: Option<PathBuf>,
    /// The story.
    #[arg(long, value_name = "STORY.toml", required_unless_present = "example")]
    from: Option<PathBuf>,
    /// Record the story of a scenario again. Its questions and expected answers stay: `annals fixture check` then says
    /// what has changed.
    #[arg(long)]
    again: bool,
    /// Print a story with comments, to begin with.
    #[arg(long, conflicts_with_all = ["dir", "from", "again"])]
    example: bool,
}

impl New {
    pub(super) fn run(self) -> Result<(), Failure> {
        match (self.dir, self.from) {
            (Some(dir), Some(from)) => make(&dir, &from, self.again),
            _ => Ok(write!(terminal::out(), "{EXAMPLE}")?),
        }
    }
}

fn make(dir: &Path, from: &Path, again: bool) -> Result<(), Failure> {
    let text = fs::read_to_string(from).map_err(|error| Failure::input(from, &error))?;
    let story = Story::read(&text).map_err(|what| Failure::Usage(what).at(from))?;
    refuse_others(dir, again)?;
    // Made beside the folder: what fails half way leaves nothing in it.
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = tempfile::Builder::new().prefix(".annals-story-").tempdir_in(parent);
    let made = made.map_err(|error| Failure::input(parent, &error))?;
    let taken = record(&story, &made.path().join(CASSETTE)).map_err(|failure| failure.at(from))?;
    let policy = policy_file::to_toml(&story.policy);
    let policy = format!("# Of {STORY}: `annals fixture new --again` writes it.\n{policy}");
    let of_dir = |error: io::Error| Failure::input(dir, &error);
    fs::write(made.path().join(POLICY), policy).map_err(of_dir)?;
    fs::write(made.path().join(STORY), text).map_err(of_dir)?;
    fs::create_dir_all(dir).map_err(of_dir)?;
    for name in [STORY, POLICY, CASSETTE] {
        fs::rename(made.path().join(name), dir.join(name)).map_err(of_dir)?;
    }
    let (answers, events) = (taken.exchanges, taken.events);
    writeln!(terminal::out(), "{CASSETTE}: {answers} answers, which are {events} events")?;
    if !again {
        accept(dir)?;
    }
    writeln!(terminal::out(), "next     annals fixture check {}", shown(dir))?;
    Ok(())
}

/// Refuses a folder with files in it, unless the story of a scenario is told again.
fn refuse_others(dir: &Path, again: bool) -> Result<(), Failure> {
    let is_scenario = dir.join(CASSETTE).exists();
    let is_empty = match fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(Failure::input(dir, &error)),
    };
    let shown = shown(dir);
    match (again, is_scenario) {
        (true, true) => Ok(()),
        (true, false) => {
            Err(Failure::Unavailable(format!("{shown}: no scenario of a story is there to be told again")))
        }
        (false, _) if is_empty => Ok(()),
        (false, true) => Err(Failure::Usage(format!(
            "{shown}: a scenario of a story is there already: --again records it again and keeps its expected/"
        ))),
        (false, false) => {
            Err(Failure::Usage(format!("{shown}: there are files in this folder: name another")))
        }
    }
}
