//! `annals publish`: write a validator's or a miner's state into its W&B run, as upstream's software does.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use annals_ingest::WandbApi;
use annals_ingest::outward::publish::{Database, Draft, Project, Publication, RunGiven, State};
use annals_log::{Checkpoint, Clock, HotkeySigner, LogOpened, Reader, SendOutcome};
use tokio::runtime::Runtime;

use crate::failure::Failure;
use crate::hotkey::{HotkeyGiven, PublisherGiven};
use crate::reading;
use crate::recording::{ClockGiven, Recording, RootsAt, write_end};
use crate::settings::Settings;
use crate::stopping::stopped;
use crate::terminal;
use crate::wandb::WandbGiven;

/// Write a validator's or a miner's state into its W&B run, as upstream's software does
///
/// The run is `validator-<hotkey>` or `miner-<hotkey>`. Its config gets what is told, upstream's `signature` over the
/// run id, and a signature over all of it that names the log and its size; readers of upstream's take the former and
/// ignore the latter, `annals` checks both. What is sent is sent once, and is two entries of the log: one before it
/// is sent, and one of what became of it. Where the second is missing, nobody knows. The log is held meanwhile, so
/// `annals run` has to be ended before.
///
/// Two hotkeys have a part in this: the one whose run it is, a validator's or a miner's own (--publish-hotkey-file),
/// and the recorder's, if the log has one (--hotkey-file), which signs checkpoints as always. One key for both is
/// refused.
///
/// No run is deleted. Don't publish beside upstream's own software: it keeps the config of the same run in memory,
/// and writes over what is there. A run counts as running only while W&B hears of it: upstream takes the specs of
/// running miners alone.
#[derive(clap::Args)]
#[command(after_help = "\
As:
  annals publish --computedb database.db --publish-hotkey-file ~/.bittensor/wallets/default/hotkeys/default --dry-run
  annals publish --state state.json --run-id 0djlnjjs

A state is JSON, and all but the role may be left out:
  {\"role\": \"validator\", \"netuid\": 27, \"version\": 190, \"config\": {}, \"allocated_hotkeys\": [], \"stats\": {},
   \"penalized_hotkeys\": [], \"penalized_hotkeys_checklist\": []}
  {\"role\": \"miner\", \"specs\": {}, \"is_port_open\": true, \"allocated\": null}")]
pub(crate) struct Publish {
    #[command(flatten)]
    state: StateGiven,
    /// The run to go on with
    #[arg(long, value_name = "ID", conflicts_with = "new_run")]
    run_id: Option<String>,
    /// Begin another run, whatever runs the hotkey has
    #[arg(long)]
    new_run: bool,
    /// Ask which run it is, print what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    wandb: WandbGiven,
    #[command(flatten)]
    publisher: PublisherGiven,
    #[command(flatten)]
    hotkey: HotkeyGiven,
    #[command(flatten)]
    clock: ClockGiven,
}

/// What is published.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct StateGiven {
    /// What to publish, JSON; its numbers and keys are sent as they are written
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// What to publish, from the database of upstream's validator: who is allocated, stats, who is penalized. It is
    /// only read, while upstream writes `allocated` back
    #[arg(long, value_name = "FILE")]
    computedb: Option<PathBuf>,
}

/// All that does not depend on where the log stands.
struct Ready {
    state: State,
    run: RunGiven,
    project: Project,
    signer: HotkeySigner,
    server: Arc<WandbApi>,
    server_name: String,
}

impl Publish {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let mut ready = self.ready(settings)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        if self.dry_run {
            let reader = reading::open(&settings.data)?;
            let given = self.hotkey.read(settings)?;
            ready.refuse_recorders(reader.opened(), given.as_ref())?;
            let at = reader.checkpoint().claim().clone();
            return ready.show(&runtime, &at, reader.opened().netuid);
        }
        // From here on the log is ours: what is sent can be recorded.
        let given = self.hotkey.read(settings)?;
        ready.refuse_recorders(Reader::open(&settings.data)?.opened(), given.as_ref())?;
        let mut recording = Recording::open(&settings.data, given, self.clock, RootsAt::EveryEntries)?;
        let told = ready.publish(&runtime, settings, &mut recording);
        let closed = recording.close()?;
        told?;
        Ok(write_end(&closed, &mut terminal::out())?)
    }

    fn ready(&self, settings: &Settings) -> Result<Ready, Failure> {
        let signer = self.publisher.read()?;
        let (state, remembered) = self.state.read(&signer)?;
        let run = match (&self.run_id, self.new_run, remembered) {
            (Some(run_id), ..) => RunGiven::Id(run_id.clone()),
            (None, true, _) => RunGiven::New,
            (None, false, Some(run_id)) => RunGiven::Remembered(run_id),
            (None, false, None) => RunGiven::Asked,
        };
        let server = self.wandb.api(settings)?;
        Ok(Ready {
            state,
            run,
            project: self.wandb.project(settings)?,
            signer,
            server_name: server.name(),
            server,
        })
    }
}

impl StateGiven {
    /// What is published, and the run that the database remembers.
    fn read(&self, signer: &HotkeySigner) -> Result<(State, Option<String>), Failure> {
        match (&self.state, &self.computedb) {
            (Some(path), _) => {
                let text = std::fs::read_to_string(path).map_err(|error| Failure::input(path, &error))?;
                let state = State::read(&text);
                Ok((state.map_err(|error| Failure::Usage(error.to_string()).at(path))?, None))
            }
            (None, Some(path)) => {
                let database = Database::read(path, signer.hotkey().address());
                let database = database.map_err(|error| Failure::from(error).at(path))?;
                Ok((database.state(), database.run_id))
            }
            (None, None) => unreachable!("one of the group is required"),
        }
    }
}

