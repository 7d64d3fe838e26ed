//! The trouble with nodes, as the log is told of it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::node::Trouble;
use crate::raw::{Exchange, Outcome, now_ms};
use crate::sources::chain::question::Question;

/// Trouble of the same kind with the same node is told again after this.
const TOLD_AGAIN_AFTER: Duration = Duration::from_mins(10);

/// The trouble with nodes since one of them last gave something that could be recorded.
pub(super) struct Outages {
    since_ms: i64,
    /// The trouble that was told last, by node.
    told: BTreeMap<String, Told>,
}

struct Told {
    trouble: Trouble,
    at: Instant,
}

impl Outages {
    /// Begins now, with nothing told.
    pub(super) fn new() -> Self {
        Self { since_ms: now_ms(), told: BTreeMap::new() }
    }

    /// Whether the same trouble with this node was told a short while ago.
    pub(super) fn is_told(&self, node: &str, trouble: &Trouble) -> bool {
        let told = self.told.get(node);
        told.is_some_and(|told| told.trouble == *trouble && told.at.elapsed() < TOLD_AGAIN_AFTER)
    }

    /// Returns the exchange that tells the log of trouble with a node that was to give `next_block`.
    pub(super) fn tell(&mut self, node: String, trouble: &Trouble, next_block: u64) -> Exchange {
        let question = Question::Follow { next_block, since_ms: self.since_ms };
        let request = question.request(&node);
        self.told.insert(node, Told { trouble: trouble.clone(), at: Instant::now() });
        Exchange { fetched_at_ms: now_ms(), request, outcome: Outcome::Failed(trouble.text()) }
    }
}
