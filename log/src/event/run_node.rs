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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_read_whatever_else_it_has() {
        let node = RunNode::read(
            r#"{"id":"UnVu","name":"0djlnjjs","state":"running","config":"{\"role\":{\"value\":\"validator\"}}",
                "createdAt":"2025-06-02T08:36:23Z","heartbeatAt":null,"historyKeys":{"keys":{"a":[1]}}}"#,
        )
        .unwrap();
        assert_eq!(node.run_id, Text::from("0djlnjjs"));
        assert_eq!(node.config, Some(Text::from(r#"{"role":{"value":"validator"}}"#)));
        assert_eq!((node.display_name, node.heartbeat_at, node.has_config), (None, None, true));
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
