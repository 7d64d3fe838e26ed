//! What an entry changed in the project and the chain.

use std::collections::BTreeMap;
use std::rc::Rc;

use annals_log::ListedRun;

use crate::ballot::{Verdict, Vote};
use crate::chain::{ChainChange, StateRead};
use crate::claims::Claim;
use crate::databases::DbChange;
use crate::project::SeenRun;

/// What an entry changed; most change nothing.
pub(crate) struct Change {
    /// Of the entry.
    pub(crate) index: u64,
    /// Runs that are new, gone, or stand otherwise.
    pub(crate) runs: Vec<RunChange>,
    /// Everything may stand otherwise.
    pub(crate) is_policy: bool,
    pub(crate) poll: Option<PollSeen>,
    pub(crate) chain: Option<ChainChange>,
    /// Of a row of a history.
    pub(crate) claim: Option<Claim>,
    /// Rows of databases that are new, changed or gone.
    pub(crate) databases: Vec<DbChange>,
    /// Others are valid than were, though the policy is the same.
    pub(crate) moves_validators: bool,
}

/// A run before and after; `None` where it was, or is, not there.
pub(crate) struct RunChange {
    /// The policy is another one: whatever it says may count otherwise.
    pub(crate) is_anew: bool,
    pub(crate) old: Option<Rc<SeenRun>>,
    pub(crate) new: Option<Rc<SeenRun>>,
}

/// What a poll saw, complete or not.
pub(crate) struct PollSeen {
    pub(crate) finished_at_ms: i64,
    pub(crate) list: Vec<ListedRun>,
    /// Runs that it found gone.
    pub(crate) gone: Vec<String>,
}

/// A vote with its verdict, at its place in its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cast<'a> {
    pub(crate) place: usize,
    pub(crate) vote: &'a Vote,
    pub(crate) verdict: Verdict,
}

impl Change {
    pub(crate) fn none(index: u64) -> Self {
        let (runs, poll, chain, claim, databases) = (Vec::new(), None, None, None, Vec::new());
        Self { index, runs, is_policy: false, poll, chain, claim, databases, moves_validators: false }
    }

    pub(crate) fn runs(index: u64, runs: Vec<RunChange>) -> Self {
        Self { runs, ..Self::none(index) }
    }

    pub(crate) fn policy(index: u64, runs: Vec<RunChange>) -> Self {
        Self { runs, is_policy: true, ..Self::none(index) }
    }

    pub(crate) fn poll(index: u64, runs: Vec<RunChange>, poll: PollSeen) -> Self {
        Self { runs, poll: Some(poll), ..Self::none(index) }
    }

    pub(crate) fn claim(index: u64, claim: Option<Claim>) -> Self {
        Self { claim, ..Self::none(index) }
    }

    /// Of the chain, and, where others are valid since, the runs that stand otherwise.
    pub(crate) fn chain(index: u64, chain: Option<ChainChange>, moved: Option<Vec<RunChange>>) -> Self {
        let moves_validators = moved.is_some();
        Self { runs: moved.unwrap_or_default(), chain, moves_validators, ..Self::none(index) }
    }

    pub(crate) fn databases(index: u64, databases: Vec<DbChange>) -> Self {
        Self { databases, ..Self::none(index) }
    }

    /// Whether there is nothing for any table.
    pub(crate) fn is_nothing(&self) -> bool {
        let is_elsewhere = self.chain.is_some() || self.claim.is_some() || !self.databases.is_empty();
        !self.is_of_project() && !is_elsewhere
    }

    /// Whether there is something for tables of W&B.
    pub(crate) fn is_of_project(&self) -> bool {
        !self.runs.is_empty() || self.is_policy || self.poll.is_some()
    }

    /// What the state of a subnet is since, where that is not what it was.
    pub(crate) fn state(&self) -> Option<&StateRead> {
        self.chain.as_ref().and_then(ChainChange::state)
    }
}

impl RunChange {
    pub(crate) fn anew(self) -> Self {
        Self { is_anew: true, ..self }
    }

    /// Whether both are there, at the same place in the order of runs, of the same hotkey, and count for the same.
    fn stands_the_same(&self) -> bool {
        match (&self.old, &self.new) {
            _ if self.is_anew => false,
            (Some(old), Some(new)) => {
                let is_same_hotkey = old.run.config.hotkey == new.run.config.hotkey;
                is_same_hotkey && old.run.order() == new.run.order() && old.standing == new.standing
            }
            _ => false,
        }
    }

    /// Whether `field` of the config, where the run is there, is not the same before and after, or counts otherwise.
    pub(crate) fn changes<T: PartialEq>(&self, field: impl Fn(&SeenRun) -> Option<&T>) -> bool {
        let of = |seen: &Option<Rc<SeenRun>>| seen.as_deref().and_then(&field).is_some();
        match (&self.old, &self.new) {
            (Some(old), Some(new)) if self.stands_the_same() => field(old) != field(new),
            _ => of(&self.old) || of(&self.new),
        }
    }

    /// The votes that are not the same before and after, by uid key.
    pub(crate) fn votes(&self) -> BTreeMap<&str, (Option<Cast<'_>>, Option<Cast<'_>>)> {
        let mut votes: BTreeMap<&str, (Option<Cast<'_>>, Option<Cast<'_>>)> = BTreeMap::new();
        let stands_the_same = self.stands_the_same();
        let is_same = |old: &Cast<'_>, new: &Cast<'_>| stands_the_same && old == new;
        let (mut old, mut new) = (casts(self.old.as_ref()).peekable(), casts(self.new.as_ref()).peekable());
        // As a rule a validator's ballot changes in a few places and keeps its order: what is the same at the same place
        // is passed over at once.
        while let (Some(one), Some(other)) = (old.peek(), new.peek())
            && one.vote.uid_key == other.vote.uid_key
        {
            if !is_same(one, other) {
                votes.insert(&one.vote.uid_key, (Some(*one), Some(*other)));
            }
            old.next();
            new.next();
        }
        old.for_each(|cast| votes.entry(&cast.vote.uid_key).or_default().0 = Some(cast));
        new.for_each(|cast| votes.entry(&cast.vote.uid_key).or_default().1 = Some(cast));
        votes
    }
}

fn casts(seen: Option<&Rc<SeenRun>>) -> impl Iterator<Item = Cast<'_>> {
    seen.into_iter().flat_map(|seen| {
        let votes = seen.run.config.stats.iter().flat_map(|stats| &stats.votes);
        votes.zip(&seen.verdicts).enumerate().map(|(place, (vote, &verdict))| Cast { place, vote, verdict })
    })
}
