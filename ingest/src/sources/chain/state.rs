//! The state of a subnet behind a block: what to ask for, and what the answers make of it.

use std::collections::BTreeMap;

use annals_log::{Account, AxonInfo, Neuron, PrometheusInfo, SourceMemory, StakeSource, StateChange, Subnet};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::layout::{Layout, Stakes};
use super::question::{Question, answer, bytes_told, hex_bytes};
use super::scale::account_of;
use crate::raw::Exchange;

/// Items with one value a subnet.
const OF_SUBNET: [&str; 8] = [
    "SubnetworkN",
    "Tempo",
    "SubnetOwner",
    "ValidatorPermit",
    "LastUpdate",
    "Incentive",
    "Dividends",
    "Emission",
];
/// Items with a value a uid.
const OF_UID: [&str; 2] = ["Keys", "BlockAtRegistration"];
/// Items with a value a hotkey, whose keys are listed: a hotkey need not have a uid to be in them.
const LISTED: [&str; 3] = ["Uids", "Prometheus", "Axons"];

/// Twice as many hotkeys as there can be uids on a subnet.
const LISTED_MAX: usize = 1 << 17;

/// Everything that is recorded of a state, by the key that it is remembered by.
pub(super) type Things = BTreeMap<String, StateChange>;

/// The answers about the state behind one block.
#[derive(Default)]
pub(super) struct StateAnswers {
    /// By key; `None` where there is no value.
    values: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// Keys by the prefix that they were listed for.
    listed: BTreeMap<Vec<u8>, Listed>,
    called: BTreeMap<String, Vec<u8>>,
}

#[derive(Default)]
struct Listed {
    keys: Vec<Vec<u8>>,
    is_whole: bool,
}

impl StateAnswers {
    /// # Errors
    /// In words, when an answer cannot be read.
    pub(super) fn take(&mut self, question: Question, exchange: &Exchange) -> Result<(), String> {
        match question {
            Question::Value { key, .. } => {
                self.values.insert(key, bytes_told(exchange)?);
            }
            Question::Keys { prefix, count, .. } => {
                let keys: Vec<String> = answer(exchange)?;
                let keys = keys.iter().map(|key| hex_bytes(key).filter(|key| key.starts_with(&prefix)));
                let keys: Vec<_> =
                    keys.collect::<Option<_>>().ok_or("it lists keys that were not asked for")?;
                let listed = self.listed.entry(prefix).or_default();
                listed.is_whole = keys.len() < count as usize;
                listed.keys.extend(keys);
                // Else a node could go on for ever.
                if listed.keys.len() > LISTED_MAX || !listed.keys.is_sorted_by(|one, next| one < next) {
                    return Err("it lists keys without an end".to_owned());
                }
            }
            Question::Values { keys, .. } => {
                let sets: Vec<ChangeSet> = answer(exchange)?;
                let changes = sets.into_iter().flat_map(|set| set.changes);
                let read = |(key, value): (String, Option<String>)| {
                    let value = value.map(|value| hex_bytes(&value).ok_or("a value is not in hex"));
                    Ok((hex_bytes(&key).ok_or("a key is not in hex")?, value.transpose()?))
                };
                let told: BTreeMap<_, _> = changes.map(read).collect::<Result<_, &str>>()?;
                for key in keys {
                    let value = told.get(&key).ok_or("it leaves out values that were asked for")?.clone();
                    self.values.insert(key, value);
                }
            }
            Question::Call { method, .. } => {
                let bytes = bytes_told(exchange)?.ok_or("a call gives nothing")?;
                self.called.insert(method, bytes);
            }
            _ => unreachable!("only what concerns a state comes here"),
        }
        Ok(())
    }

    /// The last key listed for a prefix, when more may follow; empty before the first.
    pub(super) fn listed_up_to(&self, prefix: &[u8]) -> Option<Vec<u8>> {
        match self.listed.get(prefix) {
            None => Some(Vec::new()),
            Some(listed) if listed.is_whole => None,
            Some(listed) => listed.keys.last().cloned(),
        }
    }

    fn hotkeys_of(&self, layout: &Layout<'_>, item: &str) -> Result<Vec<[u8; 32]>, String> {
        let Some(prefix) = layout.of_subnet(item) else { return Ok(Vec::new()) };
        let listed = self.listed.get(&prefix).filter(|listed| listed.is_whole);
        let keys = listed.ok_or_else(|| format!("{item} was not listed to its end"))?.keys.iter();
        let hotkeys = keys.map(|key| key.last_chunk().copied());
        hotkeys.collect::<Option<_>>().ok_or_else(|| format!("a key of {item} is too short"))
    }

    /// `None` where the runtime has no such item, or no value.
    fn read<T: DeserializeOwned>(
        &self,
        layout: &Layout<'_>,
        item: &str,
        key: Option<Vec<u8>>,
    ) -> Result<Option<T>, String> {
        let Some(key) = key else { return Ok(None) };
        let value = self.values.get(&key).ok_or_else(|| format!("{item} was not asked for"))?;
        value.as_ref().map(|value| layout.read(item, value)).transpose()
    }

