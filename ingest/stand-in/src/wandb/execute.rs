//! Answers requests: exactly the fields that are asked, in the order asked.

use annals_log::json::{Object, Value};
use async_graphql_parser::types::SelectionSet;

use super::arguments::Arguments;
use super::document::{Asked, Document};
use super::found::{Found, Type};
use super::mutation;
use super::project::{Project, cursor};
use super::query::Query;
use super::refusal::Refusal;
use super::schema::{self, ROOTS};
use super::state::State;
use super::values::{IntoValue as _, object};

/// Answers the body of a request: HTTP status, and the JSON of the answer.
pub(super) fn answer(body: &[u8], state: &mut State) -> (u16, String) {
    let data = Document::read(body).and_then(|document| execute(&document, state));
    match data {
        Ok(data) => (200, object([("data", data)]).to_json()),
        Err(refusal) => (refusal.status, refusal.to_json()),
    }
}

/// Answers a document: its `data`.
///
/// # Errors
/// The first thing that is unknown, or cannot be done. Mutations before it have been made.
fn execute(document: &Document, state: &mut State) -> Result<Value, Refusal> {
    if !document.is_mutation()? {
        return query(document, state).map(Value::Object);
    }
    let mut data = Object::default();
    for asked in document.fields(&[document.root()], Some("Mutation"))? {
        let arguments = checked(document, &asked, "Mutation")?;
        let done = mutation::make(state, &arguments, asked.name())?;
        let answering = Answering { document, state };
        data.insert(asked.key.into(), answering.finish(done.found(state), &asked)?);
    }
    Ok(Value::Object(data))
}

/// Moves to the next poll only for a client that is told of it: where that has no first page of runs for it either,
/// nothing has moved.
fn query(document: &Document, state: &mut State) -> Result<Object, Refusal> {
    if asks_for_a_listing(document)? {
        let before = state.advance();
        let answer = Answering { document, state }.root();
        if answer.is_ok() && state.has_begun_a_listing() {
            return answer;
        }
        state.stay(before);
    }
    Answering { document, state }.root()
}

