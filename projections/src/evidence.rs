//! Evidence that a log has to have of the outside before a table says anything: without it, no row is no answer.

use annals_log::{ChainBlock, ChainState, ComputeDbPoll, Fact as _, Kind, PogAttempt, Scrape, WandbPoll};

/// The entries that the rows of a table follow from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Blocks of the chain, or readings of its state.
    Chain,
    /// Polls of W&B's runs that were complete: the table moves with them and waits for the next one after one that
    /// broke off.
    WholePolls,
    /// Polls of W&B's runs, complete or not.
    Polls,
    /// Readings of a validator's database.
    Databases,
    /// Attempts to prove GPUs.
    Gpus,
    /// Scrapes of metrics endpoints.
    Scrapes,
}

impl Evidence {
    /// Returns the kinds of the entries that are such evidence.
    pub fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Chain => &[ChainBlock::KIND, ChainState::KIND],
            Self::WholePolls | Self::Polls => &[WandbPoll::KIND],
            Self::Databases => &[ComputeDbPoll::KIND],
            Self::Gpus => &[PogAttempt::KIND],
            Self::Scrapes => &[Scrape::KIND],
        }
    }
}