    fn of_subnet<T: DeserializeOwned>(&self, layout: &Layout<'_>, item: &str) -> Result<Option<T>, String> {
        self.read(layout, item, layout.of_subnet(item))
    }
}

#[derive(Deserialize)]
struct ChangeSet {
    changes: Vec<(String, Option<String>)>,
}

/// What is asked for first.
pub(super) struct FirstQuestions {
    /// Keys that begin so are listed.
    pub(super) listed: Vec<Vec<u8>>,
    /// Keys of single values.
    pub(super) single: Vec<Vec<u8>>,
    /// A call that tells the stakes, where there is one.
    pub(super) call: Option<(String, Vec<u8>)>,
}

pub(super) fn first_questions(layout: &Layout<'_>) -> FirstQuestions {
    FirstQuestions {
        listed: LISTED.iter().filter_map(|item| layout.of_subnet(item)).collect(),
        single: OF_SUBNET.iter().filter_map(|item| layout.of_subnet(item)).collect(),
        call: (layout.stakes() == Stakes::Api).then(|| layout.stakes_call()),
    }
}

/// The keys whose values are asked for once the first answers are there.
///
/// # Errors
/// In words, when they are not all there.
pub(super) fn further_keys(layout: &Layout<'_>, answers: &StateAnswers) -> Result<Vec<Vec<u8>>, String> {
    let mut keys = Vec::new();
    for item in LISTED {
        for hotkey in answers.hotkeys_of(layout, item)? {
            keys.extend(layout.of_hotkey_on_subnet(item, &hotkey));
        }
    }
    for hotkey in answers.hotkeys_of(layout, "Uids")? {
        keys.extend(layout.owner_of(&hotkey));
        keys.extend(layout.stake_of(&hotkey));
    }
    for uid in 0..neuron_count(layout, answers)? {
        keys.extend(OF_UID.iter().filter_map(|item| layout.of_uid(item, uid)));
    }
    Ok(keys)
}

fn neuron_count(layout: &Layout<'_>, answers: &StateAnswers) -> Result<u16, String> {
    Ok(answers.of_subnet(layout, "SubnetworkN")?.unwrap_or(0))
}

/// The state as the answers tell it.
///
/// # Errors
/// In words, when it is not whole, or not of the runtime's types.
pub(super) fn things(layout: &Layout<'_>, answers: &StateAnswers) -> Result<(StakeSource, Things), String> {
    let mut all: Vec<StateChange> = Vec::new();
    let (stake_source, stakes) = stakes(layout, answers)?;
    all.extend(subnet(layout, answers)?.map(|subnet| StateChange::Subnet(Some(subnet))));
    all.extend(neurons(layout, answers, &stakes)?);
    for hotkey in answers.hotkeys_of(layout, "Prometheus")? {
        let key = layout.of_hotkey_on_subnet("Prometheus", &hotkey);
        let told = answers.read::<Served>(layout, "Prometheus", key)?;
        all.extend(told.map(|told| StateChange::Prometheus(Account(hotkey), Some(told.prometheus()))));
    }
    for hotkey in answers.hotkeys_of(layout, "Axons")? {
        let key = layout.of_hotkey_on_subnet("Axons", &hotkey);
        let told = answers.read::<Served>(layout, "Axons", key)?;
        all.extend(told.map(|told| StateChange::Axon(Account(hotkey), Some(told.axon()))));
    }
    Ok((stake_source, all.into_iter().map(|thing| (thing.key(), thing)).collect()))
}

fn subnet(layout: &Layout<'_>, answers: &StateAnswers) -> Result<Option<Subnet>, String> {
    let tempo: Option<u16> = answers.of_subnet(layout, "Tempo")?;
    let neuron_count: Option<u16> = answers.of_subnet(layout, "SubnetworkN")?;
    let owner: Option<String> = answers.of_subnet(layout, "SubnetOwner")?;
    let is_there = tempo.is_some() || neuron_count.is_some() || owner.is_some();
    let owner = owner.as_deref().and_then(account_of).map(Account);
    Ok(is_there.then(|| Subnet { tempo, owner, neuron_count: neuron_count.unwrap_or(0) }))
}

