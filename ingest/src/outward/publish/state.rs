//! What to publish, as a file says it.

use annals_log::json::{self, JsonError, Number, Object, Parser, Value};

/// What a run's owner is; upstream reads the runs of the two differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Says who is allocated, and what of.
    Validator,
    /// Says what it has.
    Miner,
}

/// What to publish. Values are as they were written: their keys in order, their numbers with every digit.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Whose run it is.
    pub role: Role,
    /// The subnet; the log's, if it is not told.
    pub netuid: Option<u16>,
    /// The version of upstream's software, which nobody reads.
    pub version: Option<Number>,
    /// The settings that a run shows; of an existing run they stay if they are not told.
    pub config: Option<Object>,
    /// The rest: `allocated_hotkeys`, `stats` and so on.
    pub told: Object,
}

/// Why a file says nothing that can be published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// It is no JSON object.
    #[error("this is not the JSON object it should be: {0}")]
    Json(#[from] JsonError),
    /// A field that nothing is known of.
    #[error("nothing that is published is called {name:?}; a state has {}", fields())]
    Unknown {
        /// As written, as far as it is text.
        name: String,
    },
    /// A field that stands there twice.
    #[error("{0:?} stands there twice")]
    Twice(String),
    /// A field with another value than it can have.
    #[error("{field:?} is {expected}")]
    Wrong {
        /// Which.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// Nobody's state.
    #[error("the state does not say whose it is: \"role\" is \"validator\" or \"miner\"")]
    NoRole,
    /// It speaks of two subnets.
    #[error("\"netuid\" and \"config.netuid\" are two subnets; leave one out")]
    TwoSubnets,
}

/// What a value has to be.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Hotkeys,
    List,
    Object,
    Bool,
    HotkeyOrNull,
}

/// Whether upstream logs a row of history with the value, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rows {
    Logged,
    NotLogged,
}

/// What upstream publishes, method by method (`compute/wandb/wandb.py`).
const KEYS: [(&str, Shape, Rows); 7] = [
    ("allocated_hotkeys", Shape::Hotkeys, Rows::Logged),
    ("stats", Shape::Object, Rows::NotLogged),
    ("penalized_hotkeys", Shape::Hotkeys, Rows::Logged),
    // Upstream's checker makes it of objects, and upstream's readers look for hotkeys in it.
    ("penalized_hotkeys_checklist", Shape::List, Rows::Logged),
    ("specs", Shape::Object, Rows::NotLogged),
    ("is_port_open", Shape::Bool, Rows::Logged),
    ("allocated", Shape::HotkeyOrNull, Rows::NotLogged),
];

fn fields() -> String {
    let keys: Vec<_> = KEYS.iter().map(|(key, ..)| *key).collect();
    format!("role, netuid, version, config, {}", keys.join(", "))
}

impl Role {
    /// As upstream writes it into config and name of a run.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Validator => "validator",
            Self::Miner => "miner",
        }
    }
}

impl State {
    /// Reads a file's text.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn read(text: &str) -> Result<Self, StateError> {
        let mut names = Vec::new();
        let mut parser = Parser::of(text);
        parser.object(|value, key| {
            names.push(key.to_lossy().into_owned());
            value.pass()
        })?;
        parser.end()?;
        names.sort();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(StateError::Twice(twice[0].clone()));
        }
        let Value::Object(members) = json::parse(text)? else { unreachable!("it was walked as an object") };
        Self::of(members)
    }

    fn of(members: Object) -> Result<Self, StateError> {
        let (mut role, mut netuid, mut version, mut config) = (None, None, None, None);
        let mut told = Object::default();
        for (key, value) in members {
            match key.as_str() {
                Some("role") => role = Some(role_of(&value)?),
                Some("netuid") => netuid = Some(netuid_of(&value)?),
                Some("version") => version = Some(version_of(value)?),
                Some("config") => config = Some(object_of(value)?),
                known => match KEYS.iter().find(|(name, ..)| known == Some(*name)) {
                    Some((name, shape, _)) => told.insert(key, shape.take(name, value)?),
                    None => return Err(StateError::Unknown { name: key.to_lossy().into_owned() }),
                },
            }
        }
        let of_config = config.as_ref().and_then(|config: &Object| config.get("netuid"));
        match (netuid, of_config.map(netuid_of).transpose()?) {
            (Some(one), Some(other)) if one != other => return Err(StateError::TwoSubnets),
            (None, of_config) => netuid = of_config,
            _ => {}
        }
        Ok(Self { role: role.ok_or(StateError::NoRole)?, netuid, version, config, told })
    }

    /// What upstream logs with it, in its order: each list, and at last what it logs whenever it has signed.
    pub fn rows(&self) -> Vec<Object> {
        let is_logged = |key: &str| KEYS.iter().any(|(name, _, rows)| *name == key && *rows == Rows::Logged);
        let logged = self.told.iter().filter(|(key, _)| key.as_str().is_some_and(is_logged));
        let row = |key, value| Object::from_iter([(key, value)]);
        let mut rows: Vec<_> = logged.map(|(key, value)| row(key.clone(), value.clone())).collect();
        rows.push(row("dummy_metric".into(), Value::Number(Number::from(0_u64))));
        rows
    }
}

