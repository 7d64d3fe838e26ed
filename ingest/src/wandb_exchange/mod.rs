//! What was asked of W&B and what it answered, read from exchanges: for the sources, which make events of them, and for
//! a server that gives recorded answers again.

mod answer;
mod exported_rows;
mod page;
mod plain_text;
mod question;

pub use answer::{history_rows, single_run, text_of};
pub(crate) use answer::{kept_answer, parquet_urls, server_errors};
pub use exported_rows::exported_rows;
pub use page::Page;
pub(crate) use page::breaks;
pub(crate) use question::ProjectAsked;
pub use question::{HistoryPage, Operation, RunsPage};
