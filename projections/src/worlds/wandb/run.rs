//! A state of a run, as far as upstream's readers use it.

use annals_log::json::Value;
use annals_log::{Hash, RunConfig, RunIdSignature, told_time_ms};
use bincode::{Decode, Encode};

use super::ballot::Ballot;
use super::hotkey_list::HotkeyList;
use super::told::ToldRun;
use crate::rows::Cell;
use crate::upstream::bounds::{Bound, LIST, SCALAR, SPECS, STATS, TEXT_BYTES_MAX, cut};
use crate::upstream::python::{Scalar, exact_number};
use crate::upstream::specs::Specs;

/// A state of a run, from one `wandb_run` entry. It is all that tables keep of the entry.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Run {
    /// The entry that told it.
    pub(crate) log_index: u64,
    pub(crate) recorded_at_ms: i64,
    /// The server's time of the answer; `None` for a client's file, which has none.
    pub(crate) asked_at_ms: Option<i64>,
    pub(crate) run_id: String,
    /// The time as the source wrote it.
    pub(crate) created_at_text: String,
    /// `None` when the text is not a time.
    pub(crate) created_at_ms: Option<i64>,
    pub(crate) display_name: Option<String>,
    pub(crate) state: String,
    pub(crate) signature: RunIdSignature,
    pub(crate) config_sha256: Option<[u8; 32]>,
    pub(crate) reading: Reading,
    pub(crate) config: Config,
}

/// Whether upstream's W&B client can read the config.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Reading {
    /// It can. A missing config is as good as an empty one.
    Sound,
    /// It is JSON, but with raw control characters in it: `wandb` 0.19.0 gives up on them, later clients don't.
    RawControls,
    /// It is not a JSON object.
    Broken,
}

/// The fields of a config that upstream or a table reads; `None` when the key is missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub(crate) struct Config {
    pub(crate) role: Option<String>,
    /// All digits of `config.netuid`, if that is a number with the value of an integer; nothing else can equal a
    /// netuid.
    pub(crate) netuid: Option<String>,
    pub(crate) hotkey: Option<String>,
    pub(crate) version: Option<Scalar>,
    pub(crate) allocated_hotkeys: Option<HotkeyList>,
    pub(crate) penalized_hotkeys: Option<HotkeyList>,
    pub(crate) penalized_hotkeys_checklist: Option<HotkeyList>,
    pub(crate) stats: Option<Ballot>,
    pub(crate) specs: Option<Specs>,
    /// Who has allocated the miner, as the miner says.
    pub(crate) allocated: Option<Scalar>,
    pub(crate) is_port_open: Option<Scalar>,
    /// Fields that exceed their bounds: they count as empty.
    pub(crate) too_large: Vec<String>,
}

/// The order in which upstream sees runs: by creation, then by id. Runs without a time of creation come first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RunOrder {
    pub(crate) created_at_ms: Option<i64>,
    pub(crate) run_id: String,
}

impl Run {
    /// Reads the config of what entry `log_index` tells.
    pub(crate) fn of(log_index: u64, told_run: ToldRun) -> Self {
        let asked_at_ms = (!told_run.is_from_file()).then_some(told_run.at_ms);
        let ToldRun { run_id, recorded_at_ms, told, config, .. } = told_run;
        let read =
            config.and_then(|text| text.map_or(Ok(RunConfig::default()), |text| RunConfig::read(&text)));
        let (reading, config) = match read {
            Ok(config) if config.has_raw_controls => (Reading::RawControls, Config::of(config)),
            Ok(config) => (Reading::Sound, Config::of(config)),
            Err(_) => (Reading::Broken, Config::default()),
        };
        Self {
            log_index,
            recorded_at_ms,
            asked_at_ms,
            run_id,
            created_at_ms: told_time_ms(&told.created_at),
            created_at_text: told.created_at,
            display_name: told.display_name,
            state: told.state,
            signature: told.signature,
            config_sha256: told.config_sha256,
            reading,
            config,
        }
    }

    pub(crate) fn order(&self) -> RunOrder {
        RunOrder { created_at_ms: self.created_at_ms, run_id: self.run_id.clone() }
    }

    pub(crate) fn hotkey(&self) -> Cell {
        Cell::of(self.config.hotkey.as_deref())
    }

    pub(crate) fn config_digest(&self) -> Option<String> {
        self.config_sha256.map(|digest| Hash(digest).to_string())
    }
}

impl Config {
    fn of(mut config: RunConfig) -> Self {
        let mut too_large = Vec::new();
        let mut bounded = |key: &str, bound: &Bound| {
            let value = config.take(key)?;
            if bound.holds(&value) {
                return Some(value);
            }
            too_large.push(key.to_owned());
            Some(Value::Null)
        };
        let lists = ["allocated_hotkeys", "penalized_hotkeys", "penalized_hotkeys_checklist"];
        let [allocated_hotkeys, penalized_hotkeys, penalized_hotkeys_checklist] =
            lists.map(|key| bounded(key, &LIST).as_ref().map(HotkeyList::of));
        let (stats, specs) = (bounded("stats", &STATS), bounded("specs", &SPECS));
        let text = |key| Some(cut(&config.get(key)?.as_text()?.to_lossy()).to_owned());
        let scalar = |key| config.get(key).filter(|value| SCALAR.holds(value)).cloned().map(Scalar::of);
        let netuid = config.get("config").and_then(Value::as_object).and_then(|inner| inner.get("netuid"));
        Self {
            role: text("role"),
            netuid: match netuid {
                Some(Value::Number(number)) => {
                    exact_number(number).filter(|digits| digits.len() <= TEXT_BYTES_MAX)
                }
                _ => None,
            },
            hotkey: text("hotkey"),
            version: scalar("version"),
            allocated_hotkeys,
            penalized_hotkeys,
            penalized_hotkeys_checklist,
            stats: stats.map(Ballot::of),
            specs: specs.as_ref().map(Specs::of),
            allocated: scalar("allocated"),
            is_port_open: scalar("is_port_open"),
            too_large,
        }
    }
}
