//! Who is never queried: what the operator and upstream itself bar.

use std::collections::BTreeSet;

use super::neuron::ScoredNeuron;
use super::ruling::Unqueryable;

/// `SUSPECTED_EXPLOITERS_HOTKEYS` of both versions; their list of coldkeys is empty.
const EXPLOITERS: [&str; 16] = [
    "5HZ1ATsziEMDm1iUqNWQatfEDb1JSNf37AiG8s3X4pZzoP3A",
    "5H679r89XawDrMhwKGH1jgWMZQ5eeJ8RM9SvUmwCBkNPvSCL",
    "5FnMHpqYo1MfgFLax6ZTkzCZNrBJRjoWE5hP35QJEGdZU6ft",
    "5H3tiwVEdqy9AkQSLxYaMewwZWDi4PNNGxzKsovRPUuuvALW",
    "5E6oa5hS7a6udd9LUUsbBkvzeiWDCgyA2kGdj6cXMFdjB7mm",
    "5DFaj2o2R4LMZ2zURhqEeFKXvwbBbAPSPP7EdoErYc94ATP1",
    "5H3padRmkFMJqZQA8HRBZUkYY5aKCTQzoR8NwqDfWFdTEtky",
    "5HBqT3dhKWyHEAFDENsSCBJ1ntyRdyEDQWhZo1JKgMSrAhUv",
    "5FAH7UesJRwwLMkVVknW1rsh9MQMUo78d5Qyx3KpFpL5A7LW",
    "5GUJBJmSJtKPbPtUgALn4h34Ydc1tjrNfD1CT4akvcZTz1gE",
    "5E2RkNBMCrdfgpnXHuiC22osAxiw6fSgZ1iEVLqWMXSpSKac",
    "5DaLy2qQRNsmbutQ7Havj49CoZSKksQSRkCLJsiknH8GcsN2",
    "5GNNB5kZfo6F9hqwXvaRfYdTuJPSzrXbtABzwoL499jPNBjt",
    "5GVjcJLQboN5NcQoP4x8oqovjAiEizdscoocWo9HBYYmPdR3",
    "5FswTe5bbs9n1SzaGpzUd6sDfnzdPfWVS2MwDWNbAneeT15k",
    "5F4bqDZkx79hCxmbbsVMuq312EW9hQLvsBzKsAJgcEqpb8L9",
];

/// The lists of a validator that runs. They grow: the coldkey of a barred hotkey joins the *hotkeys*, where it bars a
/// uid only if that key is a hotkey, too.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blacklist {
    /// Hotkeys that the operator named, and the coldkeys that joined them.
    pub hotkeys: BTreeSet<String>,
    /// Coldkeys that the operator named.
    pub coldkeys: BTreeSet<String>,
    /// Upstream's own list, and the coldkeys that joined it; empty where the operator switched it off.
    pub exploiters: BTreeSet<String>,
}

impl Blacklist {
    /// Returns upstream's own list of exploiters.
    pub fn upstream_exploiters() -> BTreeSet<String> {
        EXPLOITERS.into_iter().map(str::to_owned).collect()
    }

    /// Returns the list that bars a neuron, if one does, and adds its coldkey to that list (`is_blacklisted`).
    pub(crate) fn bars(&mut self, neuron: &ScoredNeuron) -> Option<Unqueryable> {
        if self.coldkeys.contains(&neuron.coldkey) {
            return Some(Unqueryable::Blacklist);
        }
        if self.hotkeys.contains(&neuron.hotkey) {
            self.hotkeys.insert(neuron.coldkey.clone());
            return Some(Unqueryable::Blacklist);
        }
        if self.exploiters.contains(&neuron.hotkey) {
            self.exploiters.insert(neuron.coldkey.clone());
            return Some(Unqueryable::Exploiter);
        }
        None
    }
}
