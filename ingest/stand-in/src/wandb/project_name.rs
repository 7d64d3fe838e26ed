//! The name of a project, as a request gives it.

use annals_log::json::{self, Object, Text, Value};

use annals_ingest::Exchange;

/// A project, by its name and its owner's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ProjectName {
    pub(super) entity: String,
    pub(super) project: String,
}

impl ProjectName {
    /// Returns the project that a request asks about; `None` when it names none.
    pub(super) fn asked_by(exchange: &Exchange) -> Option<Self> {
        let variables = variables_of(exchange)?;
        let text = |key| variables.get(key)?.as_text().and_then(Text::as_str).map(str::to_owned);
        Some(Self { entity: text("entity")?, project: text("project")? })
    }
}

/// Returns the variables of a request; `None` when it is no question of GraphQL.
pub(super) fn variables_of(exchange: &Exchange) -> Option<Object> {
    let Ok(Value::Object(mut body)) = json::parse(&exchange.request.body) else { return None };
    match body.remove("variables")? {
        Value::Object(variables) => Some(variables),
        _ => None,
    }
}
