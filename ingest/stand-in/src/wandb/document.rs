//! A request as it was sent, taken apart: the operation, its fragments, its variables.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use annals_log::json::{self, Object, Text, Value};
use async_graphql_parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql_parser::{Positioned, parse_query};

use super::arguments::Arguments;
use super::refusal::Refusal;
use super::validity;

/// The most selections of one answer: as many as a page of ten thousand runs needs, and no more for a query that
/// doubles itself.
const SELECTIONS_MAX: u32 = 1 << 19;

/// An operation that was asked, and the variables that it was asked with.
pub(super) struct Document {
    operation: OperationDefinition,
    /// The whole query, which has the fragments of the operation.
    document: ExecutableDocument,
    variables: Object,
    /// How many selections may still be answered.
    left: Cell<u32>,
}

/// A field that is to be answered under its key, and all that was asked of it.
pub(super) struct Asked<'a> {
    pub(super) key: &'a str,
    /// The same field each time; the arguments of the first one count.
    fields: Vec<&'a Field>,
}

impl<'a> Asked<'a> {
    pub(super) fn name(&self) -> &'a str {
        &self.fields[0].name.node
    }

    /// Returns what is asked of its value; nothing of a leaf.
    pub(super) fn selections(&self) -> Vec<&'a SelectionSet> {
        let sets = self.fields.iter().map(|field| &field.selection_set.node);
        sets.filter(|set| !set.items.is_empty()).collect()
    }
}

impl Document {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// The body is no request, its query is no GraphQL, or something that it needs is missing.
    pub(super) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(body).map_err(|_| Refusal::bad_request("the body is not UTF-8"))?;
        let body = match json::parse(text) {
            Ok(Value::Object(body)) => body,
            Ok(_) => return Err(Refusal::bad_request("the body is no JSON object")),
            Err(error) => return Err(Refusal::bad_request(format!("the body is no JSON, {error}"))),
        };
        let text = |key| body.get(key).and_then(Value::as_text).and_then(Text::as_str);
        let query = text("query").ok_or_else(|| Refusal::bad_request("the body has no text `query`"))?;
        validity::check_text(query)?;
        let document = parse_query(query);
        let document = document.map_err(|error| Refusal::bad_request(format!("the query: {error}")))?;
        let wanted = text("operationName").filter(|name| !name.is_empty());
        let mut fitting = document.operations.iter().filter(|(name, _)| match (wanted, name) {
            (Some(wanted), Some(name)) => *name == wanted,
            _ => true,
        });
        let (Some((_, operation)), None) = (fitting.next(), fitting.next()) else {
            return Err(Refusal::bad_request("operationName has to name one operation of the query"));
        };
        let operation = operation.node.clone();
        validity::check(&operation, &document)?;
        let given = match body.get("variables") {
            Some(Value::Object(given)) => given.clone(),
            None | Some(Value::Null) => Object::default(),
            Some(_) => return Err(Refusal::bad_request("`variables` is no object")),
        };
        let variables = variables(&operation, &given)?;
        Ok(Self { operation, document, variables, left: Cell::new(SELECTIONS_MAX) })
    }

    /// Whether it changes anything.
    ///
    /// # Errors
    /// Subscriptions are not served.
    pub(super) fn is_mutation(&self) -> Result<bool, Refusal> {
        match self.operation.ty {
            OperationType::Query => Ok(false),
            OperationType::Mutation => Ok(true),
            OperationType::Subscription => Err(Refusal::new("there are no subscriptions here")),
        }
    }

    pub(super) fn root(&self) -> &SelectionSet {
        &self.operation.selection_set.node
    }

    /// Returns the fields that selections ask of a type, fragments opened, each key once, in the order asked. Without a
    /// type every fragment is opened.
    ///
    /// # Errors
    /// An unknown directive; more is asked for than one answer may have.
    pub(super) fn fields<'a>(
        &'a self,
        sets: &[&'a SelectionSet],
        type_name: Option<&'a str>,
    ) -> Result<Vec<Asked<'a>>, Refusal> {
        let mut opened = Opened::new(self, type_name);
        sets.iter().try_for_each(|set| opened.open(set))?;
        Ok(opened.asked)
    }

    fn take_one(&self) -> Result<(), Refusal> {
        let left = self.left.get().checked_sub(1).ok_or_else(|| {
            Refusal::bad_request(format!(
                "over {SELECTIONS_MAX} selections are asked for: ask for less at a time"
            ))
        })?;
        self.left.set(left);
        Ok(())
    }

    /// Whether `@include` and `@skip` let a selection be answered.
    fn is_included(&self, directives: &[Positioned<Directive>]) -> Result<bool, Refusal> {
        for directive in directives {
            let name = &directive.node.name.node;
            let given =
                directive.node.get_argument("if").map(|given| given.node.clone().into_const_with(marked));
            let given = given.and_then(|Ok(given)| given.into_json().ok());
            let holds = given.and_then(|given| self.value(&given)) == Some(Value::Bool(true));
            match name.as_str() {
                "include" if !holds => return Ok(false),
                "skip" if holds => return Ok(false),
                "include" | "skip" => {}
                _ => return Err(Refusal::bad_request(format!("the directive @{name} is unknown here"))),
            }
        }
        Ok(true)
    }

    /// Returns the arguments of a field, without those whose variable has no value.
    pub(super) fn arguments(&self, asked: &Asked<'_>) -> Arguments {
        let given = asked.fields[0].arguments.iter().filter_map(|(name, given)| {
            let Ok(given) = given.node.clone().into_const_with(marked);
            Some((name.node.as_str().into(), self.value(&given.into_json().ok()?)?))
        });
        Arguments::new(asked.name(), given.collect())
    }

    /// Returns a value with the values of variables where the variables were.
    fn value(&self, given: &serde_json::Value) -> Option<Value> {
        use serde_json::Value as Given;
        Some(match given {
            Given::String(text) => match text.strip_prefix(MARK) {
                Some(variable) => self.variables.get(variable)?.clone(),
                None => Value::Text(text.as_str().into()),
            },
            Given::Array(items) => Value::List(items.iter().filter_map(|item| self.value(item)).collect()),
            Given::Object(members) => {
                let member =
                    |(key, value): (&String, &Given)| Some((key.as_str().into(), self.value(value)?));
                Value::Object(members.iter().filter_map(member).collect())
            }
            other => json::parse(&other.to_string()).expect("a value of another JSON parser is JSON"),
        })
    }
}

