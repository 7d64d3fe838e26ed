//! A project, and its runs as a list.

use std::borrow::Cow;
use std::sync::Arc;

use annals_log::json::{Object, Text, Value};

use super::arguments::Arguments;
use super::filter::Filter;
use super::found::{Found, Type};
use super::listing::{Order, PAGE_RUNS, Place};
use super::poll::Runs;
use super::project_name::ProjectName;
use super::refusal::Refusal;
use super::run::ServedRun;
use super::run_fields::RunFields;
use super::state::State;
use super::values::{IntoValue as _, object};

/// A project that the server has.
pub(super) struct Project<'a> {
    state: &'a State,
    name: Arc<ProjectName>,
}

impl<'a> Project<'a> {
    /// Returns the project of a name; `None` when the server has none, or it may not be read: W&B does not say which.
    pub(super) fn of(state: &'a State, name: ProjectName) -> Option<Self> {
        state.has_project(&name).then(|| Self { state, name: Arc::new(name) })
    }

    fn entity(&self) -> Object {
        let entity = self.name.entity.as_str();
        object([("id", entity.into_value()), ("name", entity.into_value())])
    }

    fn runs(&self) -> Cow<'a, Runs> {
        self.state.runs(&self.name).unwrap_or_default()
    }

    fn count(&self, arguments: &Arguments) -> Result<usize, Refusal> {
        let filter = Filter::read(arguments.text("filters")?)?;
        Ok(self.runs().values().filter(|run| filter.holds_of(run)).count())
    }

    fn page(&self, arguments: &Arguments) -> Result<Page<'a>, Refusal> {
        let filter = Filter::read(arguments.text("filters")?)?;
        let order = Order::read(arguments.string("order")?.as_deref())?;
        let first = arguments.number("first")?.unwrap_or(PAGE_RUNS);
        let cursor = cursor(arguments)?;
        let runs = self.runs();
        let mut placed = order.of(&runs, &filter);
        let total = placed.len();
        if let Some(cursor) = cursor {
            let after = Place::read(cursor)?;
            placed.retain(|placed| order.is_after(placed, &after));
        }
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let has_next = placed.len() > first;
        placed.truncate(first);
        let edges = placed.iter().map(|placed| (placed.place().cursor(), Arc::clone(placed.run))).collect();
        if cursor.is_none() {
            self.state.began_a_listing();
        }
        Ok(Page { state: self.state, project: Arc::clone(&self.name), edges, has_next, total })
    }
}

/// Returns the place after which a page begins; `None` of the first page, whose cursor may be empty.
///
/// # Errors
/// It is no text.
pub(super) fn cursor(arguments: &Arguments) -> Result<Option<&Text>, Refusal> {
    Ok(arguments.text("after")?.filter(|cursor| !cursor.as_bytes().is_empty()))
}

impl Type for Project<'_> {
    fn name(&self) -> &'static str {
        "Project"
    }

    fn field(&self, name: &str, arguments: &Arguments) -> Result<Found<'_>, Refusal> {
        Ok(match name {
            "id" => State::project_id(&self.name).into(),
            "internalId" => self.state.project_number(&self.name).to_string().into(),
            "name" => self.name.project.as_str().into(),
            "entityName" => self.name.entity.as_str().into(),
            "entity" => Found::Value(Value::Object(self.entity())),
            "readOnly" => false.into(),
            "runCount" => self.count(arguments)?.into(),
            "runs" => Found::object(self.page(arguments)?),
            "run" | "bucket" => {
                let run = self.state.run(&self.name, &arguments.name("name")?);
                run.map_or(Found::null(), |run| {
                    let project = Arc::clone(&self.name);
                    Found::object(RunFields { state: self.state, project, run })
                })
            }
            _ => Found::null(),
        })
    }
}

/// A page of runs.
struct Page<'a> {
    state: &'a State,
    project: Arc<ProjectName>,
    /// The runs, each with its cursor.
    edges: Vec<(String, Arc<ServedRun>)>,
    has_next: bool,
    total: usize,
}

impl Type for Page<'_> {
    fn name(&self) -> &'static str {
        "RunConnection"
    }

    fn field(&self, name: &str, _: &Arguments) -> Result<Found<'_>, Refusal> {
        Ok(match name {
            "edges" => {
                let edge = |(cursor, run): &(String, Arc<ServedRun>)| {
                    let (project, run) = (Arc::clone(&self.project), Arc::clone(run));
                    let node = RunFields { state: self.state, project, run };
                    Found::object(Edge { cursor: cursor.clone(), node })
                };
                Found::List(self.edges.iter().map(edge).collect())
            }
            "pageInfo" => {
                let end = self.edges.last().map(|(cursor, _)| cursor.as_str());
                Found::Value(Value::Object(object([
                    ("endCursor", end.into_value()),
                    ("hasNextPage", self.has_next.into_value()),
                ])))
            }
            "totalCount" => self.total.into(),
            _ => Found::null(),
        })
    }
}

struct Edge<'a> {
    cursor: String,
    node: RunFields<'a>,
}

impl Type for Edge<'_> {
    fn name(&self) -> &'static str {
        "RunEdge"
    }

    fn field(&self, name: &str, _: &Arguments) -> Result<Found<'_>, Refusal> {
        Ok(match name {
            "node" => Found::object(self.node.clone()),
            "cursor" => self.cursor.as_str().into(),
            _ => Found::null(),
        })
    }
}
