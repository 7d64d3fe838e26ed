//! What an entry tells the tables, read once for all of them.

use annals_log::json::{JsonError, Text};
use annals_log::{
    Envelope, Evidence, Fact, Frame, ListedRun, LogIndex, LogOpened, Payloads, Policy, ProjectionState,
    ProjectionStateRetracted, ReadError, WandbHistoryRow, WandbPoll, WandbRun, WandbRunGone,
};

use crate::claims::Claim;
use crate::told_chain::ToldChain;
use crate::told_db::ToldDb;

/// An entry, as far as tables look into it.
pub(crate) enum Told {
    /// Entry 0: which subnet.
    Opened { netuid: u16 },
    /// From here on another policy holds.
    Policy(Box<Policy>),
    /// A state of a run.
    Run(Box<ToldRun>),
    /// A run is gone, as of the poll that is closed next.
    Gone { run_id: String },
    /// A row of a run's history says what is allocated.
    Claim(Box<Claim>),
    /// A poll of runs is over.
    Poll { poll: Box<WandbPoll>, list: Vec<ListedRun> },
    /// Of the chain.
    Chain(Box<ToldChain>),
    /// Of a validator's database.
    Database(ToldDb),
    /// Something was said of the state root of a table.
    Root(Box<RootTold>),
    /// Nothing that a state table shows; also what is written in a way that is unknown here.
    Nothing,
}

/// What an entry says of a state root.
pub(crate) enum RootTold {
    /// It was recorded, in this schema.
    Recorded { table: String, schema: u16, state: ProjectionState },
    /// The one that entry `of` recorded was taken back.
    Retracted { table: String, of: LogIndex, why: String },
}

/// A state of a run, as a server told it to a poll, or as a client wrote it to its file. Its config is a text still: one
/// piece of memory, however many values there are in it.
pub(crate) struct ToldRun {
    pub(crate) run_id: String,
    pub(crate) recorded_at_ms: i64,
    /// The source's own time for it, where a poll found it; else when the answer was had.
    pub(crate) at_ms: i64,
    pub(crate) told: WandbRun,
    /// An error when it is not where the entry says that it is.
    pub(crate) config: Result<Option<Text>, JsonError>,
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

impl Told {
    /// Reads entry `index`, which is one of `frame`.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn read(
        index: LogIndex,
        envelope: &Envelope<'_>,
        frame: &Frame<'_>,
        payloads: &mut Payloads,
    ) -> Result<Self, ReadError> {
        let attached = |payloads: &mut Payloads| -> Result<Vec<Vec<u8>>, ReadError> {
            envelope.attached.iter().map(|&payload| payloads.get(frame, payload)).collect()
        };
        Ok(match (envelope.kind, envelope.schema) {
            (LogOpened::KIND, LogOpened::SCHEMA) => {
                let opened: Option<LogOpened> = fact(envelope, frame, payloads)?;
                opened.map_or(Self::Nothing, |opened| Self::Opened { netuid: opened.netuid })
            }
            (Policy::KIND, Policy::SCHEMA) => fact(envelope, frame, payloads)?
                .map_or(Self::Nothing, |policy| Self::Policy(Box::new(policy))),
            (WandbRun::KIND, WandbRun::SCHEMA) => {
                let Some(told) = fact::<WandbRun>(envelope, frame, payloads)? else {
                    return Ok(Self::Nothing);
                };
                Self::Run(Box::new(ToldRun::of(envelope, told, &attached(payloads)?)))
            }
            (WandbHistoryRow::KIND, WandbHistoryRow::SCHEMA) => Self::claim(envelope, frame, payloads)?
                .map_or(Self::Nothing, |claim| Self::Claim(Box::new(claim))),
            (WandbRunGone::KIND, WandbRunGone::SCHEMA) => {
                Self::Gone { run_id: envelope.native_id.to_owned() }
            }
            (WandbPoll::KIND, WandbPoll::SCHEMA) => {
                let Some(poll) = fact::<WandbPoll>(envelope, frame, payloads)? else {
                    return Ok(Self::Nothing);
                };
                let list = match envelope.attached.first() {
                    Some(&list) => payloads.get(frame, list)?,
                    None => return Ok(Self::Nothing),
                };
                let Ok(list) = ListedRun::decode_list(&list) else { return Ok(Self::Nothing) };
                Self::Poll { poll: Box::new(poll), list }
            }
            _ if ToldChain::is_told_by(envelope) => {
                let told = ToldChain::read(index.0, envelope, &payloads.body(frame, envelope)?);
                told.map_or(Self::Nothing, |told| Self::Chain(Box::new(told)))
            }
            _ if ToldDb::is_told_by(envelope) => {
                let body = payloads.body(frame, envelope)?;
                let told = ToldDb::read(index.0, envelope, &body, attached(payloads)?.pop());
                told.map_or(Self::Nothing, Self::Database)
            }
            (ProjectionState::KIND | ProjectionStateRetracted::KIND, _) => {
                Self::root(envelope, frame, payloads)?
                    .map_or(Self::Nothing, |told| Self::Root(Box::new(told)))
            }
            _ => Self::Nothing,
        })
    }

    /// What a row of a history says is allocated; nothing where it has no step, or no date.
    fn claim(
        envelope: &Envelope<'_>,
        frame: &Frame<'_>,
        payloads: &mut Payloads,
    ) -> Result<Option<Claim>, ReadError> {
        let step = fact(envelope, frame, payloads)?.and_then(|row: WandbHistoryRow| row.step);
        let (Some(step), Some(at_ms), Some(&row)) = (step, envelope.observed_at_ms, envelope.attached.last())
        else {
            return Ok(None);
        };
        Ok(Claim::read(envelope.native_id, step, at_ms, &payloads.get(frame, row)?))
    }

    /// What an entry of `frame` says of a state root, if it does.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn root(
        envelope: &Envelope<'_>,
        frame: &Frame<'_>,
        payloads: &mut Payloads,
    ) -> Result<Option<RootTold>, ReadError> {
        let (table, schema) = (|| envelope.native_id.to_owned(), envelope.schema);
        Ok(match envelope.kind {
            ProjectionState::KIND => {
                let state = fact::<ProjectionState>(envelope, frame, payloads)?;
                state.map(|state| RootTold::Recorded { table: table(), schema, state })
            }
            ProjectionStateRetracted::KIND => {
                let told = fact::<ProjectionStateRetracted>(envelope, frame, payloads)?;
                told.map(|told| RootTold::Retracted {
                    table: table(),
                    of: LogIndex(told.log_index),
                    why: told.why,
                })
            }
            _ => None,
        })
    }
}

/// The body of an entry, `None` when it is not what its kind and schema say.
fn fact<F: Fact>(
    envelope: &Envelope<'_>,
    frame: &Frame<'_>,
    payloads: &mut Payloads,
) -> Result<Option<F>, ReadError> {
    Ok(F::read(envelope.schema, &payloads.body(frame, envelope)?))
}
