//! What a run's config says, as wandb's public API shows it to upstream.

use super::json::{JsonError, Object, Parser, Text, Value};
use crate::hash::Hash;

/// The top-level key of a config that holds a claim. Upstream's readers ask for other keys.
pub const CONFIG_CLAIM_KEY: &str = "annals";
/// Keys of W&B's own, which its client hides.
const INTERNAL_KEYS: [&str; 2] = ["_wandb", "wandb_version"];

/// The config of a run: top-level keys in order, each without the wrapping that W&B stores it in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunConfig {
    members: Object,
    /// A string in it has a raw control character. `wandb` 0.19.0 fails on such a config, and upstream's whole call
    /// with it; later clients read it, as annals does.
    pub has_raw_controls: bool,
}

impl RunConfig {
    /// Reads the config text of a run. The empty text is the empty config.
    ///
    /// The rule is that of `wandb` 0.19.0, `apis/public/runs.py`, `Run.load`: a member that is an object with the key
    /// `value` stands for that value; `_wandb` and `wandb_version` are left out.
    ///
    /// # Errors
    /// Where the text is no JSON, or at byte 0 when it is no object: upstream's whole call fails on such a run.
    pub fn read(text: &Text) -> Result<Self, JsonError> {
        let text = text.to_json_source();
        if text.is_empty() {
            return Ok(Self::default());
        }
        let mut parser = Parser::of(&text);
        let Value::Object(stored) = parser.value()? else {
            return Err(JsonError { at: 0, what: "a config is an object" });
        };
        parser.end()?;
        let shown = stored.into_iter().filter(|(key, _)| INTERNAL_KEYS.iter().all(|name| key != *name));
        let members = shown.map(|(key, value)| (key, unwrap(value))).collect();
        Ok(Self { members, has_raw_controls: parser.has_raw_controls() })
    }

    /// The value of a top-level key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.members.get(key)
    }

    /// Iterates over the top-level keys and their values, in the order of the text.
    pub fn members(&self) -> impl Iterator<Item = (&Text, &Value)> {
        self.members.iter()
    }

    /// Whether it shows nothing.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// SHA-256 of all that is shown but the key `annals`, in its canonical writing: what that key vouches for.
    pub fn content_sha256(&self) -> Hash {
        let shown = self.members.iter().filter(|(key, _)| **key != *CONFIG_CLAIM_KEY);
        let content: Object = shown.map(|(key, value)| (key.clone(), value.clone())).collect();
        Hash::of(Value::Object(content).to_canonical().as_bytes())
    }

    /// Takes the value of a top-level key out.
    pub fn take(&mut self, key: &str) -> Option<Value> {
        self.members.remove(key)
    }
}

fn unwrap(value: Value) -> Value {
    match value {
        Value::Object(mut object) => object.remove("value").unwrap_or(Value::Object(object)),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        RunConfig::read(&text.into()).unwrap().members.to_json()
    }

    #[test]
    fn values_lose_their_wrapping_once() {
        assert_eq!(
            shown(
                r#"{"role":{"desc":null,"value":"validator"},"a":{"value":{"value":1}},"b":[1],"c":{"x":1}}"#
            ),
            r#"{"role":"validator","a":{"value":1},"b":[1],"c":{"x":1}}"#
        );
    }

    #[test]
    fn keys_of_wandb_are_left_out_and_the_rest_keeps_its_order() {
        assert_eq!(shown(r#"{"z":1,"_wandb":{"value":{}},"a":2,"wandb_version":1}"#), r#"{"z":1,"a":2}"#);
        assert_eq!(shown(""), "{}");
    }

    #[test]
    fn raw_control_characters_are_taken_and_told_of() {
        let read = |text: &str| RunConfig::read(&text.into()).unwrap();
        assert!(read("{\"note\":\"a\tb\"}").has_raw_controls);
        assert!(!read("{\n\t\"note\": \"a\\tb\"}").has_raw_controls);
    }

    #[test]
    fn a_lone_surrogate_in_the_text_is_one_in_the_value() {
        let text =
            super::super::json::parse(r#""{\"note\":\"a\ud800b\"}""#).unwrap().as_text().unwrap().clone();
        assert_eq!(text.as_str(), None);
        assert_eq!(RunConfig::read(&text).unwrap().members.to_json(), r#"{"note":"a\ud800b"}"#);
    }

    #[test]
    fn a_config_that_is_no_object_is_an_error() {
        assert_eq!(RunConfig::read(&"null".into()).unwrap_err().what, "a config is an object");
        assert_eq!(RunConfig::read(&"{".into()).unwrap_err().at, 1);
    }
}
