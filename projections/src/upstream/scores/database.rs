//! The tables of a validator's database that scores come from and go to.

use std::collections::{BTreeMap, BTreeSet};

use annals_log::SqlValue;
use annals_log::json::{self, Value};

use super::python_number::{PythonError, float};
use super::stats_entry::StatsEntry;

/// A validator's database.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScoringDb {
    /// Table `miner`: the hotkey of each uid.
    pub miner: BTreeMap<i64, String>,
    /// Table `stats`, by uid.
    pub stats: BTreeMap<i64, StatsRow>,
    /// Table `pog_stats`.
    pub pog_stats: Vec<PogRow>,
    /// The hotkeys in table `allocation`, in its order.
    pub allocation: Vec<String>,
}

/// A row of `stats`.
#[derive(Debug, Clone, PartialEq)]
pub struct StatsRow {
    /// Who has the uid.
    pub hotkey: String,
    /// Text that should be JSON.
    pub gpu_specs: Option<String>,
    /// Never `NaN`, which SQLite stores as null.
    pub score: Option<f64>,
    /// The truth of the column.
    pub is_allocated: bool,
    /// The truth of the column.
    pub is_own: bool,
    /// Null where upstream raised before it wrote one.
    pub reliability_score: Option<f64>,
}

/// A row of `pog_stats`.
#[derive(Debug, Clone, PartialEq)]
pub struct PogRow {
    /// Rises with each row.
    pub id: i64,
    /// Whose GPUs they are.
    pub hotkey: String,
    /// Null after a failure.
    pub gpu_name: Option<String>,
    /// Null after a failure.
    pub num_gpus: SqlValue,
    /// As upstream wrote it; it compares texts.
    pub created_at: Option<String>,
}

impl ScoringDb {
    /// Returns the rows of `stats` as entries (`retrieve_stats`).
    pub(crate) fn retrieve_stats(&self) -> BTreeMap<i64, StatsEntry> {
        self.stats.iter().map(|(&uid, row)| (uid, row.entry())).collect()
    }

    /// Writes the entries and forgets the specs of the hotkeys in `dropped`, all or nothing (`write_stats`). Returns
    /// whether it did.
    pub(crate) fn write_stats(
        &mut self,
        entries: &BTreeMap<i64, StatsEntry>,
        dropped: &BTreeSet<String>,
    ) -> bool {
        let rows: Result<Vec<_>, _> =
            entries.iter().map(|(&uid, entry)| Ok::<_, PythonError>((uid, StatsRow::of(entry)?))).collect();
        let Ok(rows) = rows else { return false };
        self.stats.extend(rows);
        self.pog_stats.retain(|row| !dropped.contains(&row.hotkey));
        true
    }

    /// Forgets a hotkey that lost its uid (`purge_miner_entries`).
    pub(crate) fn purge(&mut self, uid: i64, hotkey: &str) {
        if self.miner.get(&uid).is_some_and(|held| held == hotkey) {
            self.miner.remove(&uid);
        }
        self.pog_stats.retain(|row| row.hotkey != hotkey);
        self.stats.remove(&uid);
    }

    /// Adds a miner, unless its uid or its hotkey is there already (`update_miners`).
    pub(crate) fn add_miner(&mut self, uid: i64, hotkey: &str) {
        if !self.miner.values().any(|other| other == hotkey) {
            self.miner.entry(uid).or_insert_with(|| hotkey.to_owned());
        }
    }
}

impl StatsRow {
    fn of(entry: &StatsEntry) -> Result<Self, PythonError> {
        let score = entry.score.as_ref().map_or(Ok(0.0), float)?;
        Ok(Self {
            hotkey: entry.hotkey.clone(),
            gpu_specs: entry.gpu_specs.as_ref().map_or(Ok(None), stored)?,
            // SQLite knows neither `NaN` nor a negative zero.
            score: Some(score + 0.0).filter(|score| !score.is_nan()),
            is_allocated: entry.is_allocated,
            is_own: entry.is_own.unwrap_or(false),
            reliability_score: entry.reliability_score.flatten(),
        })
    }

    fn entry(&self) -> StatsEntry {
        // A text that is no JSON is `None`, as is an empty one.
        let specs = self.gpu_specs.as_deref().and_then(|text| json::parse(text).ok());
        StatsEntry {
            hotkey: self.hotkey.clone(),
            gpu_specs: Some(specs.unwrap_or(Value::Null)),
            score: Some(Value::Number(self.score.unwrap_or(0.0).into())),
            is_allocated: self.is_allocated,
            is_own: Some(self.is_own),
            reliability_score: Some(self.reliability_score),
        }
    }
}

/// Returns specs as the column of texts has them: objects as JSON, everything else as SQLite turns it into text.
///
/// # Errors
/// SQLite takes no lists.
fn stored(specs: &Value) -> Result<Option<String>, PythonError> {
    Ok(match specs {
        Value::Null => None,
        Value::Object(_) => Some(specs.to_json()),
        Value::Text(text) => Some(text.to_lossy().into_owned()),
        Value::Number(number) => Some(number.as_str().to_owned()),
        Value::Bool(value) => Some(u8::from(*value).to_string()),
        Value::List(_) => return Err(PythonError),
    })
}
