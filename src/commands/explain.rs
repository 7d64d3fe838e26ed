//! `annals explain`: from a cell to what was said, the rule that decided, and the entries that prove it.

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches, Subcommand};

use crate::asking::{Asked, Bounds, Standpoint};
use crate::explained::{ExplainedScores, ExplainedStats, ExplainedTable, Given, Relation, relations};
use crate::failure::Failure;
use crate::output::write_text;
use crate::settings::Settings;
use crate::terminal::{self, Out};

/// Explain a row: what was said, the rule that decided, and the entries behind it.
///
/// Of any table it tells the rows that match, since which entry they stand, those before them and what ended each,
/// and, where nothing stands, why.
#[derive(Args)]
#[command(
    subcommand_value_name = "TABLE",
    subcommand_help_heading = "Tables",
    after_help = "\
Examples:
  annals explain stats --uid 7
  annals explain allocated_hotkeys --hotkey 5F...
  annals explain penalized --hotkey 5F... --at time:2026-03-14T13:00:00Z
  annals explain validators --hotkey 5F... --output json"
)]
pub(crate) struct Explain {
    #[command(subcommand)]
    rows: Rows,
}

/// The rows that are explained.
enum Rows {
    Worded(Worded),
    OfTable { relation: &'static Relation, given: Vec<Given>, manner: Manner },
}

/// Tables on which more is told than on all others.
#[derive(Subcommand)]
enum Worded {
    /// Why a uid has the GPU and the score that it has in `stats`
    ///
    /// Shows every validator's entry on the uid and whether it counts, how many say the same, by which rule upstream
    /// picks one of them, and which entries of the log prove it.
    Stats(ExplainUid),
    /// Why a uid has the score that upstream gives it in each validator's view
    ///
    /// Shows the rule that decides, what cannot be known, and which entries of the log it follows from.
    Scores(ExplainUid),
}

#[derive(Args)]
struct ExplainUid {
    /// The uid on the subnet.
    #[arg(long)]
    uid: u16,
    #[command(flatten)]
    manner: Manner,
}

/// In which form, and from where.
#[derive(Args)]
struct Manner {
    /// How to write the explanation
    #[arg(long, value_enum, default_value_t = Form::Table)]
    output: Form,
    #[command(flatten)]
    standpoint: Standpoint,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Form {
    /// For reading
    Table,
    /// One object
    Json,
}

impl Explain {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        match self.rows {
            Rows::Worded(Worded::Stats(ExplainUid { uid, manner })) => {
                let ask = |asked: &mut Asked| ExplainedStats::ask(asked, uid);
                manner.show(settings, ask, ExplainedStats::write, ExplainedStats::json)
            }
            Rows::Worded(Worded::Scores(ExplainUid { uid, manner })) => {
                let ask = |asked: &mut Asked| ExplainedScores::ask(asked, uid);
                manner.show(settings, ask, ExplainedScores::write, ExplainedScores::json)
            }
            Rows::OfTable { relation, given, manner } => {
                let ask = |asked: &mut Asked| ExplainedTable::ask(asked, relation, given);
                manner.show(settings, ask, ExplainedTable::write, ExplainedTable::json)
            }
        }
    }
}

impl Manner {
    /// Asks, and writes the explanation in the form that is wanted.
    fn show<E>(
        &self,
        settings: &Settings,
        ask: impl FnOnce(&mut Asked) -> Result<E, Failure>,
        write: fn(&E, &mut Out) -> Result<(), Failure>,
        json: fn(&E) -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        let mut asked = self.standpoint.open(settings, Bounds::default())?;
        let explained = ask(&mut asked)?;
        asked.publish()?;
        match self.output {
            Form::Table => write(&explained, &mut terminal::out()),
            Form::Json => write_text(&(json(&explained)? + "\n")),
        }
    }
}

/// Returns the relations that have a command made of their columns.
fn plain() -> impl Iterator<Item = &'static Relation> {
    relations().iter().filter(|relation| !Worded::has_subcommand(relation.name))
}

impl FromArgMatches for Rows {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let (name, given) = matches.subcommand().ok_or_else(|| Error::new(ErrorKind::MissingSubcommand))?;
        let Some(relation) = plain().find(|relation| relation.name == name) else {
            return Worded::from_arg_matches(matches).map(Self::Worded);
        };
        let columns = relation.columns.iter();
        let values = columns.filter_map(|column| {
            let value = given.get_one::<String>(column.name)?.clone();
            Some(Given { column: column.name, value })
        });
        let (given, manner) = (values.collect(), Manner::from_arg_matches(given)?);
        Ok(Self::OfTable { relation, given, manner })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The tables are known from the list of their schemas alone, so each is a command that is made here.
impl Subcommand for Rows {
    fn augment_subcommands(command: Command) -> Command {
        let command = Worded::augment_subcommands(command);
        plain().fold(command, |command, relation| command.subcommand(command_of(relation)))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        Worded::has_subcommand(name) || plain().any(|relation| relation.name == name)
    }
}

fn command_of(relation: &'static Relation) -> Command {
    let columns = relation.columns.iter().map(|column| {
        let (heading, help) = if column.is_of_key {
            ("Key", "Rows with this value in a column of the key")
        } else {
            ("Other columns", "Rows with this value")
        };
        Arg::new(column.name)
            .long(column.option.as_str())
            .aliases((column.option != column.name).then_some(column.name))
            .allow_hyphen_values(true)
            .value_name("VALUE")
            .help(help)
            .help_heading(heading)
    });
    // The words on a group of options would be those on the command, so its own come after.
    Manner::augment_args(Command::new(relation.name))
        .about(relation.about)
        .after_help("Any of the columns may be left out: all rows that match are told, up to a bound.")
        .args(columns)
}
