//! What an entry changed in a project.

use std::collections::BTreeMap;
use std::sync::Arc;

use annals_log::ListedRun;

use super::ballot::{Verdict, Vote};
use super::claims::Claim;
use super::seen_run::SeenRun;

/// What an entry changed; most change nothing.
#[derive(Default)]
pub(crate) struct Change {
    /// Runs that are new, gone, or stand otherwise.
    pub(crate) runs: Vec<RunChange>,
    /// The policy was set: everything may stand otherwise.
    pub(crate) is_policy: bool,
    pub(crate) poll: Option<PollSeen>,
    /// What a row of a history says.
    pub(crate) claim: Option<Claim>,
    /// Others may be valid than were; a new policy always says so.
    pub(crate) validators: Option<ValidatorsChange>,
}

/// How the validators that are valid now came to be.
pub(crate) struct ValidatorsChange {
    /// The entry that brought it about.
    pub(crate) log_index: u64,
    /// The block after which the chain was read that says so; `None` where the policy itself does.
    pub(crate) from_block: Option<u64>,
    /// The block after which those before are not valid any more; `None` where a policy ended them.
    pub(crate) to_block: Option<u64>,
}

/// A run before and after; `None` where it was, or is, not there.
pub(crate) struct RunChange {
    /// The policy is another one: whatever it says may count otherwise.
    pub(crate) is_anew: bool,
    pub(crate) old: Option<Arc<SeenRun>>,
    pub(crate) new: Option<Arc<SeenRun>>,
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
    /// Whether there is nothing for any table.
    pub(crate) fn is_nothing(&self) -> bool {
        !self.is_of_project() && self.claim.is_none() && self.validators.is_none()
    }

    /// Whether runs, the policy or a poll changed.
    pub(crate) fn is_of_project(&self) -> bool {
        !self.runs.is_empty() || self.is_policy || self.poll.is_some()
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
        let of = |seen: &Option<Arc<SeenRun>>| seen.as_deref().and_then(&field).is_some();
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

fn casts(seen: Option<&Arc<SeenRun>>) -> impl Iterator<Item = Cast<'_>> {
    seen.into_iter().flat_map(|seen| {
        let votes = seen.run.config.stats.iter().flat_map(|stats| &stats.votes);
        votes.zip(&seen.verdicts).enumerate().map(|(place, (vote, &verdict))| Cast { place, vote, verdict })
    })
}
