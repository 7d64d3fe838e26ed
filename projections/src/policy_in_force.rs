//! The policy that a fold is under: upstream's own at first, then what the log sets, or what a caller asks instead.

use std::sync::Arc;

use annals_log::Policy;

/// The policy in force, and the entry that set it.
pub(crate) struct PolicyInForce {
    pub(crate) policy: Arc<Policy>,
    /// 0, which names the subnet, while upstream's own holds; it says nothing of a what-if.
    pub(crate) index: u64,
    /// The caller gave another policy: those of the log are passed over.
    pub(crate) is_what_if: bool,
}

/// The policy as an entry is folded.
#[derive(Clone, Copy)]
pub(crate) struct Under<'a> {
    pub(crate) policy: &'a PolicyInForce,
    /// This entry set it: whatever depended on a policy may be otherwise.
    pub(crate) is_set: bool,
}

impl PolicyInForce {
    /// The policy before entry 0.
    pub(crate) fn begin(what_if: Option<Policy>) -> Self {
        let is_what_if = what_if.is_some();
        let policy = Arc::new(what_if.unwrap_or_else(|| Policy::of_upstream(0)));
        Self { policy, index: 0, is_what_if }
    }

    /// Sets the policy that entry `index` brings, unless this is a what-if.
    pub(crate) fn set(&mut self, index: u64, policy: Policy) {
        if !self.is_what_if {
            (self.policy, self.index) = (Arc::new(policy), index);
        }
    }
}
