//! Which uids a validator queries, filter by filter, in upstream's order (`get_queryable`).

use std::collections::BTreeSet;

use super::blacklist::Blacklist;
use super::neuron::ScoredNeuron;
use super::ruling::Unqueryable;

/// Returns for each neuron why it is not queried; `None` for those that have an address and are not barred
/// (`get_valid_queryable`).
pub(crate) fn sift(neurons: &[ScoredNeuron], blacklist: &mut Blacklist) -> Vec<Option<Unqueryable>> {
    let verdict = |neuron: &ScoredNeuron| {
        // Upstream asks for the address first: a neuron without one adds no coldkey to the lists.
        if neuron.has_ip() { blacklist.bars(neuron) } else { Some(Unqueryable::IpZero) }
    };
    neurons.iter().map(verdict).collect()
}

/// Bars every neuron but the first of an address (`filter_axons`). One that is barred already does not hold its
/// address; one that is too old does, as its version is looked at later.
pub(crate) fn drop_shared_ips(neurons: &[ScoredNeuron], verdicts: &mut [Option<Unqueryable>]) {
    let mut ips = BTreeSet::new();
    for (neuron, verdict) in neurons.iter().zip(verdicts) {
        if verdict.is_none() && !ips.insert(neuron.ip.as_str()) {
            *verdict = Some(Unqueryable::SharedIp);
        }
    }
}

/// Whether the uids that are left are let in whatever their version: they are at most `threshold_percent` of the miners
/// that there were when the program started. Above 100 % is possible.
pub(crate) fn lets_all_in(left: usize, miners_at_start: usize, threshold_percent: f64) -> bool {
    // Upstream's own quotient of no miners is 0.
    let share = if miners_at_start == 0 { 0.0 } else { 100.0 * left as f64 / miners_at_start as f64 };
    share <= threshold_percent
}

/// Bars the neurons below the minimal version (`filter_axon_version`). Without one, and for a version 0, that is all.
pub(crate) fn drop_old_versions(
    neurons: &[ScoredNeuron],
    verdicts: &mut [Option<Unqueryable>],
    minimal: Option<i128>,
) {
    let minimal = minimal.filter(|&minimal| minimal != 0);
    for (neuron, verdict) in neurons.iter().zip(verdicts) {
        if verdict.is_none() && minimal.is_none_or(|minimal| i128::from(neuron.version) < minimal) {
            *verdict = Some(Unqueryable::Version);
        }
    }
}
