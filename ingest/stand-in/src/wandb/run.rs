//! A run, as the server has it.

use std::sync::{Arc, OnceLock};

use annals_log::json::{self, JsonError, Object, Text, Value};

use super::values::IntoValue as _;

/// The member of a node that has the last value of everything logged, as JSON text.
const SUMMARY: &str = "summaryMetrics";

/// The node of a run, without the rows of its history.
#[derive(Debug, Clone)]
pub(super) struct ServedRun {
    /// All members but the config.
    fields: Object,
    /// `None` when null.
    config: Option<Arc<Config>>,
    /// The members of `summaryMetrics`, once they were asked for; empty when that is no object.
    summary: Arc<OnceLock<Object>>,
}

/// A config: most of a node, and rarely a different one at the next poll.
#[derive(Debug)]
struct Config {
    text: Text,
    /// The members as stored, each with what it is wrapped in; empty when the text is no object.
    members: OnceLock<Object>,
}

impl Config {
    fn new(text: Text) -> Arc<Self> {
        Arc::new(Self { text, members: OnceLock::new() })
    }

    fn members(&self) -> &Object {
        self.members.get_or_init(|| object_in(&self.text))
    }
}

fn object_in(text: &Text) -> Object {
    match json::parse(&text.to_json_source()) {
        Ok(Value::Object(members)) => members,
        _ => Object::default(),
    }
}

impl ServedRun {
    /// Reads a node as it was recorded.
    ///
    /// # Errors
    /// The byte at which it stops being a JSON object.
    pub(super) fn read(node: &str) -> Result<Self, JsonError> {
        match json::parse(node)? {
            Value::Object(fields) => Ok(Self::of(fields)),
            _ => Err(JsonError { at: 0, what: "a node is an object" }),
        }
    }

    /// `config`, if it is there, is a text.
    pub(super) fn of(mut fields: Object) -> Self {
        let config = match fields.remove("config") {
            Some(Value::Text(text)) => Some(Config::new(text)),
            _ => None,
        };
        Self { fields, config, summary: Arc::default() }
    }

    /// Returns the run as it is told now, with what was told last of all that is not told now: lists may come without
    /// configs.
    pub(super) fn after(&self, earlier: &Arc<Self>) -> Arc<Self> {
        let mut fields = earlier.fields.clone();
        self.fields.iter().for_each(|(key, value)| fields.insert(key.clone(), value.clone()));
        let config = match (&self.config, &earlier.config) {
            (Some(new), Some(old)) if new.text == old.text => Some(Arc::clone(old)),
            (Some(new), _) => Some(Arc::clone(new)),
            (None, old) => old.clone(),
        };
        let is_config_same = match (&config, &earlier.config) {
            (Some(new), Some(old)) => Arc::ptr_eq(new, old),
            (new, old) => new.is_none() && old.is_none(),
        };
        if is_config_same && fields == earlier.fields {
            return Arc::clone(earlier);
        }
        let is_summary_same = fields.get(SUMMARY) == earlier.fields.get(SUMMARY);
        let summary = Arc::clone(if is_summary_same { &earlier.summary } else { &self.summary });
        Arc::new(Self { fields, config, summary })
    }

    /// Shares what another node of the run has already, so that it is kept once.
    pub(super) fn sharing(self, other: &Arc<Self>) -> Arc<Self> {
        let (own, others) = (self.config.as_ref(), other.config.as_ref());
        if own.map(|config| &config.text) != others.map(|config| &config.text) {
            return Arc::new(self);
        }
        if self.fields == other.fields {
            return Arc::clone(other);
        }
        Arc::new(Self { config: other.config.clone(), ..self })
    }

    /// Returns a field other than the config; `None` when the node does not have it.
    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        if name == SUMMARY {
            self.summary = Arc::default();
        }
        self.fields.insert(name.into(), value);
    }

    /// Returns the text of a field; empty when it has none.
    pub(super) fn text(&self, name: &str) -> String {
        let text = self.field(name).and_then(Value::as_text);
        text.map(|text| text.to_lossy().into_owned()).unwrap_or_default()
    }

    /// Returns `name`, the short id in the run's URL.
    pub(super) fn run_id(&self) -> String {
        self.text("name")
    }

    /// Returns the config's text, byte for byte.
    pub(super) fn config(&self) -> Value {
        self.config.as_ref().map(|config| config.text.clone()).map_or(Value::Null, Value::Text)
    }

    pub(super) fn set_config(&mut self, text: Text) {
        self.config = Some(Config::new(text));
    }

    /// Returns a member of the config as it is stored, `_wandb` too.
    pub(super) fn stored(&self, key: &str) -> Option<&Value> {
        self.config.as_ref()?.members().get(key)
    }

    /// Returns the value at a path, from a top-level key on. A member that is an object with the key `value` stands for
    /// that value, and may be asked for with or without saying so.
    pub(super) fn config_at(&self, path: &[String]) -> Option<&Value> {
        let (key, rest) = path.split_first()?;
        let stored = self.stored(key)?;
        let unwrapped = stored.as_object().and_then(|stored| stored.get("value"));
        let shown = follow(unwrapped.unwrap_or(stored), rest);
        shown.or_else(|| follow(stored, rest))
    }

    pub(super) fn summary_at(&self, path: &[String]) -> Option<&Value> {
        let told = || self.field(SUMMARY).and_then(Value::as_text).map(object_in).unwrap_or_default();
        let (key, rest) = path.split_first()?;
        follow(self.summary.get_or_init(told).get(key)?, rest)
    }

    /// Returns `wandbConfig(keys)`, a JSON text: members of W&B's own member of the config, which says how the run was
    /// started.
    pub(super) fn wandb_config(&self, keys: &[String]) -> Value {
        let told = self.stored("_wandb").and_then(|stored| stored.as_object()?.get("value")?.as_object());
        let member = |key: &String| Some((key.as_str().into(), told?.get(key)?.clone()));
        told.map(|_| keys.iter().filter_map(member).collect::<Object>().to_json()).into_value()
    }
}

fn follow<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.as_object()?.get(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_without_a_config_leaves_the_one_that_was_told() {
        let told = Arc::new(
            ServedRun::read(r#"{"name":"a","config":"{\"k\":{\"value\":1.50}}","state":"running"}"#).unwrap(),
        );
        let later = ServedRun::read(r#"{"name":"a","state":"finished"}"#).unwrap().after(&told);
        assert_eq!(later.config().to_json(), r#""{\"k\":{\"value\":1.50}}""#);
        assert_eq!(later.text("state"), "finished");
    }

    #[test]
    fn what_did_not_change_is_kept_once() {
        let node = r#"{"name":"a","config":"{}","heartbeatAt":"2026-03-14T00:00:00"}"#;
        let told = Arc::new(ServedRun::read(node).unwrap());
        assert!(Arc::ptr_eq(&told, &ServedRun::read(node).unwrap().after(&told)));
        let moved = ServedRun::read(&node.replace("T00:", "T01:")).unwrap().after(&told);
        assert!(Arc::ptr_eq(moved.config.as_ref().unwrap(), told.config.as_ref().unwrap()));
    }
}
