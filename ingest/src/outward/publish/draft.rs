//! What is sent: the whole config, as it stands with what is new in it, and rows of history behind those that are
//! there.

use annals_log::json::{Number, Object, Text, Value};
use annals_log::{
    CONFIG_CLAIM_KEY, Checkpoint, ConfigClaim, ConfigVerdict, HotkeySigner, RunAddress, RunConfig,
    WandbConfigSigned,
};

use super::run::{Standing, Writer};
use super::{PublishError, State};
use crate::source::EVIDENCE_BYTES_MAX;
use crate::wandb_api::Project;
use crate::wandb_api::questions::stream_body;

/// Ready to be sent. Nothing in it depends on what becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The run.
    pub run_id: String,
    /// Whether it is made by this.
    pub is_new: bool,
    /// `<role>-<hotkey>`: the run's name, as upstream gives it.
    pub display_name: String,
    /// What is written into the config, key by key.
    pub update: Object,
    /// Keys whose values were others before, in the order of `update`.
    pub changed: Vec<String>,
    /// The whole config, as the server keeps it.
    pub config: String,
    /// What readers are shown of it.
    pub(super) shown: RunConfig,
    /// Rows of history, each a JSON object.
    pub rows: Vec<String>,
    pub(super) last_row: Object,
    /// How many rows the run had.
    pub rows_before: u64,
    /// What the run's summary says with the rows.
    pub(super) summary: String,
}

/// Who publishes, and what is known of the moment.
pub(super) struct Occasion<'a> {
    pub(super) project: &'a Project,
    pub(super) state: &'a State,
    pub(super) netuid: u16,
    pub(super) signer: &'a HotkeySigner,
    pub(super) at: &'a Checkpoint,
    pub(super) now_ms: i64,
}

impl Draft {
    /// Composes it for a run that stands so; `None` for one that is not there yet.
    ///
    /// # Errors
    /// `Unfit`, `Unsigned`, `TooLarge`: it would not do what it should.
    pub(super) fn of(
        occasion: &Occasion<'_>,
        run_id: &str,
        stands: Option<&Standing>,
    ) -> Result<Self, PublishError> {
        let nothing = Standing::default();
        let before = stands.unwrap_or(&nothing);
        let standing = before.shown();
        let mut update = occasion.update(&standing);
        let config = occasion.signed(run_id, before.config.clone(), &mut update)?;
        let shown = read(run_id, &config)?;
        let is_other = |key: &Text, value: &Value| {
            let told = key.as_str().and_then(|key| standing.get(key));
            told.is_none_or(|told| told.to_canonical() != value.to_canonical())
        };
        let changed = update.iter().filter(|(key, value)| is_other(key, value));
        let changed = changed.map(|(key, _)| key.to_lossy().into_owned()).collect();
        let rows = occasion.rows(before);
        let draft = Self {
            run_id: run_id.to_owned(),
            is_new: stands.is_none(),
            display_name: occasion.display_name(),
            changed,
            config: config.to_json(),
            shown,
            summary: summary(&before.summary, &rows).to_json(),
            rows: rows.iter().map(Object::to_json).collect(),
            last_row: rows.last().cloned().unwrap_or_default(),
            rows_before: before.history_lines,
            update,
        };
        draft.bounded()
    }

    /// What is sent has to fit into the event of it.
    fn bounded(self) -> Result<Self, PublishError> {
        let bytes = self.config.len() + self.lines().len();
        if bytes > EVIDENCE_BYTES_MAX { Err(PublishError::TooLarge { bytes }) } else { Ok(self) }
    }

    /// The rows, one a line.
    pub(super) fn lines(&self) -> String {
        self.rows.iter().flat_map(|row| [row, "\n"]).collect()
    }

    /// The rows, and what the summary says with them, as a client sends both.
    pub(super) fn stream(&self) -> String {
        stream_body(self.rows_before, &self.rows, &self.summary)
    }
}