impl Shape {
    fn take(self, field: &'static str, value: Value) -> Result<Value, StateError> {
        let is_text = |value: &Value| value.as_text().is_some();
        let (is_it, expected) = match (self, &value) {
            (Self::Hotkeys, Value::List(hotkeys)) => {
                (hotkeys.iter().all(is_text), "a list of hotkeys, and one of its items is none")
            }
            (Self::Hotkeys, _) => (false, "a list of hotkeys"),
            (Self::List, value) => (matches!(value, Value::List(_)), "a list"),
            (Self::Object, value) => (matches!(value, Value::Object(_)), "an object"),
            (Self::Bool, value) => (matches!(value, Value::Bool(_)), "true or false"),
            (Self::HotkeyOrNull, value) => {
                (is_text(value) || *value == Value::Null, "the hotkey of a validator, or null")
            }
        };
        if is_it { Ok(value) } else { Err(StateError::Wrong { field, expected }) }
    }
}

fn role_of(value: &Value) -> Result<Role, StateError> {
    let name = value.as_text().and_then(|text| text.as_str());
    let role = [Role::Validator, Role::Miner].into_iter().find(|role| name == Some(role.as_str()));
    role.ok_or(StateError::Wrong { field: "role", expected: "\"validator\" or \"miner\"" })
}

fn netuid_of(value: &Value) -> Result<u16, StateError> {
    let netuid = match value {
        Value::Number(number) => number.as_str().parse().ok(),
        _ => None,
    };
    netuid.ok_or(StateError::Wrong { field: "netuid", expected: "a whole number from 0 to 65535" })
}

fn version_of(value: Value) -> Result<Number, StateError> {
    match value {
        Value::Number(number) if number.is_integer() => Ok(number),
        _ => Err(StateError::Wrong { field: "version", expected: "a whole number, as 190" }),
    }
}

fn object_of(value: Value) -> Result<Object, StateError> {
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(StateError::Wrong { field: "config", expected: "an object" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_keeps_what_the_file_says() {
        let state = State::read(
            r#"{"role": "validator", "stats": {"7": {"score": 57.10, "n": 9007199254740993}, "07": {}},
                "config": {"netuid": 27, "z": 1}, "allocated_hotkeys": ["5F"], "version": 190}"#,
        )
        .unwrap();
        assert_eq!((state.role, state.netuid), (Role::Validator, Some(27)));
        assert_eq!(
            state.told.to_json(),
            r#"{"stats":{"7":{"score":57.10,"n":9007199254740993},"07":{}},"allocated_hotkeys":["5F"]}"#
        );
        let rows: Vec<_> = state.rows().iter().map(Object::to_json).collect();
        assert_eq!(rows, [r#"{"allocated_hotkeys":["5F"]}"#, r#"{"dummy_metric":0}"#]);
    }

    #[test]
    fn a_miner_logs_its_port_and_not_its_hardware() {
        let state =
            State::read(r#"{"role":"miner","specs":{},"is_port_open":false,"allocated":null}"#).unwrap();
        let rows: Vec<_> = state.rows().iter().map(Object::to_json).collect();
        assert_eq!(rows, [r#"{"is_port_open":false}"#, r#"{"dummy_metric":0}"#]);
    }

    #[test]
    fn what_cannot_be_published_is_refused_by_name() {
        for (text, why) in [
            ("[]", "at byte 0: an object was expected"),
            ("{", "byte 1"),
            ("{}", "\"role\" is \"validator\" or \"miner\""),
            (r#"{"role":"owner"}"#, "\"role\" is"),
            (
                r#"{"role":"miner","spec":{}}"#,
                "is called \"spec\"; a state has role, netuid, version, config",
            ),
            (r#"{"role":"miner","role":"miner"}"#, "\"role\" stands there twice"),
            (r#"{"role":"miner","netuid":70000}"#, "0 to 65535"),
            (r#"{"role":"miner","netuid":27,"config":{"netuid":12}}"#, "two subnets"),
            (r#"{"role":"miner","config":null}"#, "\"config\" is an object"),
            (r#"{"role":"miner","version":1.5}"#, "\"version\" is a whole number"),
            (
                r#"{"role":"validator","allocated_hotkeys":"5F"}"#,
                "\"allocated_hotkeys\" is a list of hotkeys",
            ),
            (r#"{"role":"validator","penalized_hotkeys":["5F",{}]}"#, "one of its items is none"),
            (r#"{"role":"validator","stats":[]}"#, "\"stats\" is an object"),
            (r#"{"role":"miner","is_port_open":1}"#, "true or false"),
            (r#"{"role":"miner","allocated":false}"#, "or null"),
        ] {
            let error = State::read(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        let listed = [r#"{"hotkey":"5F","status_code":404}"#, r#""5F""#];
        let state = format!(r#"{{"role":"validator","penalized_hotkeys_checklist":[{}]}}"#, listed.join(","));
        assert!(State::read(&state).is_ok());
    }
}
