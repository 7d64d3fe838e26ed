//! Answers requests: exactly the fields that are asked, in the order asked.

use annals_log::json::{Object, Value};
use async_graphql_parser::types::SelectionSet;

use super::arguments::Arguments;
use super::document::{Asked, Document};
use super::mutation;
use super::project::cursor;
use super::query::Query;
use super::refusal::Refusal;
use super::schema::{self, ROOTS};
use super::state::State;
use super::values::{IntoValue, object};

/// What a field is.
pub(super) enum Found<'a> {
    /// A leaf, or JSON from which members are taken by name.
    Value(Value),
    Object(Box<dyn Type + 'a>),
    List(Vec<Found<'a>>),
}

impl<T: IntoValue> From<T> for Found<'_> {
    fn from(value: T) -> Self {
        Self::Value(value.into_value())
    }
}

impl<'a> Found<'a> {
    pub(super) fn object(of_type: impl Type + 'a) -> Self {
        Self::Object(Box::new(of_type))
    }

    pub(super) fn null() -> Self {
        Self::Value(Value::Null)
    }
}

/// An object with fields of its own.
pub(super) trait Type {
    fn name(&self) -> &'static str;

    /// A field, asked with arguments that it takes; null when nobody defined it.
    ///
    /// # Errors
    /// Why it has no value.
    fn field(&self, name: &str, arguments: &Arguments) -> Result<Found<'_>, Refusal>;
}

/// Answers a document: its `data`.
///
/// # Errors
/// The first thing that is unknown, or cannot be done. A mutation in front of it has been made.
pub(super) fn execute(document: &Document, state: &mut State) -> Result<Value, Refusal> {
    if !document.is_mutation()? {
        return query(document, state).map(Value::Object);
    }
    let mut data = Object::default();
    for asked in document.fields(&[document.root()], Some("Mutation"))? {
        let arguments = checked(document, &asked, "Mutation")?;
        let done = mutation::make(state, &arguments, asked.name())?;
        data.insert(asked.key.into(), finish(document, done.found(state), &asked)?);
    }
    Ok(Value::Object(data))
}

/// The next poll is served only to whom it is told: where it has no first page of runs for him either, nothing has moved.
fn query(document: &Document, state: &mut State) -> Result<Object, Refusal> {
    if asks_for_a_listing(document)? {
        let before = state.advance();
        let answer = select(document, &Query { state }, &[document.root()]);
        if answer.is_ok() && state.has_begun_a_listing() {
            return answer;
        }
        state.stay(before);
    }
    select(document, &Query { state }, &[document.root()])
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

fn select(document: &Document, of: &dyn Type, sets: &[&SelectionSet]) -> Result<Object, Refusal> {
    let mut selected = Object::default();
    for asked in document.fields(sets, Some(of.name()))? {
        let value = if asked.name() == "__typename" {
            of.name().into_value()
        } else {
            let arguments = checked(document, &asked, of.name())?;
            finish(document, of.field(asked.name(), &arguments)?, &asked)?
        };
        selected.insert(asked.key.into(), value);
    }
    Ok(selected)
}

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

fn finish(document: &Document, found: Found<'_>, asked: &Asked<'_>) -> Result<Value, Refusal> {
    let sets = asked.selections();
    match found {
        Found::Value(value) if sets.is_empty() => Ok(value),
        Found::Value(value) => members(document, value, &sets),
        Found::Object(_) if sets.is_empty() => {
            Err(Refusal::new(format!("of {:?} it has to be said which fields are wanted", asked.name())))
        }
        Found::Object(of) => select(document, of.as_ref(), &sets).map(Value::Object),
        Found::List(items) => {
            let items = items.into_iter().map(|item| finish(document, item, asked));
            items.collect::<Result<_, _>>().map(Value::List)
        }
    }
}

/// Members of what is JSON and no type of its own.
fn members(document: &Document, value: Value, sets: &[&SelectionSet]) -> Result<Value, Refusal> {
    match value {
        Value::List(items) => {
            let items = items.into_iter().map(|item| members(document, item, sets));
            items.collect::<Result<_, _>>().map(Value::List)
        }
        Value::Object(of) => {
            let mut selected = Object::default();
            for asked in document.fields(sets, None)? {
                let member = of.get(asked.name()).cloned().unwrap_or(Value::Null);
                let member = finish(document, Found::Value(member), &asked)?;
                selected.insert(asked.key.into(), member);
            }
            Ok(Value::Object(selected))
        }
        leaf => Ok(leaf),
    }
}

/// Answers the body of a request: HTTP status, and the JSON of the answer.
pub(super) fn answer(body: &[u8], state: &mut State) -> (u16, String) {
    let data = Document::read(body).and_then(|document| execute(&document, state));
    match data {
        Ok(data) => (200, object([("data", data)]).to_json()),
        Err(refusal) => (refusal.status, refusal.to_json()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::recording::ProjectName;
    use super::super::run::ServedRun;
    use super::*;

    /// With one run.
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
