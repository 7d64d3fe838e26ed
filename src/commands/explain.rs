//! `annals explain`: from a cell to what was said, the rule that decided, and the entries that prove it.

use crate::asking::{Asked, Bounds, Standpoint};
use crate::explained::{ExplainedScores, ExplainedStats};
use crate::failure::Failure;
use crate::output::write_text;
use crate::settings::Settings;
use crate::terminal::{self, Out};

/// Explain a row: what was said, the rule that decided, and the entries behind it.
#[derive(clap::Args)]
pub(crate) struct Explain {
    #[command(subcommand)]
    row: Row,
}

#[derive(clap::Subcommand)]
enum Row {
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

#[derive(clap::Args)]
struct ExplainUid {
    /// The uid on the subnet.
    #[arg(long)]
    uid: u16,
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
        match self.row {
            Row::Stats(of) => {
                of.show(settings, ExplainedStats::ask, ExplainedStats::write, ExplainedStats::json)
            }
            Row::Scores(of) => {
                of.show(settings, ExplainedScores::ask, ExplainedScores::write, ExplainedScores::json)
            }
        }
    }
}

impl ExplainUid {
    /// Asks, and writes the explanation in the form that is wanted.
    fn show<E>(
        self,
        settings: &Settings,
        ask: fn(&mut Asked, u16) -> Result<E, Failure>,
        write: fn(&E, &mut Out) -> Result<(), Failure>,
        json: fn(&E) -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        let mut asked = self.standpoint.open(settings, Bounds::default())?;
        let explained = ask(&mut asked, self.uid)?;
        asked.publish()?;
        match self.output {
            Form::Table => write(&explained, &mut terminal::out()),
            Form::Json => write_text(&(json(&explained)? + "\n")),
        }
    }
}