impl Ready {
    /// The recorder's hotkey signs checkpoints; whoever judged runs by it would find the recorder vouching for itself.
    fn refuse_recorders(&self, opened: &LogOpened, given: Option<&HotkeySigner>) -> Result<(), Failure> {
        let ours = self.signer.hotkey().address();
        let recorders = [opened.hotkey.as_deref(), given.map(|given| given.hotkey().address())];
        if recorders.contains(&Some(ours)) {
            return Err(Failure::Usage(format!(
                "{ours} is the recorder's own hotkey, which signs checkpoints and nobody's runs: --publish-hotkey-file names the \
                 validator's or the miner's. Nothing was sent"
            )));
        }
        Ok(())
    }

    fn publication<'a>(&'a self, at: &'a Checkpoint, netuid: u16) -> Publication<'a> {
        let Self { state, run, project, signer, server_name, .. } = self;
        Publication { server: server_name, project, run, state, netuid, signer, at, clock: &Clock::System }
    }

    fn show(&mut self, runtime: &Runtime, at: &Checkpoint, netuid: u16) -> Result<(), Failure> {
        let mut server = Arc::clone(&self.server);
        let publication = self.publication(at, netuid);
        let sending = runtime.block_on(publication.prepare(&mut server))?;
        self.write_draft(&sending.draft)?;
        let mut out = terminal::out();
        writeln!(out, "config  {}", sending.draft.update.to_json())?;
        for row in &sending.draft.rows {
            writeln!(out, "row     {row}")?;
        }
        writeln!(out, "nothing was sent")?;
        Ok(())
    }

    fn publish(
        &mut self,
        runtime: &Runtime,
        settings: &Settings,
        recording: &mut Recording,
    ) -> Result<(), Failure> {
        let netuid = recording.log.opened().netuid;
        let reader = Reader::open(&settings.data)?;
        let at = reader.checkpoint().claim().clone();
        let mut server = Arc::clone(&self.server);
        let publication = self.publication(&at, netuid);
        let mut sending = runtime.block_on(async {
            tokio::select! {
                prepared = publication.prepare(&mut server) => Ok(prepared?),
                stopped = stopped() => {
                    stopped?;
                    Err(Failure::Unavailable("stopped before anything was sent".to_owned()))
                }
            }
        })?;
        // What the config names is out of our hands from then on: the log keeps it, whatever becomes of what is sent.
        reader.publish()?;
        // A crash behind this line leaves an act of which nobody knows what became; without it, one that nobody knows
        // of.
        let intent = recording.log.append(vec![sending.intent()])?.first;
        let waited = runtime.block_on(async {
            tokio::select! {
                () = sending.send(&mut server) => Ok(()),
                stopped = stopped() => stopped,
            }
        });
        let entry = recording.log.append(vec![sending.event()])?.first;
        self.write_draft(&sending.draft)?;
        writeln!(terminal::out(), "entries {intent} and {entry}")?;
        waited?;
        judge(sending.config, sending.rows, &self.again(&sending.draft))
    }

    /// What sends all of it again, to the same run.
    fn again(&self, draft: &Draft) -> String {
        match self.run {
            RunGiven::Id(_) | RunGiven::Remembered(_) => "The same command sends all of it again".to_owned(),
            RunGiven::Asked => {
                format!("The same command with --run-id {} sends all of it again", draft.run_id)
            }
            RunGiven::New => {
                let run_id = &draft.run_id;
                format!(
                    "The same command with --run-id {run_id} in the place of --new-run sends all of it again"
                )
            }
        }
    }

    fn write_draft(&self, draft: &Draft) -> Result<(), Failure> {
        let mut out = terminal::out();
        let standing = if draft.is_new { "new" } else { "which the server has" };
        writeln!(out, "server  {}, {}/{}", self.server_name, self.project.entity, self.project.name)?;
        writeln!(out, "run     {}, {standing}", draft.run_id)?;
        writeln!(out, "name    {}", draft.display_name)?;
        writeln!(out, "changes {}", draft.changed.join(", "))?;
        writeln!(out, "rows    {} behind {}", draft.rows.len(), draft.rows_before)?;
        Ok(())
    }
}

/// Says what became of it.
fn judge(config: Option<SendOutcome>, rows: Option<SendOutcome>, again: &str) -> Result<(), Failure> {
    use SendOutcome::{Accepted, NotSent, Refused, Unknown};
    let refused = |what: &str, why: &str| Failure::Usage(format!("W&B did not take the {what}: {why}"));
    let unknown = |what: &str, why: &str| {
        Failure::Unavailable(format!(
            "the {what} was sent, and whether W&B has it is not known: {why}. {again}"
        ))
    };
    Err(match (config, rows) {
        (Some(Accepted), Some(Accepted)) => return Ok(writeln!(terminal::out(), "taken   config and rows")?),
        (Some(Accepted), Some(Refused(why))) => refused("rows of history, but for the config it did", &why),
        (Some(Accepted), Some(Unknown(why))) => unknown("history", &why),
        (Some(Accepted), Some(NotSent(why))) => {
            Failure::Unavailable(format!("W&B took the config, and the rows were not sent: {why}. {again}"))
        }
        (Some(Refused(why)), _) => refused("config", &why),
        (Some(Unknown(why)), _) => unknown("config", &why),
        (Some(NotSent(why)), _) => Failure::Unavailable(format!("nothing was sent: {why}")),
        (None, _) | (_, None) => Failure::Unavailable("nothing was sent".to_owned()),
    })
}
