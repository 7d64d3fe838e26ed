//! GPUs as a fold: the newest results of each miner in each validator's database.

use std::collections::BTreeMap;

use annals_log::{DbRow, GpuInventory, SqlValue};
use bincode::{Decode, Encode};

use crate::worlds::computedb::DbChange;

/// How many results of a miner upstream keeps (`update_pog_stats`).
pub(super) const KEPT: usize = 4;

/// A fold over inventories, and over the results in validators' databases.
#[derive(Debug, Default)]
pub(crate) struct Gpus {
    /// By database and hotkey.
    pub(super) results: BTreeMap<(String, String), Results>,
}

/// The results of a miner, of all that its validator's database ever had.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Results {
    /// The newest, as upstream orders them: a later time first, then a lower id.
    pub(super) newest: Vec<PogResult>,
    /// How many there were.
    pub(super) count: u64,
    /// The highest id: SQLite never gives one twice.
    last_id: i64,
}

/// A row of `pog_stats`; one without name or count is an attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct PogResult {
    pub(super) id: i64,
    pub(super) gpu_name: Option<String>,
    pub(super) num_gpus: Option<i64>,
    /// As it was written.
    pub(super) created_at: Option<String>,
    pub(super) log_index: u64,
}

/// What an entry changed.
#[derive(Debug)]
pub(crate) enum GpuChange {
    /// A machine says something else of a GPU.
    Told { inventory: Box<GpuInventory>, log_index: u64 },
    /// These miners, by database and hotkey, have other results.
    Results(Vec<(String, String)>),
}

impl Gpus {
    /// Takes in what changed in validators' databases. Returns whose results are others now.
    pub(super) fn take(&mut self, changes: &[DbChange]) -> Vec<(String, String)> {
        let mut changed = Vec::new();
        for change in changes.iter().filter(|change| change.table == "pog_stats") {
            // What upstream deletes stays here: the rule is over all results.
            let (Some(row), SqlValue::Integer(id)) = (&change.row, &change.key) else { continue };
            let Some(hotkey) = row.get("hotkey").and_then(SqlValue::as_text) else { continue };
            let of = (change.database.clone(), hotkey.to_owned());
            let results = self.results.entry(of.clone()).or_default();
            if results.take(PogResult::of(*id, row, change.log_index)) {
                changed.push(of);
            }
        }
        changed.sort();
        changed.dedup();
        changed
    }
}

impl PogResult {
    fn of(id: i64, row: &DbRow, log_index: u64) -> Self {
        let text = |column: &str| row.get(column).and_then(SqlValue::as_text).map(str::to_owned);
        let num_gpus = match row.get("num_gpus") {
            Some(SqlValue::Integer(count)) => Some(*count),
            _ => None,
        };
        Self { id, gpu_name: text("gpu_name"), num_gpus, created_at: text("created_at"), log_index }
    }

    /// Whether it has what upstream asks for (`get_pog_specs`).
    pub(super) fn is_good(&self) -> bool {
        self.gpu_name.is_some() && self.num_gpus.is_some()
    }
}

impl Results {
    /// Takes in a result, new or changed. Returns whether anything that is shown is another now.
    fn take(&mut self, result: PogResult) -> bool {
        let before = self.clone();
        if result.id > self.last_id {
            self.last_id = result.id;
            self.count += 1;
        }
        self.newest.retain(|kept| kept.id != result.id);
        self.newest.push(result);
        // Times are texts to SQLite, and none is older than any.
        self.newest.sort_by(|a, b| b.created_at.cmp(&a.created_at).then(a.id.cmp(&b.id)));
        self.newest.truncate(KEPT);
        *self != before
    }

    /// Returns the newest good result among those that upstream would have kept, and how many failed since.
    pub(super) fn good(&self) -> Option<(&PogResult, u64)> {
        let place = self.newest.iter().position(PogResult::is_good)?;
        Some((&self.newest[place], place as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(id: i64, gpu_name: Option<&str>, created_at: Option<&str>) -> PogResult {
        PogResult {
            id,
            gpu_name: gpu_name.map(str::to_owned),
            num_gpus: gpu_name.map(|_| 8),
            created_at: created_at.map(str::to_owned),
            log_index: 0,
        }
    }

    fn after(results: &[PogResult]) -> Results {
        let mut all = Results::default();
        for one in results {
            all.take(one.clone());
        }
        all
    }

    #[test]
    fn a_good_result_lasts_until_four_failures_are_newer() {
        let mut results = vec![result(1, Some("H100"), Some("2026-01-01 00:00:00"))];
        for failure in 0..4 {
            let found = after(&results);
            assert_eq!(found.good().map(|(good, since)| (good.id, since)), Some((1, failure)));
            let time = format!("2026-01-01 00:0{}:00", failure + 1);
            results.push(result(2 + i64::try_from(failure).unwrap(), None, Some(&time)));
        }
        assert_eq!((after(&results).good(), after(&results).count), (None, 5));
    }

    #[test]
    fn of_results_of_one_second_the_lowest_id_is_the_newest_and_no_time_is_older_than_any() {
        let now = Some("2026-01-01 00:00:00");
        let found =
            after(&[result(1, Some("A"), None), result(3, Some("C"), now), result(2, Some("B"), now)]);
        assert_eq!(found.newest.iter().map(|one| one.id).collect::<Vec<_>>(), [2, 3, 1]);
        assert_eq!(found.good().map(|(good, _)| good.id), Some(2));
        // A row that is written again is no other result.
        let mut again = found.clone();
        assert!(!again.take(result(3, Some("C"), now)) && again == found);
        assert!(again.take(result(3, None, now)) && again.count == found.count);
    }
}
