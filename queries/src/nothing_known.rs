//! Says where no row means nothing: by the size that was asked for the log had no evidence, or only older evidence.

use annals_log::{TreeSize, utc_text};
use annals_projections::{Evidence, PollMark, Snapshot};
use datafusion::catalog::Session;

use crate::notes::Notes;

/// Ends a note that says that the log had no evidence.
pub const NO_EVIDENCE: &str = "no row means nothing here";

/// Adds to the answer of the query that `session` runs what has to be said of rows that follow from `evidence`, as of
/// `size`.
pub(crate) fn tell(session: &dyn Session, evidence: Evidence, tables: &Snapshot, size: TreeSize) {
    if let Some(note) = note(evidence, tables, size) {
        Notes::add(session, note);
    }
}

fn note(evidence: Evidence, tables: &Snapshot, size: TreeSize) -> Option<String> {
    let none = |what: &str| Some(format!("{what} by size {size}: {NO_EVIDENCE}"));
    match evidence {
        Evidence::WholePolls => match of_whole_polls(tables.polls.by(size)) {
            WholePolls::None => none("no complete poll of W&B"),
            WholePolls::Older { failed, last } => Some(format!(
                "the poll of W&B of {} failed; this is as of that of {}",
                utc_text(failed.finished_at_ms),
                utc_text(last.finished_at_ms)
            )),
            WholePolls::Newest => None,
        },
        Evidence::Polls if tables.polls.by(size).is_empty() => none("no poll of W&B"),
        Evidence::Polls => None,
        _ if tables.register.span_of(evidence.kinds()).is_some_and(|span| span.first < size.0) => None,
        Evidence::Chain => none("nothing of the chain was recorded"),
        Evidence::Databases => none("no validator's database was read"),
        Evidence::Gpus => none("no attempt to prove a GPU was recorded"),
        Evidence::Scrapes => none("no metrics endpoint was scraped"),
    }
}

/// The poll that tables which wait for a complete one stand on.
enum WholePolls {
    None,
    /// The last poll failed, and they are as of an earlier one.
    Older {
        failed: PollMark,
        last: PollMark,
    },
    Newest,
}

fn of_whole_polls(polls: &[PollMark]) -> WholePolls {
    let whole = polls.iter().rfind(|poll| poll.is_complete);
    match (whole, polls.last()) {
        (Some(last), Some(failed)) if !failed.is_complete => {
            WholePolls::Older { failed: *failed, last: *last }
        }
        (Some(_), _) => WholePolls::Newest,
        (None, _) => WholePolls::None,
    }
}