fn neurons(
    layout: &Layout<'_>,
    answers: &StateAnswers,
    stakes: &BTreeMap<[u8; 32], u64>,
) -> Result<Vec<StateChange>, String> {
    let permits: Option<Vec<bool>> = answers.of_subnet(layout, "ValidatorPermit")?;
    let updates: Option<Vec<u64>> = answers.of_subnet(layout, "LastUpdate")?;
    let incentives: Option<Vec<u16>> = answers.of_subnet(layout, "Incentive")?;
    let dividends: Option<Vec<u16>> = answers.of_subnet(layout, "Dividends")?;
    let emissions: Option<Vec<u64>> = answers.of_subnet(layout, "Emission")?;
    let mut neurons = Vec::new();
    for uid in 0..neuron_count(layout, answers)? {
        let hotkey: Option<String> = answers.read(layout, "Keys", layout.of_uid("Keys", uid))?;
        // A uid that was given and has no key is a hole, which the subnet itself does not list either.
        let Some(hotkey) = hotkey.as_deref().and_then(account_of) else { continue };
        let registered = layout.of_uid("BlockAtRegistration", uid);
        let is_listed = layout
            .of_hotkey_on_subnet("Uids", &hotkey)
            .filter(|key| answers.values.get(key).is_some_and(Option::is_some));
        let owner: Option<String> = match is_listed {
            Some(_) => answers.read(layout, "Owner", layout.owner_of(&hotkey))?,
            None => None,
        };
        neurons.push(StateChange::Neuron(
            uid,
            Some(Neuron {
                hotkey: Account(hotkey),
                coldkey: owner.as_deref().and_then(account_of).map(Account),
                uid_of_hotkey: answers.read(layout, "Uids", is_listed)?,
                registered_at_block: answers.read(layout, "BlockAtRegistration", registered)?,
                validator_permit: at(permits.as_deref(), uid),
                last_update: at(updates.as_deref(), uid),
                incentive: at(incentives.as_deref(), uid),
                dividends: at(dividends.as_deref(), uid),
                emission_rao: at(emissions.as_deref(), uid),
                stake_rao: stakes.get(&hotkey).copied(),
            }),
        ));
    }
    Ok(neurons)
}

fn at<T: Copy>(values: Option<&[T]>, uid: u16) -> Option<T> {
    values?.get(usize::from(uid)).copied()
}

fn stakes(
    layout: &Layout<'_>,
    answers: &StateAnswers,
) -> Result<(StakeSource, BTreeMap<[u8; 32], u64>), String> {
    let source = match layout.stakes() {
        Stakes::Api => return Ok((StakeSource::RuntimeApi, stakes_by_api(layout, answers)?)),
        Stakes::ByHotkey => StakeSource::TotalHotkeyStake,
        Stakes::ByHotkeyAndSubnet => StakeSource::TotalHotkeyAlpha,
        Stakes::Nowhere => return Ok((StakeSource::Unknown, BTreeMap::new())),
    };
    let item = if source == StakeSource::TotalHotkeyStake { "TotalHotkeyStake" } else { "TotalHotkeyAlpha" };
    let mut stakes = BTreeMap::new();
    for hotkey in answers.hotkeys_of(layout, "Uids")? {
        // No value is the default of the map, which is nothing.
        let stake = answers.read(layout, item, layout.stake_of(&hotkey))?;
        stakes.insert(hotkey, stake.unwrap_or(0));
    }
    Ok((source, stakes))
}

fn stakes_by_api(layout: &Layout<'_>, answers: &StateAnswers) -> Result<BTreeMap<[u8; 32], u64>, String> {
    let (method, _) = layout.stakes_call();
    let bytes = answers.called.get(&method).ok_or_else(|| format!("{method} was not called"))?;
    let Some(told) = layout.read_stakes::<Option<ToldStakes>>(bytes)? else { return Ok(BTreeMap::new()) };
    let stakes = told.hotkeys.iter().zip(told.total_stake);
    Ok(stakes.filter_map(|(hotkey, stake)| Some((account_of(hotkey)?, stake))).collect())
}

/// What of a `SubnetState` is read.
#[derive(Deserialize)]
struct ToldStakes {
    hotkeys: Vec<String>,
    total_stake: Vec<u64>,
}

/// `PrometheusInfo` and `AxonInfo`: the same fields, and three more.
#[derive(Deserialize)]
pub(super) struct Served {
    block: u64,
    version: u32,
    ip: u128,
    port: u16,
    ip_type: u8,
    #[serde(default)]
    protocol: u8,
    #[serde(default)]
    placeholder1: u8,
    #[serde(default)]
    placeholder2: u8,
}

impl Served {
    pub(super) fn prometheus(self) -> PrometheusInfo {
        let Self { block, version, ip, port, ip_type, .. } = self;
        PrometheusInfo { block, version, ip, port, ip_type }
    }

    fn axon(self) -> AxonInfo {
        let Self { block, version, ip, port, ip_type, protocol, placeholder1, placeholder2 } = self;
        AxonInfo { block, version, ip, port, ip_type, protocol, placeholder1, placeholder2 }
    }
}

/// The keys by which things of a state are remembered begin with one of these.
const REMEMBERED: [&str; 4] = ["axon ", "neuron ", "prometheus ", "subnet"];

/// What is not as it is remembered, in the order of the keys.
pub(super) fn differences(now: &Things, memory: &SourceMemory) -> Vec<StateChange> {
    let remembered = REMEMBERED.iter().flat_map(|prefix| memory.known_under(prefix));
    let is_gone = |key: &str| !now.contains_key(key);
    let gone = remembered.filter(|(key, known)| known.digest.is_some() && is_gone(key));
    let mut changes: Things =
        gone.filter_map(|(key, _)| Some((key.to_owned(), StateChange::gone(key)?))).collect();
    for (key, thing) in now {
        if memory.known(key).and_then(|known| known.digest) != thing.digest() {
            changes.insert(key.clone(), thing.clone());
        }
    }
    changes.into_values().collect()
}
