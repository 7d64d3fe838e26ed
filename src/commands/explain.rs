//! `annals explain`: from a cell to what was said, the rule that decided, and the entries that prove it.

use crate::asking::Standpoint;
use crate::explained::ExplainedStats;
use crate::failure::Failure;
use crate::output::write_text;
use crate::settings::Settings;
use crate::terminal;

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
    Stats(ExplainStats),
}

#[derive(clap::Args)]
struct ExplainStats {
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
        let Row::Stats(ExplainStats { uid, output, standpoint }) = self.row;
        let mut asked = standpoint.open(settings)?;
        let explained = ExplainedStats::ask(&mut asked, uid)?;
        asked.publish()?;
        match output {
            Form::Table => explained.write(&mut terminal::out()),
            Form::Json => write_text(&(explained.json()? + "\n"), &mut terminal::out()),
        }
    }
}
