//! The subnet as a validator's metagraph shows it: who has each uid, and where its axon is.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use annals_log::{Account, Policy, QueryableUid, StateChange};
use bincode::{Decode, Encode};

use crate::upstream::scores::ScoredNeuron;
use crate::worlds::chain::StateRead;

/// The holders of uids, and the axons of hotkeys, of all subnets that were read.
#[derive(Debug, Default)]
pub(crate) struct Metagraph {
    /// By netuid and uid.
    pub(super) neurons: BTreeMap<(u16, u16), HeldNeuron>,
    /// By netuid and hotkey.
    pub(super) axons: BTreeMap<(u16, String), HeldAxon>,
    /// The subnet that the policy is for.
    netuid: u16,
    /// The uids that the policy declares, which stand for the subnet while no entry told its state.
    declared: BTreeMap<u16, HeldNeuron>,
}

/// The keys of a neuron; nothing else of it decides a score.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct HeldNeuron {
    pub(super) hotkey: String,
    pub(super) coldkey: Option<String>,
    /// The entry that first told these keys.
    pub(super) log_index: u64,
}

/// An axon, as announced.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct HeldAxon {
    ip: u128,
    version: u32,
    /// The entry that told it.
    pub(super) log_index: u64,
}

impl Metagraph {
    /// Follows a reading of a subnet's state, which entry `index` tells. Returns the uids whose keys or axons changed.
    pub(super) fn follow(&mut self, index: u64, state: &StateRead) -> BTreeSet<u16> {
        let mut touched = BTreeSet::new();
        let mut moved = BTreeSet::new();
        for difference in &state.differences {
            match &difference.change {
                StateChange::Neuron(uid, Some(neuron)) => {
                    let (hotkey, coldkey) =
                        (neuron.hotkey.address(), neuron.coldkey.as_ref().map(Account::address));
                    let held = HeldNeuron { hotkey, coldkey, log_index: index };
                    if self.hold((state.netuid, *uid), held) {
                        touched.insert(*uid);
                    }
                }
                StateChange::Neuron(uid, None) => {
                    if self.neurons.remove(&(state.netuid, *uid)).is_some() {
                        touched.insert(*uid);
                    }
                }
                StateChange::Axon(hotkey, axon) => {
                    let key = (state.netuid, hotkey.address());
                    moved.insert(key.1.clone());
                    match axon {
                        Some(axon) => {
                            let held = HeldAxon { ip: axon.ip, version: axon.version, log_index: index };
                            self.axons.insert(key, held);
                        }
                        None => drop(self.axons.remove(&key)),
                    }
                }
                StateChange::Subnet(_) | StateChange::Prometheus(..) => {}
            }
        }
        let of_moved = self.iter().filter(|(_, neuron)| moved.contains(&neuron.hotkey));
        touched.extend(of_moved.map(|(uid, _)| uid).collect::<Vec<_>>());
        touched
    }

    /// Holds a neuron. Returns whether its keys are not those that it had; stake and emission change all the time.
    fn hold(&mut self, place: (u16, u16), held: HeldNeuron) -> bool {
        let before = self.neurons.get(&place);
        if before.is_some_and(|before| before.hotkey == held.hotkey && before.coldkey == held.coldkey) {
            return false;
        }
        self.neurons.insert(place, held);
        true
    }

    /// Takes the subnet and the uids of a policy that entry `index` set.
    pub(super) fn declare(&mut self, policy: &Policy, index: u64) {
        self.netuid = policy.netuid;
        let declared = policy.queryable.iter().flatten();
        let held = |uid: &QueryableUid| {
            let hotkey = uid.hotkey.clone().filter(|hotkey| !hotkey.is_empty())?;
            Some((uid.uid, HeldNeuron { hotkey, coldkey: None, log_index: index }))
        };
        self.declared = declared.filter_map(held).collect();
    }

    /// Returns the neurons of the subnet, by uid.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u16, &HeldNeuron)> {
        let told = self.neurons.range((self.netuid, 0)..=(self.netuid, u16::MAX));
        let declared = if self.is_told() { None } else { Some(&self.declared) };
        let declared = declared.into_iter().flatten().map(|(uid, neuron)| (*uid, neuron));
        told.map(|((_, uid), neuron)| (*uid, neuron)).chain(declared)
    }

    /// Returns who has a uid of the subnet.
    pub(super) fn neuron(&self, uid: u16) -> Option<&HeldNeuron> {
        match self.neurons.get(&(self.netuid, uid)) {
            None if !self.is_told() => self.declared.get(&uid),
            told => told,
        }
    }

    /// Returns the axon of a hotkey on the subnet.
    pub(super) fn axon(&self, hotkey: &str) -> Option<&HeldAxon> {
        self.axons.get(&(self.netuid, hotkey.to_owned()))
    }

    fn is_told(&self) -> bool {
        self.neurons.range((self.netuid, 0)..=(self.netuid, u16::MAX)).next().is_some()
    }

    /// Returns the subnet as the rule takes it. Stakes are left out: another world knows the valid validators.
    pub(super) fn scored(&self) -> Vec<ScoredNeuron> {
        let scored = |(uid, neuron): (u16, &HeldNeuron)| {
            let axon = self.axon(&neuron.hotkey);
            ScoredNeuron {
                uid,
                hotkey: neuron.hotkey.clone(),
                coldkey: neuron.coldkey.clone().unwrap_or_default(),
                ip: address(axon.map_or(0, |axon| axon.ip)).to_string(),
                version: axon.map_or(0, |axon| axon.version),
                stake_tao: 0.0,
            }
        };
        self.iter().map(scored).collect()
    }
}

/// Returns the address as upstream's client reads the integer, which does not ask for its type.
fn address(ip: u128) -> IpAddr {
    match u32::try_from(ip) {
        Ok(ip) => Ipv4Addr::from(ip).into(),
        Err(_) => Ipv6Addr::from(ip).into(),
    }
}
