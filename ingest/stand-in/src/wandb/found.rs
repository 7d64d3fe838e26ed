//! Fields and their values: what an answer is put together from.

use annals_log::json::Value;

use super::arguments::Arguments;
use super::project_name::ProjectName;
use super::refusal::Refusal;
use super::values::IntoValue;

/// The value of a field.
pub(super) enum Found<'a> {
    /// A leaf, or JSON from which members are taken by name.
    Value(Value),
    Object(Box<dyn Type + 'a>),
    /// A project; null when the server has none of this name. It is looked up when it is answered: a project tells of
    /// its runs, and a run of its project.
    Project(ProjectName),
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

    /// Returns a field, asked with arguments that it takes; null when nobody defined it.
    ///
    /// # Errors
    /// Why it has no value.
    fn field(&self, name: &str, arguments: &Arguments) -> Result<Found<'_>, Refusal>;
}