impl Occasion<'_> {
    /// As upstream names runs.
    pub(super) fn display_name(&self) -> String {
        format!("{}-{}", self.state.role.as_str(), self.signer.hotkey())
    }

    /// Who writes.
    pub(super) fn writer(&self) -> Writer<'_> {
        let (hotkey, role, netuid) = (self.signer.hotkey(), self.state.role, self.netuid);
        Writer { hotkey, role, netuid, display_name: self.display_name() }
    }

    /// The config with the update in it, which gets both signatures.
    fn signed(&self, run_id: &str, mut config: Object, update: &mut Object) -> Result<Object, PublishError> {
        // As upstream: what it says first, its signature at the end.
        update.insert("signature".into(), text(&hex::encode(self.signer.sign_run_id(run_id))));
        put_all(&mut config, update);
        let run = RunAddress { entity: &self.project.entity, project: &self.project.name, run_id };
        let claim = ConfigClaim::of(&read(run_id, &config)?, self.at).sign(run, self.signer)?;
        update.insert(CONFIG_CLAIM_KEY.into(), claim);
        put_all(&mut config, update);
        let told = WandbConfigSigned::check(Some(run), &read(run_id, &config)?);
        let verdict = told.map(|told| told.verdict);
        assert_eq!(verdict, Some(ConfigVerdict::Valid), "what we sign is what we send");
        Ok(config)
    }

    /// Upstream's `update_config`, and behind it what the state tells.
    fn update(&self, shown: &RunConfig) -> Object {
        let netuid = || Value::Number(Number::from(u64::from(self.netuid)));
        let mut update = Object::default();
        update.insert("hotkey".into(), text(self.signer.hotkey().address()));
        update.insert("role".into(), text(self.state.role.as_str()));
        let standing = shown.get("config").and_then(Value::as_object);
        let mut settings = self.state.config.as_ref().or(standing).cloned().unwrap_or_default();
        // Readers of upstream's find runs by it.
        let is_found = settings.get("netuid").is_some();
        if !is_found {
            settings.insert("netuid".into(), netuid());
        }
        if self.state.config.is_some() || !is_found {
            update.insert("config".into(), Value::Object(settings));
        }
        if let Some(version) = &self.state.version {
            update.insert("version".into(), Value::Number(version.clone()));
        }
        for (key, value) in self.state.told.iter() {
            update.insert(key.clone(), value.clone());
        }
        update
    }

    /// The rows with what a client adds to each.
    fn rows(&self, before: &Standing) -> Vec<Object> {
        #[expect(clippy::cast_precision_loss, reason = "exact for 200,000 years")]
        let now = self.now_ms as f64 / 1000.0;
        let stamped = self.state.rows().into_iter().zip(before.next_step..).map(|(mut row, step)| {
            row.insert("_timestamp".into(), Value::Number(Number::from(now)));
            row.insert("_runtime".into(), Value::Number(Number::from(before.runtime)));
            row.insert("_step".into(), Value::Number(Number::from(step)));
            row
        });
        stamped.collect()
    }
}

/// The summary has the last value of each key that was logged.
fn summary(before: &Object, rows: &[Object]) -> Object {
    let mut summary = before.clone();
    for (key, value) in rows.iter().flat_map(Object::iter) {
        summary.insert(key.clone(), value.clone());
    }
    summary
}

/// Sets keys as `wandb` 0.19.0 sends them: each value in an object of its own.
fn put_all(config: &mut Object, update: &Object) {
    for (key, value) in update.iter() {
        config.insert(key.clone(), Value::Object(Object::from_iter([("value".into(), value.clone())])));
    }
}

/// # Errors
/// `Unfit`: a value nests too deep in its wrapping.
fn read(run_id: &str, config: &Object) -> Result<RunConfig, PublishError> {
    let unfit = |why| PublishError::Unfit { run_id: run_id.to_owned(), why };
    RunConfig::read(&Text::from(config.to_json())).map_err(unfit)
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}
