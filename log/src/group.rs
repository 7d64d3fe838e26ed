//! The group of commits that one sync makes durable.

/// Commits in a group: a crash leaves no more of them unacknowledged.
pub(crate) const GROUP_MAX: usize = 4;
