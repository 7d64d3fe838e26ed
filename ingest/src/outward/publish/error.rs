//! Why nothing was sent.

use std::fmt;

use annals_log::ClaimError;
use annals_log::json::JsonError;

use super::found_run::FoundRun;
use crate::source::{EVIDENCE_BYTES_MAX, NAME_BYTES_MAX};

/// Why nothing was sent. Each says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The server did not tell what has to be known before.
    #[error("{asked}: {why}. Nothing was sent")]
    Unanswered {
        /// The question.
        asked: &'static str,
        /// Its answer, or why none came.
        why: String,
    },
    /// There are several runs, and no reason to take one of them.
    #[error(
        "{} runs are called {name}:\n{}upstream would take the oldest, {}, and delete those that don't run. Say which: --run-id \
         {} goes on with that one, --new-run begins another. Nothing is deleted, and nothing was sent",
        Count(.runs, *.are_more), List(.runs), oldest(.runs), oldest(.runs)
    )]
    Several {
        /// The name.
        name: String,
        /// Oldest first.
        runs: Vec<FoundRun>,
        /// Whether these are only the first page of them.
        are_more: bool,
    },
    /// The server has no such run.
    #[error(
        "the server has no run {0}: without --run-id it is asked which one the hotkey has. Nothing was sent"
    )]
    NoRun(String),
    /// The server has a run that is to be new.
    #[error(
        "the server has a run {0} already, by a chance of one in 2.8 million million: try again. Nothing was sent"
    )]
    Taken(String),
    /// The server listed the run, and does not have it.
    #[error(
        "the server listed run {0} as the hotkey's a moment ago and has none of this id now, so it is not made again: look, and \
         say --new-run if it is gone. Nothing was sent"
    )]
    Vanished(String),
    /// No run has such an id.
    #[error(
        "{0:?} is no id of a run: W&B's have up to {NAME_BYTES_MAX} bytes, no white space and none of / \\ # ? % :. Nothing was \
         sent"
    )]
    NoId(String),
    /// The run is somebody else's.
    #[error("run {run_id} is of {theirs}, and {ours} would sign for it. Nothing was sent")]
    OtherHotkey {
        /// The run.
        run_id: String,
        /// The hotkey in its config.
        theirs: String,
        /// The hotkey that signs.
        ours: String,
    },
    /// The run names no hotkey, and has another name than ours have.
    #[error(
        "run {run_id} has a config without a hotkey and is called {theirs}, while a run of this hotkey is called {ours}: it may \
         be another's. Nothing was sent"
    )]
    OtherName {
        /// The run.
        run_id: String,
        /// Its name.
        theirs: String,
        /// The name of ours.
        ours: String,
    },
    /// The run is a miner's, and a validator's state is published, or the other way round.
    #[error("run {run_id} has the role {theirs}, and this is the state of a {ours}. Nothing was sent")]
    OtherRole {
        /// The run.
        run_id: String,
        /// The role in its config.
        theirs: String,
        /// The role of the state.
        ours: &'static str,
    },
    /// The run is of another subnet.
    #[error("run {run_id} is of subnet {theirs}, and this is published for {ours}. Nothing was sent")]
    OtherSubnet {
        /// The run.
        run_id: String,
        /// The subnet in its config.
        theirs: String,
        /// The subnet that is published for.
        ours: u16,
    },
    /// A part of the run, as the server has it, cannot be read.
    #[error("run {run_id}: its {what} cannot be read, so it would be lost: {why}. Nothing was sent")]
    Unreadable {
        /// The run.
        run_id: String,
        /// The part.
        what: &'static str,
        /// Why it cannot be read.
        why: String,
    },
    /// The config that would be sent nests deeper than it can be read.
    #[error("the config of run {run_id} could not be read as it would be sent: {why}. Nothing was sent")]
    Unfit {
        /// The run.
        run_id: String,
        /// The place, and what was expected there.
        why: JsonError,
    },
    /// The act would be too large to be recorded.
    #[error(
        "config and rows have {bytes} bytes, and an act of up to {EVIDENCE_BYTES_MAX} can be recorded: publish less of it. \
         Nothing was sent"
    )]
    TooLarge {
        /// The length of config and rows.
        bytes: usize,
    },
    /// No reader would accept the signature.
    #[error("{0}. Nothing was sent")]
    Unsigned(#[from] ClaimError),
}

struct Count<'a>(&'a [FoundRun], bool);

impl fmt::Display for Count<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.1 { "Over " } else { "" };
        write!(f, "{more}{}", self.0.len())
    }
}

struct List<'a>(&'a [FoundRun]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|FoundRun { run_id, created_at, heartbeat_at, state }| {
            writeln!(f, "  {run_id}  created {created_at}  heard of {heartbeat_at}  {state}")
        })
    }
}

fn oldest(runs: &[FoundRun]) -> &str {
    runs.first().map_or("", |run| &run.run_id)
}
