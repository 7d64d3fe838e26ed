//! What a made-up validator says in the config of its run: lists of hotkeys, and its votes.

use super::config_text::ConfigText;
use super::dice::Dice;
use super::neuron::{Neuron, Subnet, UIDS, is_restless, restless_uids};
use super::time::sqlite;

/// The fields of a config that hold a list of hotkeys.
const LISTS: [&str; 3] = ["allocated_hotkeys", "penalized_hotkeys", "penalized_hotkeys_checklist"];
/// The lengths of a small validator's lists.
const SMALL_LISTS: [usize; 3] = [4, 2, 2];
/// How many penalized hotkeys a big one lists, in either list.
const PENALIZED: usize = 6;
/// How many uids a small one votes on.
const SMALL_VOTES: usize = 2;

/// The part of a validator's config that changes.
pub(super) struct Validator {
    votes: Vec<Vote>,
    /// Places in `votes` of those that are measured anew.
    restless: Vec<usize>,
    /// The lists as uids of the hotkeys, in the order of [`LISTS`].
    lists: [Vec<u16>; 3],
    is_big: bool,
}

/// An entry of `stats`.
struct Vote {
    uid: u16,
    num_gpus: u32,
    is_own_score: bool,
    is_allocated: bool,
    /// The member of the JSON object, made anew only when it changes: a big validator has 256.
    json: ConfigText,
}

impl Validator {
    /// Makes one that votes on all uids.
    pub(super) fn big(subnet: &Subnet, dice: &mut Dice, at_ms: i64) -> Self {
        let lists = [restless_uids().collect(), uids(PENALIZED, dice), uids(PENALIZED, dice)];
        Self::of((0..UIDS).collect(), lists, true, subnet, dice, at_ms)
    }

    /// Makes one that votes on a few.
    pub(super) fn small(subnet: &Subnet, dice: &mut Dice, at_ms: i64) -> Self {
        let all: Vec<u16> = restless_uids().collect();
        let mut voted: Vec<u16> = Vec::new();
        while voted.len() < SMALL_VOTES {
            let uid = *dice.pick(&all);
            if !voted.contains(&uid) {
                voted.push(uid);
            }
        }
        Self::of(voted, SMALL_LISTS.map(|count| uids(count, dice)), false, subnet, dice, at_ms)
    }

    fn of(
        voted: Vec<u16>,
        lists: [Vec<u16>; 3],
        is_big: bool,
        subnet: &Subnet,
        dice: &mut Dice,
        at_ms: i64,
    ) -> Self {
        let votes: Vec<Vote> =
            voted.into_iter().map(|uid| Vote::of(subnet.neuron(uid), dice, at_ms)).collect();
        let restless = (0..votes.len()).filter(|&place| is_restless(votes[place].uid)).collect();
        Self { votes, restless, lists, is_big }
    }

    /// Says something else: a big one of one uid, a small one of a uid or an item of a list.
    pub(super) fn change(&mut self, subnet: &Subnet, dice: &mut Dice, at_ms: i64) {
        let field = if self.is_big { LISTS.len() } else { dice.place(LISTS.len() + 1) };
        match self.lists.get_mut(field) {
            Some(list) => {
                let other = uid_outside(list, dice);
                let place = dice.place(list.len());
                list[place] = other;
            }
            None => {
                let vote = &mut self.votes[*dice.pick(&self.restless)];
                vote.measure(subnet.neuron(vote.uid), dice, at_ms);
            }
        }
    }

    /// Appends its members of a config, each wrapped as W&B stores it.
    pub(super) fn write(&self, subnet: &Subnet, config: &mut ConfigText) {
        for (field, list) in LISTS.iter().zip(&self.lists) {
            config.push(&format!(r#""{field}":{{"desc":null,"value":{}}},"#, hotkeys(list, subnet)));
        }
        config.push(r#""stats":{"desc":null,"value":{"#);
        for (place, vote) in self.votes.iter().enumerate() {
            config.push(if place > 0 { "," } else { "" });
            config.append(&vote.json);
        }
        config.push("}},");
    }

    /// Returns its `allocated_hotkeys` as it logs them: of a big one the first few.
    pub(super) fn allocated_hotkeys(&self, subnet: &Subnet) -> String {
        let [allocated, ..] = &self.lists;
        hotkeys(&allocated[..SMALL_LISTS[0]], subnet)
    }
}

impl Vote {
    fn of(neuron: &Neuron, dice: &mut Dice, at_ms: i64) -> Self {
        let is_restless = is_restless(neuron.uid);
        let mut vote = Self {
            uid: neuron.uid,
            num_gpus: neuron.num_gpus,
            is_own_score: is_restless || dice.below(4) > 0,
            is_allocated: is_restless || dice.below(4) == 0,
            json: ConfigText::default(),
        };
        vote.write(neuron, at_ms);
        vote
    }

    /// Finds another number of GPUs.
    fn measure(&mut self, neuron: &Neuron, dice: &mut Dice, at_ms: i64) {
        let others: Vec<u32> = (1..=8).filter(|count| *count != self.num_gpus).collect();
        self.num_gpus = *dice.pick(&others);
        self.write(neuron, at_ms);
    }

    fn write(&mut self, neuron: &Neuron, at_ms: i64) {
        let Neuron { uid, hotkey, gpu_name, .. } = neuron;
        let Self { num_gpus, is_own_score, is_allocated, .. } = self;
        let (score, written_at) = (neuron.score(*num_gpus), sqlite(at_ms));
        // A float of Python's has a point: `8.0`, as Rust's debug form.
        let json = format!(
            r#""{uid}":{{"uid":{uid},"hotkey":"{hotkey}","gpu_specs":{{"gpu_name":"{gpu_name}","num_gpus":{num_gpus}}},"score":{score:?},"allocated":{is_allocated},"own_score":{is_own_score},"reliability_score":0.0,"created_at":"{written_at}"}}"#
        );
        self.json = json.into();
    }
}

/// Returns `count` uids, each once.
fn uids(count: usize, dice: &mut Dice) -> Vec<u16> {
    let mut uids = Vec::new();
    for _ in 0..count {
        uids.push(uid_outside(&uids, dice));
    }
    uids
}

fn uid_outside(list: &[u16], dice: &mut Dice) -> u16 {
    let others: Vec<u16> = (0..UIDS).filter(|uid| !list.contains(uid)).collect();
    *dice.pick(&others)
}

fn hotkeys(uids: &[u16], subnet: &Subnet) -> String {
    let quoted: Vec<_> = uids.iter().map(|uid| format!("\"{}\"", subnet.neuron(*uid).hotkey)).collect();
    format!("[{}]", quoted.join(","))
}
