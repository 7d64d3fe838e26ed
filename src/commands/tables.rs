//! `annals tables`: what can be asked, in sentences.

use crate::asking::answering::Answering;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::tables_page;

/// List the tables that can be asked, or the columns of one, with a sentence on each.
///
/// On a terminal that is a page to read; in every other form, and with --rows or --expanded, the rows of `show tables`
/// or `describe TABLE`. It needs a log to ask: `annals init` makes one.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  annals tables                        every table, view and list
  annals tables stats                  its key, how its past is asked for, and what each column means
  annals tables system.sources
  annals tables stats --output json    the same as `annals query \"describe stats\" --output json`")]
pub(crate) struct ListTables {
    /// The table whose columns to list
    #[arg(value_name = "TABLE")]
    table: Option<String>,
    #[command(flatten)]
    form: Answering,
}

impl ListTables {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let table = self.table.as_deref();
        let manner = self.form.manner(settings)?;
        if !manner.is_for_a_page() {
            let sql = table.map_or_else(|| tables_page::TABLES.to_owned(), tables_page::describe);
            return self.form.answer(settings, &sql, &[]);
        }
        tables_page::write(table, &mut self.form.open(settings, &manner)?)
    }
}
