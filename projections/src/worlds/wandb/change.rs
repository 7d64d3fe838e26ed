//! The changes of a project that an entry makes.

use std::collections::BTreeMap;
use std::sync::Arc;

use annals_log::ListedRun;

use super::ballot::{Verdict, Vote};
use super::claims::Claim;
use super::seen_run::SeenRun;

/// The changes that an entry makes; most make none.
#[derive(Default)]
pub(crate) struct Change {
    /// Runs that are new, gone, changed, or judged differently.
    pub(crate) runs: Vec<RunChange>,
    /// The policy was set: every run may be judged differently.
    pub(crate) is_policy: bool,
    pub(crate) poll: Option<PollSeen>,
    /// The claim that a row of a history makes.
    pub(crate) claim: Option<Claim>,
    /// Validators may have changed; a new policy always says so.
    pub(crate) validators: Option<ValidatorsChange>,
}

/// Why and since when the valid validators are what they are.
pub(crate) struct ValidatorsChange {
    /// The entry that changed them.
    pub(crate) log_index: u64,
    /// The block after which the chain was read that names them; `None` where the policy itself does.
    pub(crate) from_block: Option<u64>,
    /// The block after which the others are not valid any more; `None` where a policy ended them.
    pub(crate) to_block: Option<u64>,
}

/// A run before and after an entry; `None` when it is not there.
pub(crate) struct RunChange {
    /// Whether the policy was set: everything that the run says may count differently.
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

    /// Whether the run is there before and after, at the same place in the order of runs, of the same hotkey, and of
    /// the same standing.
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

    /// Whether `field` of the config changed, or counts differently.
    pub(crate) fn changes<T: PartialEq>(&self, field: impl Fn(&SeenRun) -> Option<&T>) -> bool {
        let of = |seen: &Option<Arc<SeenRun>>| seen.as_deref().and_then(&field).is_some();
        match (&self.old, &self.new) {
            (Some(old), Some(new)) if self.stands_the_same() => field(old) != field(new),
            _ => of(&self.old) || of(&self.new),
        }
    }

    /// Returns the votes that changed, or count differently, by uid key.
    pub(crate) fn votes(&self) -> BTreeMap<&str, (Option<Cast<'_>>, Option<Cast<'_>>)> {
        let mut votes: BTreeMap<&str, (Option<Cast<'_>>, Option<Cast<'_>>)> = BTreeMap::new();
        let stands_the_same = self.stands_the_same();
        let is_same = |old: &Cast<'_>, new: &Cast<'_>| stands_the_same && old == new;
        let (mut old, mut new) = (casts(self.old.as_ref()).peekable(), casts(self.new.as_ref()).peekable());
        // Most changes of a ballot touch a few votes and keep its order: votes that are the same at the same place are
        // skipped without a map.
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
