//! Which uids a validator queries, as far as the log can tell.

use std::collections::{BTreeMap, BTreeSet};

use annals_log::{Policy, Upstream};

use crate::upstream::scores::{Blacklist, ScoredNeuron, Unqueryable, drop_shared_ips, lets_all_in, sift};

/// Whether a validator queries a uid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Queried,
    NotQueried(Unqueryable),
    /// It depends on the version that upstream's repository names, or on how many miners there were when the validator
    /// started: neither is in the log.
    Unknown,
}

/// `--validator.whitelist.updated.threshold`, as upstream sets it.
const UPDATED_THRESHOLD: f64 = 60.0;

/// Returns the verdict on each of these neurons.
pub(super) fn verdicts(neurons: &[ScoredNeuron], policy: &Policy) -> BTreeMap<u16, Verdict> {
    let mut blacklist = Blacklist {
        hotkeys: policy.blacklisted_hotkeys.iter().cloned().collect(),
        coldkeys: BTreeSet::new(),
        exploiters: Blacklist::upstream_exploiters(),
    };
    // The program looks at every neuron when it starts, and its lists have grown by then.
    sift(neurons, &mut blacklist);
    let mut barred = sift(neurons, &mut blacklist);
    let miners = barred.iter().filter(|barred| barred.is_none()).count();
    drop_shared_ips(neurons, &mut barred);
    let left = barred.iter().filter(|barred| barred.is_none()).count();
    let share = Share::of(left, miners, neurons.len());
    let declared = policy.queryable.as_ref();
    let declared = declared.map(|uids| uids.iter().map(|uid| uid.uid).collect::<BTreeSet<_>>());
    let verdict = |(neuron, barred): (&ScoredNeuron, &Option<Unqueryable>)| {
        let verdict = match (&declared, barred) {
            (Some(declared), _) if declared.contains(&neuron.uid) => Verdict::Queried,
            (_, Some(why)) => Verdict::NotQueried(*why),
            // Nothing else is left to bar it.
            (Some(_), None) => Verdict::NotQueried(Unqueryable::Version),
            (None, None) => share.verdict(neuron.version, policy.upstream),
        };
        (neuron.uid, verdict)
    };
    neurons.iter().zip(&barred).map(verdict).collect()
}

/// On which side of the threshold the share of uids is that are left, in a program that started at any plausible time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    /// All are let in.
    Low,
    /// The version decides.
    High,
    Unknown,
}

impl Share {
    /// `miners` is the count of now. The count at the start is unknown; it is taken to be between half of that and
    /// twice that, and no more than there are uids.
    fn of(left: usize, miners: usize, uids: usize) -> Self {
        let (least, most) = (miners.div_ceil(2), (2 * miners).min(uids));
        match [least, most].map(|at_start| lets_all_in(left, at_start, UPDATED_THRESHOLD)) {
            [true, true] => Self::Low,
            [false, false] => Self::High,
            _ => Self::Unknown,
        }
    }

    /// The minimal version is taken to be at most that of the validators' own program, and to be had: an outage of the
    /// repository leaves no trace.
    fn verdict(self, version: u32, upstream: Upstream) -> Verdict {
        let newest = match upstream {
            Upstream::V1_9_0 => 190,
            Upstream::V1_8_3 => 183,
        };
        match self {
            Self::Low => Verdict::Queried,
            Self::High | Self::Unknown if version >= newest => Verdict::Queried,
            // A minimal version is above 0.
            Self::High if version == 0 => Verdict::NotQueried(Unqueryable::Version),
            Self::High | Self::Unknown => Verdict::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_known_only_far_from_the_threshold() {
        assert_eq!(Share::of(100, 100, 120), Share::High);
        assert_eq!(Share::of(65, 100, 256), Share::Unknown);
        assert_eq!(Share::of(30, 100, 256), Share::Low);
        assert_eq!(Share::of(0, 0, 5), Share::Low);
    }

    #[test]
    fn an_old_version_is_barred_only_where_the_share_is_high() {
        let verdict = |share: Share, version| share.verdict(version, Upstream::V1_9_0);
        assert_eq!(verdict(Share::Low, 0), Verdict::Queried);
        assert_eq!(verdict(Share::High, 0), Verdict::NotQueried(Unqueryable::Version));
        assert_eq!(verdict(Share::High, 189), Verdict::Unknown);
        assert_eq!(verdict(Share::Unknown, 0), Verdict::Unknown);
        assert_eq!(verdict(Share::Unknown, 190), Verdict::Queried);
    }
}