/// Whether a first page of runs is asked for.
fn asks_for_a_listing(document: &Document) -> Result<bool, Refusal> {
    for project in document.fields(&[document.root()], None)? {
        for field in document.fields(&project.selections(), None)? {
            let is_page = matches!(project.name(), "project" | "model") && field.name() == "runs";
            if is_page && matches!(cursor(&document.arguments(&field)), Ok(None)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Returns the arguments of a field that the type has, all of them known.
fn checked(document: &Document, asked: &Asked<'_>, type_name: &str) -> Result<Arguments, Refusal> {
    let arguments = document.arguments(asked);
    match schema::arguments(type_name, asked.name()) {
        Some(known) => arguments.check(known)?,
        None if ROOTS.contains(&type_name) => {
            return Err(Refusal::new(format!("{type_name} has no field {:?} here", asked.name())));
        }
        None => {}
    }
    Ok(arguments)
}

/// A document, and the state that it is answered from.
#[derive(Clone, Copy)]
struct Answering<'a> {
    document: &'a Document,
    state: &'a State,
}

impl Answering<'_> {
    fn root(self) -> Result<Object, Refusal> {
        self.select(&Query { state: self.state }, &[self.document.root()])
    }

    fn select(self, of: &dyn Type, sets: &[&SelectionSet]) -> Result<Object, Refusal> {
        let mut selected = Object::default();
        for asked in self.document.fields(sets, Some(of.name()))? {
            let value = if asked.name() == "__typename" {
                of.name().into_value()
            } else {
                let arguments = checked(self.document, &asked, of.name())?;
                self.finish(of.field(asked.name(), &arguments)?, &asked)?
            };
            selected.insert(asked.key.into(), value);
        }
        Ok(selected)
    }

    fn finish(self, found: Found<'_>, asked: &Asked<'_>) -> Result<Value, Refusal> {
        let sets = asked.selections();
        match found {
            Found::Value(value) if sets.is_empty() => Ok(value),
            Found::Value(value) => self.members(value, &sets),
            Found::Object(_) if sets.is_empty() => {
                Err(Refusal::new(format!("of {:?} it has to be said which fields are wanted", asked.name())))
            }
            Found::Object(of) => self.select(of.as_ref(), &sets).map(Value::Object),
            Found::Project(name) => match Project::of(self.state, name) {
                Some(project) => self.finish(Found::object(project), asked),
                None => Ok(Value::Null),
            },
            Found::List(items) => {
                let items = items.into_iter().map(|item| self.finish(item, asked));
                items.collect::<Result<_, _>>().map(Value::List)
            }
        }
    }

    /// Selects members of JSON that has no type of its own.
    fn members(self, value: Value, sets: &[&SelectionSet]) -> Result<Value, Refusal> {
        match value {
            Value::List(items) => {
                let items = items.into_iter().map(|item| self.members(item, sets));
                items.collect::<Result<_, _>>().map(Value::List)
            }
            Value::Object(of) => {
                let mut selected = Object::default();
                for asked in self.document.fields(sets, None)? {
                    let member = of.get(asked.name()).cloned().unwrap_or(Value::Null);
                    selected.insert(asked.key.into(), self.finish(Found::Value(member), &asked)?);
                }
                Ok(Value::Object(selected))
            }
            leaf => Ok(leaf),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::project_name::ProjectName;
    use super::super::run::ServedRun;
    use super::*;

    /// A server with one run.
    fn state() -> State {
        let mut state = State::default();
        let project = ProjectName { entity: "ni".into(), project: "oc".into() };
        let node = r#"{"name":"a","state":"running","historyKeys":{"sets":[{"keys":["x"]}],"lastStep":3}}"#;
        state.write(&project, ServedRun::read(node).unwrap());
        state
    }

    fn told(query: &str, variables: &str) -> (u16, String) {
        let query = serde_json::to_string(query).unwrap();
        answer(format!(r#"{{"query":{query},"variables":{variables}}}"#).as_bytes(), &mut state())
    }

    #[test]
    fn selections_of_one_key_are_put_together() {
        let query = r#"query($n: String!) { project(name: "oc", entityName: "ni") {
            run(name: $n) { name } r: run(name: $n) { state } run(name: $n) { state name } } }"#;
        let expected =
            r#"{"data":{"project":{"run":{"name":"a","state":"running"},"r":{"state":"running"}}}}"#;
        assert_eq!(told(query, r#"{"n":"a"}"#), (200, expected.to_owned()));
    }

    #[test]
    fn of_what_is_json_members_may_be_selected_or_all_is_told() {
        let query = r#"{ project(name: "oc", entityName: "ni") { run(name: "a") {
            historyKeys some: historyKeys { sets { k: keys } none } } } }"#;
        let expected = concat!(
            r#"{"data":{"project":{"run":{"historyKeys":{"sets":[{"keys":["x"]}],"lastStep":3},"#,
            r#""some":{"sets":[{"k":["x"]}],"none":null}}}}}"#
        );
        assert_eq!(told(query, "null"), (200, expected.to_owned()));
    }

    #[test]
    fn a_variable_that_is_not_given_is_its_default_or_no_argument() {
        let query = r#"query($p: String = "oc", $o: String, $m: Int) { project(name: $p, entityName: "ni") {
            runs(order: $o, first: 1) { totalCount } run(name: "a") { history(maxStep: $m) } } }"#;
        let expected = r#"{"data":{"project":{"runs":{"totalCount":1},"run":{"history":[]}}}}"#;
        assert_eq!(told(query, "{}"), (200, expected.to_owned()));
        assert_eq!(told(query, r#"{"o":null}"#), (200, expected.to_owned()));
    }

    #[test]
    fn introspection_tells_what_is_answered() {
        let query = r#"{ Q: __type(name: "Query") { fields { name } } none: __type(name: "Launch") { fields { name } }
            I: __type(name: "CreateRunFilesInput") { inputFields { name } } __schema { queryType { name } } }"#;
        let (status, answer) = told(query, "{}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let names: Vec<_> =
            answer["data"]["Q"]["fields"].as_array().unwrap().iter().map(|field| &field["name"]).collect();
        assert_eq!(status, 200);
        assert!(names.contains(&&"project".into()) && names.contains(&&"serverInfo".into()), "{names:?}");
        assert_eq!(answer["data"]["none"], Value::Null);
        assert_eq!(answer["data"]["I"]["inputFields"][0]["name"], "entityName");
        assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query");
    }

    #[test]
    fn one_of_several_operations_is_meant_by_its_name() {
        let body =
            r#"{"query":"query A { viewer { id } } query B { v: viewer { username } }","operationName":"B"}"#;
        let expected = r#"{"data":{"v":{"username":"stand-in"}}}"#;
        assert_eq!(answer(body.as_bytes(), &mut state()), (200, expected.to_owned()));
        let neither = body.replace(r#""B"}"#, r#""C"}"#);
        assert_eq!(answer(neither.as_bytes(), &mut state()).0, 400);
    }
}
