//! A story as it is written: TOML in which nothing unknown may stand.

use indexmap::IndexMap;
use serde::Deserialize;
use toml::Spanned;
use toml::value::{Datetime, Table};

/// A hotkey, a run or a uid, with its place in the text.
pub(super) type Name = Spanned<String>;

/// The subnet of upstream's own software.
const NETUID: u16 = 27;

/// The whole story.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoryFile {
    #[serde(default = "netuid")]
    pub(super) netuid: u16,
    pub(super) policy: PolicyPart,
    /// Hotkeys by uid.
    #[serde(default)]
    pub(super) miners: IndexMap<Name, Name>,
    #[serde(default)]
    pub(super) moment: Vec<MomentPart>,
}

/// Its policy, as far as it is not upstream's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyPart {
    pub(super) upstream: Option<VersionPart>,
    pub(super) flag: Option<bool>,
    pub(super) validators: Vec<Name>,
    pub(super) checklist: Option<Name>,
    pub(super) checklist_run: Option<String>,
    #[serde(default)]
    pub(super) blacklisted_hotkeys: Vec<Name>,
}

/// A version of upstream.
#[derive(Deserialize, Clone, Copy)]
pub(super) enum VersionPart {
    #[serde(rename = "1.8.3")]
    V1_8_3,
    #[serde(rename = "1.9.0")]
    V1_9_0,
}

/// A moment: acts, done in this order, and the poll after them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MomentPart {
    pub(super) at: Spanned<Datetime>,
    #[serde(default)]
    pub(super) publish: Vec<PublishPart>,
    #[serde(default)]
    pub(super) edit: Vec<EditPart>,
    #[serde(default)]
    pub(super) end: Vec<EndPart>,
    #[serde(default)]
    pub(super) poll: PollPart,
}

/// The outcome of a moment's poll; `None` = nobody polls.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum PollPart {
    #[default]
    Whole,
    Failed,
    None,
}

/// A hotkey writes its run as upstream's software does.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PublishPart {
    pub(super) hotkey: Name,
    #[serde(default)]
    pub(super) role: RolePart,
    pub(super) run: Option<Name>,
    pub(super) version: Option<u64>,
    pub(super) signed_by: Option<Name>,
    pub(super) allocated_hotkeys: Option<Vec<Name>>,
    pub(super) stats: Option<IndexMap<Name, Spanned<EntryPart>>>,
    pub(super) penalized_hotkeys: Option<Vec<Name>>,
    pub(super) penalized_hotkeys_checklist: Option<Vec<Name>>,
    pub(super) specs: Option<Spanned<Table>>,
    pub(super) is_port_open: Option<bool>,
    pub(super) allocated: Option<Name>,
}

/// The role of a run's owner.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum RolePart {
    #[default]
    Validator,
    Miner,
}

/// An entry of `stats`, without its uid.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryPart {
    pub(super) hotkey: Option<Name>,
    pub(super) gpu_name: Option<String>,
    pub(super) num_gpus: Option<u64>,
    pub(super) score: f64,
    pub(super) allocated: Option<bool>,
    pub(super) own_score: Option<bool>,
    pub(super) reliability_score: Option<f64>,
    pub(super) created_at: Option<String>,
}

/// Somebody writes into a run's config, and leaves its signature as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EditPart {
    pub(super) run: Name,
    pub(super) set: Option<Spanned<Table>>,
    #[serde(default)]
    pub(super) remove: Vec<String>,
}

/// A run ends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndPart {
    pub(super) run: Name,
    #[serde(default)]
    pub(super) state: EndingPart,
}

/// The end of a run, as W&B shows it in the run's state, or takes the run away.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
pub(super) enum EndingPart {
    #[default]
    Finished,
    Failed,
    Crashed,
    Deleted,
}

fn netuid() -> u16 {
    NETUID
}
