//! Whether a list of hotkeys that a run tells counts, and if not, why.

use super::standing::Standing;

/// Upstream's verdict on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ListVerdict {
    pub(super) counts: bool,
    /// The same with upstream's flag off.
    pub(super) counts_unflagged: bool,
    pub(super) reason: &'static str,
}

impl ListVerdict {
    /// Nothing is known of the run that tells the list: no complete poll had seen it by then.
    pub(super) const RUN_UNKNOWN: Self =
        Self { counts: false, counts_unflagged: false, reason: "run_unknown" };

    /// Judges a list that counts when any valid validator tells it.
    pub(super) fn of_validators(standing: Standing) -> Self {
        Self {
            counts: standing.counts(true),
            counts_unflagged: standing.counts(false),
            reason: standing.as_str(),
        }
    }

    /// Judges a checklist (`get_penalized_hotkeys_checklist_bak`): one hotkey's counts, whatever its stake.
    pub(super) fn of_checklist(standing: Standing, is_by_checker: bool) -> Self {
        let of_none = |reason| Self { counts: false, counts_unflagged: false, reason };
        match standing {
            Standing::Counts | Standing::NotValid if is_by_checker => Self::of_validators(Standing::Counts),
            Standing::Counts | Standing::NotValid => of_none("not_the_checklist_hotkey"),
            _ => of_none(standing.as_str()),
        }
    }
}
