//! `wandb_configs`: the configs of runs as texts, and what each has changed.

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet};

use annals_log::json::{Text as JsonText, Value, texts};
use annals_log::{Fact as _, Hash, Kind, ReadError, RunConfig, WandbRun};
use annals_projections::CellType::{Bool, Text, Time, UInt};
use annals_projections::{Cell, Column};

use super::column::FactColumn;
use super::filter::EntryFilter;
use super::row::FactRow;
use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table: a row for each record of a run whose config is another text than that of the record before.
///
/// Upstream's signature covers the run id alone, and sr25519 makes another one every time. So a config that changed
/// under the signature it had is no evidence that the hotkey's holder wrote it, and one that was signed anew is only
/// evidence that the holder was there.
#[derive(Debug)]
pub(super) struct WandbConfigs;

/// A config, and how it differs from the one before of the same run.
struct Config {
    text: Option<String>,
    sha256: Option<String>,
    signature: Option<String>,
    /// `None` for the first of a run, and where one of the two cannot be read.
    changed: Option<Changed>,
}

struct Changed {
    keys: BTreeSet<JsonText>,
    is_signed_anew: bool,
}

const COLUMNS: &[FactColumn<Config>] = &[
    // A row follows from the records before it, so no filter on the place leaves out an entry.
    FactColumn::of_entry("log_index", UInt, |entry| entry.index.0.into()),
    FactColumn::of_entry("recorded_at", Time, |entry| Cell::Time(entry.envelope.recorded_at_ms)),
    FactColumn::FETCHED_AT,
    FactColumn::SOURCE,
    FactColumn::RUN_ID,
    // As the source has it: W&B wraps each value in an object.
    FactColumn::nullable("config", Text, |config| Cell::of(config.text.as_deref())),
    FactColumn::nullable("config_sha256", Text, |config| Cell::of(config.sha256.as_deref())),
    FactColumn::nullable("signature_text", Text, |config| Cell::of(config.signature.as_deref())),
    // The top-level keys whose values differ, as a JSON list.
    FactColumn::nullable("changed", Text, |config| Cell::of(config.changed.as_ref().map(Changed::to_json))),
    FactColumn::nullable("signed_anew", Bool, |config| {
        Cell::of(config.changed.as_ref().map(|changed| changed.is_signed_anew))
    }),
];

impl FactTable for WandbConfigs {
    fn name(&self) -> &'static str {
        "wandb_configs"
    }

    fn columns(&self) -> Vec<Column> {
        FactColumn::plain(COLUMNS)
    }

    fn pushable(&self) -> Pushable {
        FactColumn::pushable(COLUMNS)
    }

    fn kinds(&self) -> Option<&'static [Kind]> {
        Some(&[WandbRun::KIND])
    }

    fn walk(&self, _: &EntryFilter) -> Box<dyn Walk> {
        Box::<ConfigWalk>::default()
    }
}

/// A walk that knows the last config of each run of each source.
#[derive(Default)]
struct ConfigWalk {
    last: BTreeMap<(String, String), Last>,
}

#[derive(Default)]
struct Last {
    sha256: Option<[u8; 32]>,
    /// Digests of its values, by key; `None` where it cannot be read.
    values: Option<BTreeMap<JsonText, Hash>>,
    /// Digests of all signatures that the run had: one that comes back was not made anew.
    signatures: BTreeSet<Hash>,
}

impl Walk for ConfigWalk {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let Some(run) = entry.fact::<WandbRun>()? else { return Ok(()) };
        let key = (entry.envelope.source.to_owned(), entry.envelope.native_id.to_owned());
        let last = match self.last.entry(key) {
            Slot::Vacant(slot) => slot.insert(Last::default()),
            Slot::Occupied(slot) if slot.get().sha256 == run.config_sha256 => return Ok(()),
            Slot::Occupied(slot) => slot.into_mut(),
        };
        let mut attached = Vec::new();
        while let Some(payload) = entry.attached(attached.len())? {
            attached.push(payload);
        }
        let text = run.config_text(&attached).ok().flatten();
        let config =
            text.as_ref().map_or_else(|| Some(RunConfig::default()), |text| RunConfig::read(text).ok());
        let values: Option<BTreeMap<_, _>> = config.as_ref().map(|config| {
            let digest = |value: &Value| Hash::of(value.to_json().as_bytes());
            config.members().map(|(key, value)| (key.clone(), digest(value))).collect()
        });
        let signature = values.as_ref().and_then(|values| values.get(SIGNATURE.as_bytes())).copied();
        let is_signed_anew = signature.is_some_and(|signature| last.signatures.insert(signature));
        let changed = last.values.as_ref().zip(values.as_ref());
        let config = Config {
            text: text.map(|text| text.to_lossy().into_owned()),
            sha256: run.config_sha256.map(|digest| Hash(digest).to_string()),
            signature: config.as_ref().and_then(|config| config.get(SIGNATURE)).map(shown),
            changed: changed.map(|(before, now)| Changed { keys: changed_keys(before, now), is_signed_anew }),
        };
        (last.sha256, last.values) = (run.config_sha256, values);
        let mut row = FactRow::of(entry, config);
        rows.try_push(COLUMNS, |column| column.cell(&mut row))
    }
}

/// The key of upstream's signature of the run id.
const SIGNATURE: &str = "signature";

fn changed_keys(before: &BTreeMap<JsonText, Hash>, now: &BTreeMap<JsonText, Hash>) -> BTreeSet<JsonText> {
    let keys = before.keys().chain(now.keys()).filter(|key| before.get(*key) != now.get(*key));
    keys.cloned().collect()
}

impl Changed {
    fn to_json(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(|key| key.to_lossy().into_owned()).collect();
        texts(&keys).to_json()
    }
}

/// Returns a text as it is, and anything else as JSON.
fn shown(value: &Value) -> String {
    value.as_text().map_or_else(|| value.to_json(), |text| text.to_lossy().into_owned())
}
