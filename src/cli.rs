//! The command line: what can be asked for.

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::commands::{
    ask, check_answer, checkpoint, completions, demo, explain, fixture, gpu, ingest, init, policy, prove,
    publish, query, raw, rebuild, run, serve_prometheus, tables, verify, verify_proof,
};
use crate::environment::without_empty_variables;
use crate::failure::Failure;
use crate::settings::Given;

/// The flight recorder of a compute subnet: a signed, append-only log, tables rebuilt from it, answers that can be
/// proven.
#[derive(Parser)]
#[command(
    name = "annals",
    version,
    after_help = "\
Begin with:
  annals init --policy policy.toml     make a log in ./annals-data; without a policy it is upstream's
  annals run                           follow the chain until stopped; --until-head catches up and ends
  annals ingest wandb/                 record what .wandb files and cassettes in a folder tell, each thing once
  annals query \"select uid, hotkey, score, votes from stats order by uid\"
  annals ask votes --uid 7             a question that has a name; `annals ask --list`
  annals tables stats                  what can be asked: `annals tables`, and a table's columns in sentences
  annals explain stats --uid 7         what was said, which rule decided, which entries prove it
  annals explain penalized --hotkey 5F...   the same of rows of any table, with their past
  annals prove 9 > p.tlog-proof && annals verify-proof p.tlog-proof
  annals verify                        read every byte, check every root, make every table again

Exit codes: 0 fine, 1 the log, a proof or a fixture is not what it should be, 2 usage, 3 an input is not there, 4 internal."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    given: Given,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Init),
    Run(Box<run::Run>),
    ServePrometheus(serve_prometheus::ServePrometheus),
    Publish(publish::Publish),
    Ingest(ingest::Ingest),
    Gpu(gpu::GpuCommand),
    Query(query::Query),
    Ask(ask::Ask),
    Tables(tables::ListTables),
    Explain(explain::Explain),
    CheckAnswer(check_answer::CheckAnswer),
    Verify(verify::Verify),
    Rebuild(rebuild::Rebuild),
    Policy(policy::PolicyCommand),
    Checkpoint(checkpoint::PrintCheckpoint),
    Prove(prove::Prove),
    Raw(raw::Raw),
    VerifyProof(verify_proof::VerifyProof),
    Fixture(fixture::FixtureCommand),
    Demo(demo::Demo),
    Completions(completions::Completions),
}

impl Cli {
    /// Reads what the process was started with; what cannot be read ends it with a message, as help does. A question
    /// may begin with a comment, `-- why`, which clap would take for an option: it gets a space before it.
    pub(crate) fn of_process() -> Self {
        let arguments = std::env::args_os().map(|argument| {
            let is_commented = argument.to_str().is_some_and(|text| text.starts_with("-- "));
            if is_commented { [" ".as_ref(), argument.as_os_str()].into_iter().collect() } else { argument }
        });
        let matches = without_empty_variables(Self::command()).get_matches_from(arguments);
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut Self::command()).exit())
    }

    pub(crate) fn run(self) -> Result<(), Failure> {
        let settings = self.given.settle()?;
        match self.command {
            Command::Init(command) => command.run(&settings),
            Command::Run(command) => command.run(&settings),
            Command::ServePrometheus(command) => command.run(&settings),
            Command::Publish(command) => command.run(&settings),
            Command::Ingest(command) => command.run(&settings),
            Command::Gpu(command) => command.run(&settings),
            Command::Query(command) => command.run(&settings),
            Command::Ask(command) => command.run(&settings),
            Command::Tables(command) => command.run(&settings),
            Command::Explain(command) => command.run(&settings),
            Command::CheckAnswer(command) => command.run(&settings),
            Command::Verify(command) => command.run(&settings),
            Command::Rebuild(command) => command.run(&settings),
            Command::Policy(command) => command.run(&settings),
            Command::Checkpoint(command) => command.run(&settings),
            Command::Prove(command) => command.run(&settings),
            Command::Raw(command) => command.run(&settings),
            Command::VerifyProof(command) => command.run(&settings),
            Command::Fixture(command) => command.run(&settings),
            Command::Demo(command) => command.run(),
            Command::Completions(command) => command.run(),
        }
    }
}
