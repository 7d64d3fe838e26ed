//! `annals ask`: questions that have a name.

use std::io::Write as _;

use annals_queries::{Argument, NamedQuestion, QuestionParameter, questions};
use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches, Subcommand};

use crate::asking::Asked;
use crate::asking::answering::Answering;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::terminal::{self, say};

/// Ask one of the questions that owners, validators, miners and auditors ask again and again.
///
/// Each is SQL that `annals ask NAME --help` shows: take it further with `annals query`.
#[derive(Args)]
#[command(
    subcommand_value_name = "QUESTION",
    subcommand_help_heading = "Questions",
    after_help = "\
Examples:
  annals ask --list
  annals ask votes --uid 7
  annals ask penalties --hotkey 5F... --output csv
  annals ask why-zero --uid 76 --at time:2026-03-14T13:00:00Z"
)]
pub(crate) struct Ask {
    /// List the questions, with who asks them and what they want to know
    #[arg(long)]
    list: bool,
    #[command(subcommand)]
    asked: Option<Named>,
}

/// A question with the values of its parameters.
struct Named {
    question: NamedQuestion,
    values: Vec<Argument>,
    form: Answering,
}

impl Ask {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        match self.asked {
            Some(named) => named.answer(settings),
            None if self.list => list(),
            None => Err(Failure::Usage("which question? `annals ask --list` lists them".to_owned())),
        }
    }
}

impl Named {
    fn answer(&self, settings: &Settings) -> Result<(), Failure> {
        let tell = |asked: &mut Asked| tell_of_nothing(asked, &self.question);
        self.form.answer_with(settings, self.question.sql, &self.values, tell)
    }
}

/// Says it where the log has nothing of what the question is about: no row is no evidence then.
fn tell_of_nothing(asked: &mut Asked, question: &NamedQuestion) -> Result<(), Failure> {
    for table in &question.stands_on {
        if !asked.ask(&format!("select 1 from {table} limit 1"))?.batches.is_empty() {
            return Ok(());
        }
    }
    say(&format!("nothing was recorded in {}: no row means nothing here", question.stands_on.join(", ")));
    Ok(())
}

fn list() -> Result<(), Failure> {
    let mut out = terminal::out();
    for question in questions() {
        let parameters = question.parameters.iter().map(usage).collect::<String>();
        writeln!(out, "{}{parameters}\n    {}\n    {}", question.name, question.sentence, question.asked_by)?;
    }
    Ok(())
}

fn usage(parameter: &QuestionParameter) -> String {
    let QuestionParameter { name, is_required, sql_type, .. } = parameter;
    if *is_required { format!(" --{name} <{sql_type}>") } else { format!(" [--{name} <{sql_type}>]") }
}

impl FromArgMatches for Named {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let (name, given) = matches.subcommand().ok_or_else(|| Error::new(ErrorKind::MissingSubcommand))?;
        let question = questions().into_iter().find(|question| question.name == name);
        let question = question.ok_or_else(|| Error::new(ErrorKind::InvalidSubcommand))?;
        let value = |parameter: &QuestionParameter| {
            let given = given.get_one::<String>(parameter.name).map_or("null", String::as_str);
            Argument::from(format!("{}={given}", parameter.name).as_str())
        };
        let values = question.parameters.iter().map(value).collect();
        Ok(Self { values, form: Answering::from_arg_matches(given)?, question })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The names are known from the questions' files alone, so each is a command that is made here.
impl Subcommand for Named {
    fn augment_subcommands(command: Command) -> Command {
        questions().into_iter().fold(command, |command, question| command.subcommand(command_of(&question)))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        questions().iter().any(|question| question.name == name)
    }
}

fn command_of(question: &NamedQuestion) -> Command {
    let parameters = question.parameters.iter().map(|parameter| {
        Arg::new(parameter.name)
            .long(parameter.name)
            .required(parameter.is_required)
            .allow_hyphen_values(true)
            .value_name(parameter.sql_type)
            .help(parameter.about)
            .help_heading("Parameters")
    });
    // The options have a sentence of their own, which the question's comes after.
    Answering::augment_args(Command::new(question.name))
        .about(question.sentence)
        .long_about(format!("{}\n\nAsked by: {}", question.sentence, question.asked_by))
        .after_help(format!("The SQL:\n{}", question.sql.trim_end()))
        .args(parameters)
}
