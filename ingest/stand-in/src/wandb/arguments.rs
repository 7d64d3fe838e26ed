//! The arguments of a field.

use annals_log::json::{Object, Text, Value};

use super::refusal::Refusal;
use super::schema;
use super::values::{count, step, whole};

/// Arguments of a field, or members of a mutation's input.
pub(super) struct Arguments {
    of: String,
    given: Object,
}

impl Arguments {
    pub(super) fn new(of: &str, given: Object) -> Self {
        Self { of: of.to_owned(), given }
    }

    /// Checks that all of them are known.
    ///
    /// # Errors
    /// Names the first that is not among the `known`.
    pub(super) fn check(&self, known: &[&str]) -> Result<(), Refusal> {
        let unknown = self.given.iter().find(|(name, _)| known.iter().all(|known| *name != *known));
        unknown.map_or(Ok(()), |(name, _)| {
            let name = name.to_lossy();
            Err(Refusal::new(format!("unknown argument {name:?} of {:?}", self.of)))
        })
    }

    /// Returns the members of `input`.
    ///
    /// # Errors
    /// `input` is no object, or has an unknown member.
    pub(super) fn input(&self, type_name: &'static str) -> Result<Self, Refusal> {
        let Some(Value::Object(given)) = self.given.get("input") else {
            return Err(self.wrong("input", "an object"));
        };
        let input = Self::new(&format!("{}(input)", self.of), given.clone());
        input.check(schema::inputs(type_name).expect("each mutation's input is listed"))?;
        Ok(input)
    }

    /// Returns a text; `None` when it is not given, or null.
    ///
    /// # Errors
    /// It is no text.
    pub(super) fn text(&self, name: &str) -> Result<Option<&Text>, Refusal> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(name, "a text")),
        }
    }

    /// Returns a text as a string; `None` when it is not given, or null.
    ///
    /// # Errors
    /// It is no text.
    pub(super) fn string(&self, name: &str) -> Result<Option<String>, Refusal> {
        Ok(self.text(name)?.map(|text| text.to_lossy().into_owned()))
    }

    /// Returns a text that has to be given.
    ///
    /// # Errors
    /// It is not given, or no text.
    pub(super) fn name(&self, name: &str) -> Result<String, Refusal> {
        self.string(name)?.ok_or_else(|| self.wrong(name, "a text"))
    }

    /// Returns a number; `None` when it is not given, or null.
    ///
    /// # Errors
    /// It is no whole number, or below 0.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.value(name) else { return Ok(None) };
        count(value).map(Some).ok_or_else(|| self.wrong(name, "a whole number that is not below 0"))
    }

    /// Returns a step; `None` when it is not given, or null. A number below 0 means the first step.
    ///
    /// # Errors
    /// It is no whole number.
    pub(super) fn step(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.value(name) else { return Ok(None) };
        step(whole(value)).map(Some).ok_or_else(|| self.wrong(name, "a whole number"))
    }

    /// Returns a list of texts, which is empty when it is not given.
    ///
    /// # Errors
    /// It is no list of texts.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<Text>, Refusal> {
        let one = |value: &Value| value.as_text().cloned();
        match self.value(name) {
            None => Ok(Vec::new()),
            Some(Value::List(items)) => {
                let texts = items.iter().map(one).collect::<Option<_>>();
                texts.ok_or_else(|| self.wrong(name, "a list of texts"))
            }
            // GraphQL takes a single value for a list of one.
            Some(value) => {
                one(value).map(|text| vec![text]).ok_or_else(|| self.wrong(name, "a list of texts"))
            }
        }
    }

    /// Returns a value; `None` when it is not given, or null.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.given.get(name).filter(|value| **value != Value::Null)
    }

    fn wrong(&self, name: &str, expected: &str) -> Refusal {
        Refusal::new(format!("the argument {name:?} of {:?} has to be {expected}", self.of))
    }
}
