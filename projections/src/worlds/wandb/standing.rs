//! Decides whether upstream counts a run, and if not, why.

use std::collections::BTreeSet;
use std::sync::Arc;

use annals_log::{Account, Policy, RunIdSignature, Validators};

use super::run::{Reading, Run};
use crate::worlds::chain::Chain;

/// The first test of a validator's run that fails, in the order of importance; `Counts` when none does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It passes all tests.
    Counts,
    /// It passes every test except the last: its validator is not in the valid set. It counts where upstream's flag
    /// is off.
    NotValid,
    /// Its signature is absent, wrong or malformed.
    Unsigned(RunIdSignature),
    /// Upstream's W&B client raises while it reads the config, and the whole call with it.
    Unreadable,
    /// It is a run of another subnet.
    OtherNetuid,
    /// Upstream does not ask for the runs of this role.
    OtherRole,
}

/// A policy, prepared for questions.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) policy: Arc<Policy>,
    netuid: String,
    valid: BTreeSet<String>,
    /// The valid hotkeys as accounts, where the policy leaves them to the chain.
    staked: BTreeSet<Account>,
}

impl Rules {
    /// Prepares a policy. Where it leaves the validators to the chain, nobody is valid before a subnet's state was
    /// read.
    pub(crate) fn of(policy: Arc<Policy>, chain: &Chain) -> Self {
        let (valid, staked) = match &policy.validators {
            Validators::Declared(hotkeys) => (hotkeys.iter().cloned().collect(), BTreeSet::new()),
            Validators::Chain { permit_stake_tao } => {
                let staked = chain.staked_above(policy.netuid, *permit_stake_tao);
                (staked.iter().map(Account::address).collect(), staked)
            }
        };
        Self { netuid: policy.netuid.to_string(), valid, staked, policy }
    }

    /// Asks the chain again. Returns the hotkeys that became valid or no longer are.
    pub(crate) fn follow(&mut self, chain: &Chain) -> BTreeSet<String> {
        let Validators::Chain { permit_stake_tao } = self.policy.validators else { return BTreeSet::new() };
        let staked = chain.staked_above(self.policy.netuid, permit_stake_tao);
        let moved: BTreeSet<String> =
            staked.symmetric_difference(&self.staked).map(Account::address).collect();
        if !moved.is_empty() {
            self.valid = staked.iter().map(Account::address).collect();
            self.staked = staked;
        }
        moved
    }

    /// Whether the policy leaves it to the chain who is valid.
    pub(crate) fn are_by_chain(&self) -> bool {
        matches!(self.policy.validators, Validators::Chain { .. })
    }

    /// Returns the valid hotkeys in the order of their texts.
    pub(crate) fn valid_validators(&self) -> impl Iterator<Item = &str> {
        self.valid.iter().map(String::as_str)
    }

    pub(crate) fn is_valid(&self, hotkey: &str) -> bool {
        self.valid.contains(hotkey)
    }

    /// Whether upstream's filter on role and subnet lets a run through. A miner's run has to be running, too.
    pub(crate) fn asks_for(&self, run: &Run, role: &str) -> bool {
        run.config.role.as_deref() == Some(role)
            && run.config.netuid.as_ref() == Some(&self.netuid)
            && (role == VALIDATOR || run.state == "running")
    }

    /// Returns the first test that a run fails as one of this `role`. The hotkey is compared as text: another SS58
    /// form of a valid key is not valid.
    pub(crate) fn standing(&self, run: &Run, role: &str) -> Standing {
        let hotkey = run.config.hotkey.as_deref();
        match run.reading {
            Reading::Broken => return Standing::Unreadable,
            _ if run.config.role.as_deref() != Some(role) => return Standing::OtherRole,
            _ if run.config.netuid.as_ref() != Some(&self.netuid) => return Standing::OtherNetuid,
            Reading::RawControls => return Standing::Unreadable,
            Reading::Sound => {}
        }
        match run.signature {
            RunIdSignature::Valid if hotkey.is_some_and(|hotkey| self.is_valid(hotkey)) => Standing::Counts,
            RunIdSignature::Valid => Standing::NotValid,
            other => Standing::Unsigned(other),
        }
    }
}

/// The role of the runs that upstream reads lists and stats from.
pub(crate) const VALIDATOR: &str = "validator";
/// The role of the runs that upstream reads specs from.
pub(crate) const MINER: &str = "miner";

impl Standing {
    /// Whether it counts with upstream's flag on or off.
    pub(crate) fn counts(self, flag: bool) -> bool {
        self == Self::Counts || (self == Self::NotValid && !flag)
    }

    /// Returns the word that SQL shows.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Counts => "counted",
            Self::NotValid => "validator_not_valid",
            Self::Unsigned(RunIdSignature::Absent) => "signature_absent",
            Self::Unsigned(RunIdSignature::Malformed) => "signature_malformed",
            Self::Unsigned(RunIdSignature::Wrong | RunIdSignature::Valid) => "signature_wrong",
            Self::Unreadable => "config_unreadable",
            Self::OtherNetuid => "other_netuid",
            Self::OtherRole => "other_role",
        }
    }
}