/// Selections, being opened.
struct Opened<'a> {
    document: &'a Document,
    type_name: Option<&'a str>,
    asked: Vec<Asked<'a>>,
    places: BTreeMap<&'a str, usize>,
    /// The fragments that were opened: asking for one twice asks for nothing more.
    fragments: BTreeSet<&'a str>,
}

impl<'a> Opened<'a> {
    fn new(document: &'a Document, type_name: Option<&'a str>) -> Self {
        let (asked, places, fragments) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        Self { document, type_name, asked, places, fragments }
    }

    /// Opens a set of selections. It recurses no deeper than `validity` has found the query to be.
    fn open(&mut self, set: &'a SelectionSet) -> Result<(), Refusal> {
        for selection in &set.items {
            self.document.take_one()?;
            if !self.document.is_included(selection.node.directives())? {
                continue;
            }
            match &selection.node {
                Selection::Field(field) => self.field(&field.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let fragment = &self.document.document.fragments.get(name);
                    let fragment = &fragment.expect("the check has found it").node;
                    if self.is_of(&fragment.type_condition.node.on.node) && self.fragments.insert(name) {
                        self.open(&fragment.selection_set.node)?;
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.is_of(&condition.node.on.node)) {
                        self.open(&fragment.node.selection_set.node)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn is_of(&self, on: &str) -> bool {
        self.type_name.is_none_or(|type_name| on == type_name)
    }

    fn field(&mut self, field: &'a Field) {
        let key = field.response_key().node.as_str();
        let place = *self.places.entry(key).or_insert(self.asked.len());
        match self.asked.get_mut(place) {
            Some(asked) => asked.fields.push(field),
            None => self.asked.push(Asked { key, fields: vec![field] }),
        }
    }
}

/// Comes before a variable's name. No text of a query has it: a query with such a character is refused.
const MARK: char = '\0';

/// Returns a text that stands for a variable. Its value may be none that the parser knows, and is put there later.
fn marked<N: AsRef<str>, V: From<String>>(name: N) -> Result<V, Infallible> {
    Ok(V::from(format!("{MARK}{}", name.as_ref())))
}

/// Returns the variables that are given, and the defaults of those that are not.
fn variables(operation: &OperationDefinition, given: &Object) -> Result<Object, Refusal> {
    let mut variables = Object::default();
    for definition in &operation.variable_definitions {
        let definition = &definition.node;
        let name = definition.name.node.as_str();
        let default = definition.default_value.as_ref().and_then(|value| value.node.clone().into_json().ok());
        let default = || json::parse(&default?.to_string()).ok();
        let value = given.get(name).cloned().or_else(default);
        if !definition.var_type.node.nullable && matches!(value, None | Some(Value::Null)) {
            let of_type = &definition.var_type.node;
            return Err(Refusal::new(format!("the variable ${name} of type {of_type} has no value")));
        }
        if let Some(value) = value {
            variables.insert(name.into(), value);
        }
    }
    Ok(variables)
}
