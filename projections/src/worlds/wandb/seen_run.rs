//! A run, and what the policy makes of it.

use super::ballot::Verdict;
use super::run::Run;
use super::standing::{Rules, Standing, VALIDATOR};

/// A run, and what the policy makes of it.
#[derive(Debug)]
pub(crate) struct SeenRun {
    pub(crate) run: Run,
    /// Whether it counts as a validator's run, and if not, why.
    pub(crate) standing: Standing,
    /// For each of its votes, whether it counts or not.
    pub(crate) verdicts: Vec<Verdict>,
}

impl SeenRun {
    pub(crate) fn of(run: Run, rules: &Rules) -> Self {
        let verdicts = run.config.stats.as_ref().map(|stats| stats.verdicts(rules.policy.upstream));
        let standing = rules.standing(&run, VALIDATOR);
        Self { standing, verdicts: verdicts.unwrap_or_default(), run }
    }
}
