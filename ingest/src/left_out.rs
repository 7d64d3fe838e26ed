//! What a recording that is passed on does not have: who people are, and what opens doors.
//!
//! Answers of W&B name the users of runs, and a config may hold whatever its writer put there. Only what can be
//! recognised is left out: the users of runs, e-mail addresses, and the values of keys that are called after secrets.
//! Whoever passes a recording on should read it.

use annals_log::json::{self, Object, Text, Value};

use crate::raw::{Outcome, Raw};

/// In the place of what is left out.
const LEFT_OUT: &str = "(left out)";
/// Parts of keys whose values are secrets.
const SECRETS: [&str; 12] = [
    "password",
    "passwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "private_key",
    "mnemonic",
    "regkey",
    "ssh_key",
    "webhook",
    "credential",
];

impl Raw {
    /// The same without what should not be passed on.
    pub fn without_persons_and_secrets(mut self) -> Self {
        for exchange in &mut self.exchanges {
            let Outcome::Answer(answer) = &mut exchange.outcome else { continue };
            match std::str::from_utf8(&answer.body).map(cleaned) {
                Ok(Some(cleaned)) => answer.body = cleaned.into_bytes(),
                Ok(None) => {}
                // Nobody can tell what is in it.
                Err(_) => exchange.outcome = Outcome::Failed(format!("{LEFT_OUT}: a file that is no text")),
            }
        }
        self
    }
}

/// JSON without what is to be left out; `None` when there is nothing of that in it, or it is no JSON.
fn cleaned(text: &str) -> Option<String> {
    let mut value = json::parse(text).ok()?;
    clean(&mut value).then(|| value.to_json())
}

/// Whether anything was left out.
fn clean(value: &mut Value) -> bool {
    match value {
        Value::List(items) => items.iter_mut().fold(false, |is_other, item| clean(item) | is_other),
        Value::Object(object) => clean_object(object),
        Value::Text(text) => clean_text(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn clean_object(object: &mut Object) -> bool {
    let mut is_other = false;
    let members = std::mem::take(object).into_iter().map(|(key, mut value)| {
        let name = key.to_lossy().to_lowercase();
        let is_secret = SECRETS.iter().any(|secret| name.contains(secret));
        is_other |= if name == "user" || is_secret { hide(&mut value) } else { clean(&mut value) };
        (key, value)
    });
    let members: Vec<_> = members.collect();
    *object = members.into_iter().collect();
    is_other
}

/// Every text and number in it is left out; what it is made of stays.
fn hide(value: &mut Value) -> bool {
    match value {
        Value::Text(text) if *text != *LEFT_OUT => {
            *text = LEFT_OUT.into();
            true
        }
        Value::Number(_) => {
            *value = Value::Text(LEFT_OUT.into());
            true
        }
        Value::List(items) => items.iter_mut().fold(false, |is_other, item| hide(item) | is_other),
        Value::Object(object) => {
            let mut is_other = false;
            let members: Vec<_> = std::mem::take(object).into_iter().collect();
            *object = members
                .into_iter()
                .map(|(key, mut value)| {
                    is_other |= hide(&mut value);
                    (key, value)
                })
                .collect();
            is_other
        }
        _ => false,
    }
}

/// A text may be JSON itself, as configs and rows are.
fn clean_text(text: &mut Text) -> bool {
    let Some(plain) = text.as_str() else { return false };
    let cleaned = if plain.trim_start().starts_with(['{', '[']) { cleaned(plain) } else { None };
    let cleaned = cleaned.or_else(|| without_addresses(plain));
    let is_other = cleaned.is_some();
    if let Some(cleaned) = cleaned {
        *text = cleaned.as_str().into();
    }
    is_other
}

/// The text without e-mail addresses, `None` when there is none.
fn without_addresses(text: &str) -> Option<String> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
    let is_of_host = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
    let (mut cleaned, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('@') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let name = before.len() - before.trim_end_matches(is_of_name).len();
        let host = after.len() - after.trim_start_matches(is_of_host).len();
        if name > 0 && after[..host].trim_matches('.').contains('.') {
            cleaned.push_str(&before[..before.len() - name]);
            cleaned.push_str(LEFT_OUT);
        } else {
            cleaned.push_str(&rest[..at + 1 + host]);
        }
        rest = &after[host..];
    }
    cleaned.push_str(rest);
    (cleaned != text).then_some(cleaned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_secrets_and_addresses_are_left_out_and_nothing_else_changes() {
        let node = r#"{"name":"a","user":{"name":"N. N.","username":"nn"},"config":"{\"hotkey\":{\"value\":\"5F\"},\"wandb_api_key\":{\"value\":\"5ec2e7\"},\"n\":{\"value\":1.50}}","notes":"ask n.n@example.org, or @nn"}"#;
        assert_eq!(
            cleaned(node).unwrap(),
            r#"{"name":"a","user":{"name":"(left out)","username":"(left out)"},"config":"{\"hotkey\":{\"value\":\"5F\"},\"wandb_api_key\":{\"value\":\"(left out)\"},\"n\":{\"value\":1.50}}","notes":"ask (left out), or @nn"}"#
        );
        for untouched in
            [r#"{"name":"a","config":"{\"a\": 1}"}"#, "<html>n@example.org</html>", "[1, \"@\"]", ""]
        {
            assert_eq!(cleaned(untouched), None, "{untouched}");
        }
    }

    #[test]
    fn what_was_cleaned_is_clean() {
        let once = cleaned(r#"[{"user":{"name":"N"}},"a@b.c d@e.f","@","x@y"]"#).unwrap();
        assert_eq!(once, r#"[{"user":{"name":"(left out)"}},"(left out) (left out)","@","x@y"]"#);
        assert_eq!(cleaned(&once), None);
    }
}
