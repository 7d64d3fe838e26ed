//! The fields at the top of a query.

use annals_log::json::{Object, Value};

use super::arguments::Arguments;
use super::found::{Found, Type};
use super::project_name::ProjectName;
use super::refusal::Refusal;
use super::schema;
use super::state::State;
use super::values::{IntoValue as _, object};

/// The root of a query.
pub(super) struct Query<'a> {
    pub(super) state: &'a State,
}

impl Type for Query<'_> {
    fn name(&self) -> &'static str {
        "Query"
    }

    fn field(&self, name: &str, arguments: &Arguments) -> Result<Found<'_>, Refusal> {
        Ok(match name {
            "viewer" => Found::Value(Value::Object(self.viewer())),
            // Writers call it by its old name.
            "project" | "model" => {
                let entity = arguments.string("entityName")?.unwrap_or_else(|| self.state.entity());
                Found::Project(ProjectName { entity, project: arguments.name("name")? })
            }
            "entity" => {
                let name = arguments.name("name")?;
                Found::Value(Value::Object(object([
                    ("id", name.clone().into_value()),
                    ("name", name.into_value()),
                ])))
            }
            "serverInfo" => Found::Value(Value::Object(object([("features", Value::List(Vec::new()))]))),
            "__type" => Found::Value(schema::type_of(&arguments.name("name")?)),
            "__schema" => Found::Value(schema::schema()),
            _ => Found::null(),
        })
    }
}

impl Query<'_> {
    /// Returns the user behind any key.
    fn viewer(&self) -> Object {
        let (user, entity) = (self.state.user(), self.state.entity());
        let team = object([("node", Value::Object(object([("name", entity.as_str().into_value())])))]);
        let teams = object([("edges", Value::List(vec![Value::Object(team)]))]);
        object([
            ("id", user.into_value()),
            ("entity", entity.into_value()),
            ("username", user.into_value()),
            ("name", user.into_value()),
            ("email", Value::Null),
            ("admin", false.into_value()),
            ("flags", "{}".into_value()),
            ("teams", Value::Object(teams)),
        ])
    }
}
