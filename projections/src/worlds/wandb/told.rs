//! Reads the entries of W&B.

use annals_log::json::{JsonError, Text};
use annals_log::{
    Envelope, Evidence, Fact as _, ListedRun, ReadError, WandbHistoryRow, WandbPoll, WandbRun, WandbRunGone,
};

use super::claims::Claim;
use crate::entry_view::EntryView;

/// A fact of W&B.
pub(crate) enum ToldWandb {
    /// A state of a run.
    Run(Box<ToldRun>),
    /// A run is gone, as of the poll that ends next.
    Gone { run_id: String },
    /// A row of a run's history says what is allocated.
    Claim(Box<Claim>),
    /// A poll of runs is over.
    Poll { poll: Box<WandbPoll>, list: Vec<ListedRun> },
}

/// A state of a run, as a server told it to a poll, or as a client wrote it to its file. Its config is still a text:
/// the reading thread hands over one allocation, not one for each value.
pub(crate) struct ToldRun {
    pub(crate) run_id: String,
    pub(crate) recorded_at_ms: i64,
    /// The source's own time for it, where it gives one; otherwise when the answer was fetched.
    pub(crate) at_ms: i64,
    pub(crate) told: WandbRun,
    /// The config; an error when it is not where the entry says it is.
    pub(crate) config: Result<Option<Text>, JsonError>,
}

impl ToldWandb {
    /// Reads an entry; `None` for one of another world, or that is not what its kind says.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn read(entry: &mut EntryView<'_>) -> Result<Option<Self>, ReadError> {
        Ok(match (entry.envelope.kind, entry.envelope.schema) {
            (WandbRun::KIND, WandbRun::SCHEMA) => {
                let Some(told) = entry.fact::<WandbRun>()? else { return Ok(None) };
                let attached = entry.attached()?;
                Some(Self::Run(Box::new(ToldRun::of(entry.envelope, told, &attached))))
            }
            (WandbHistoryRow::KIND, WandbHistoryRow::SCHEMA) => {
                claim(entry)?.map(|claim| Self::Claim(Box::new(claim)))
            }
            (WandbRunGone::KIND, WandbRunGone::SCHEMA) => {
                Some(Self::Gone { run_id: entry.envelope.native_id.to_owned() })
            }
            (WandbPoll::KIND, WandbPoll::SCHEMA) => poll(entry)?,
            _ => None,
        })
    }
}

/// Reads the claim of a row of a history; `None` when the row has no step, or no date.
fn claim(entry: &mut EntryView<'_>) -> Result<Option<Claim>, ReadError> {
    let step = entry.fact()?.and_then(|row: WandbHistoryRow| row.step);
    let envelope = entry.envelope;
    let (Some(step), Some(at_ms), Some(&row)) = (step, envelope.observed_at_ms, envelope.attached.last())
    else {
        return Ok(None);
    };
    Ok(Claim::read(envelope.native_id, step, at_ms, &entry.payload(row)?))
}

fn poll(entry: &mut EntryView<'_>) -> Result<Option<ToldWandb>, ReadError> {
    let Some(poll) = entry.fact::<WandbPoll>()? else { return Ok(None) };
    let Some(&list) = entry.envelope.attached.first() else { return Ok(None) };
    let list = ListedRun::decode_list(&entry.payload(list)?).ok();
    Ok(list.map(|list| ToldWandb::Poll { poll: Box::new(poll), list }))
}

impl ToldRun {
    pub(crate) fn of(envelope: &Envelope<'_>, told: WandbRun, attached: &[Vec<u8>]) -> Self {
        Self {
            run_id: envelope.native_id.to_owned(),
            recorded_at_ms: envelope.recorded_at_ms,
            at_ms: envelope.observed_at_ms.unwrap_or(envelope.fetched_at_ms),
            config: told.config_text(attached),
            told,
        }
    }

    pub(crate) fn is_from_file(&self) -> bool {
        matches!(self.told.evidence, Evidence::File(_))
    }
}
