//! The policy that a fold is under: upstream's own at first, then the log's, or a caller's instead of both.

use std::sync::Arc;

use annals_log::Policy;

/// The policy in force, and the entry that set it.
pub(crate) struct PolicyInForce {
    pub(crate) policy: Arc<Policy>,
    /// The entry that set it. Entry 0, which names the subnet, stands for upstream's own; a what-if leaves it at 0.
    pub(crate) index: u64,
    /// Whether a caller gave another policy: those of the log are ignored then.
    pub(crate) is_what_if: bool,
}

/// The policy under which an entry is folded.
#[derive(Clone, Copy)]
pub(crate) struct Under<'a> {
    pub(crate) policy: &'a PolicyInForce,
    /// Whether this entry set it: everything that depends on a policy may change.
    pub(crate) is_set: bool,
}

impl PolicyInForce {
    /// Returns the policy before entry 0.
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
