//! The node of a run in W&B's answers: the few fields that annals looks at, out of the bytes that it keeps.

use super::json::{JsonError, Parser, Text, Value};

/// A run as a GraphQL answer describes it (`RunFragment`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunNode {
    /// `name`: the short id that upstream signs, and that is in the run's URL.
    pub run_id: Text,
    /// `displayName`, as `validator-5F9K...`.
    pub display_name: Option<Text>,
    /// `state`, as `running`.
    pub state: Text,
    /// `createdAt`, as the server wrote it.
    pub created_at: Text,
    /// `heartbeatAt`, as the server wrote it.
    pub heartbeat_at: Option<Text>,
    /// `config`: itself a JSON text, see [`super::RunConfig`]. `None` when null.
    pub config: Option<Text>,
    /// `historyLineCount`: how many rows its history has.
    pub history_rows: Option<u64>,
    /// `historyKeys.lastStep`: the step of the last of them.
    pub last_step: Option<u64>,
    /// Newer clients ask for lists of runs without their configs: then nothing is known of it.
    pub has_config: bool,
}

impl RunNode {
    /// Reads a node. Fields that are not listed here may be there or not, with any value.
    ///
    /// # Errors
    /// Where it is no JSON, no object, or a field is of another type than the server's schema has.
    pub fn read(node: &str) -> Result<Self, JsonError> {
        let mut parser = Parser::of(node);
        let [mut run_id, mut display_name, mut state, mut created_at, mut heartbeat_at, mut config] =
            [const { None }; 6];
        let (mut history_rows, mut last_step) = (None, None);
        let mut has_config = false;
        parser.object(|field, key| {
            let place = match key.as_bytes() {
                b"name" => &mut run_id,
                b"displayName" => &mut display_name,
                b"state" => &mut state,
                b"createdAt" => &mut created_at,
                b"heartbeatAt" => &mut heartbeat_at,
                b"config" => {
                    has_config = true;
                    &mut config
                }
                b"historyLineCount" => {
                    history_rows = count(&field.value()?);
                    return Ok(());
                }
                b"historyKeys" => {
                    let keys = field.value()?;
                    last_step = keys.as_object().and_then(|keys| keys.get("lastStep")).and_then(count);
                    return Ok(());
                }
                _ => return field.pass(),
            };
            *place = text_or_null(field)?;
            Ok(())
        })?;
        parser.end()?;
        let mut lacking = |what| parser.error(what);
        Ok(Self {
            run_id: run_id.ok_or_else(|| lacking("the run has no name"))?,
            display_name,
            state: state.ok_or_else(|| lacking("the run has no state"))?,
            created_at: created_at.ok_or_else(|| lacking("the run has no createdAt"))?,
            heartbeat_at,
            config,
            history_rows,
            last_step,
            has_config,
        })
    }
}

fn text_or_null(field: &mut Parser<'_>) -> Result<Option<Text>, JsonError> {
    let not_text = field.error("this field of a run is a text or null");
    match field.value()? {
        Value::Text(text) => Ok(Some(text)),
        Value::Null => Ok(None),
        _ => Err(not_text),
    }
}

/// A whole number from 0 on; anything else tells nothing.
fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_read_whatever_else_it_has() {
        let node = RunNode::read(
            r#"{"id":"UnVu","name":"0djlnjjs","state":"running","config":"{\"role\":{\"value\":\"validator\"}}",
                "createdAt":"2025-06-02T08:36:23Z","heartbeatAt":null,"historyLineCount":8,"historyKeys":{"keys":{"a":[1]},"lastStep":7}}"#,
        )
        .unwrap();
        assert_eq!(node.run_id, Text::from("0djlnjjs"));
        assert_eq!(node.config, Some(Text::from(r#"{"role":{"value":"validator"}}"#)));
        assert_eq!((node.display_name, node.heartbeat_at, node.has_config), (None, None, true));
        assert_eq!((node.history_rows, node.last_step), (Some(8), Some(7)));
        let odd = r#"{"name":"a","state":"","createdAt":"","historyLineCount":"8","historyKeys":[7]}"#;
        let odd = RunNode::read(odd).unwrap();
        assert_eq!((odd.history_rows, odd.last_step), (None, None));
    }

    #[test]
    fn a_node_without_what_names_it_is_an_error_that_says_so() {
        let wrong = |node| RunNode::read(node).unwrap_err();
        assert_eq!(wrong(r#"{"state":"running","createdAt":"x"}"#).what, "the run has no name");
        assert_eq!(
            wrong(r#"{"name":7}"#),
            JsonError { at: 8, what: "this field of a run is a text or null" }
        );
        assert_eq!(wrong("[]").what, "an object was expected");
    }
}
