//! Parameters of a statement: `$1`, `$2` and so on, or `$name`, and the values that are put in their places.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::common::{ParamValues, ScalarValue, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::expr::Placeholder;
use datafusion::logical_expr::{Cast, Expr, LogicalPlan, TryCast};

use crate::argument::Argument;
use crate::error::QueryError;
use crate::exact::read_text;

/// The most that protocols between clients and servers can number.
const PARAMETERS_MAX: usize = u16::MAX as usize;

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// As in the SQL: `$1` is the first of those that are numbered.
    pub name: String,
    /// The type of its values; `None` where any will do, since nothing that it is compared with has one. A cast tells,
    /// too: `$1::bigint`.
    pub data_type: Option<DataType>,
}

/// All parameters of a statement: in the order of their numbers, those that it passes over included, or in that of
/// their names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parameters(Vec<Parameter>);

/// The values that are put in the places of parameters.
pub(crate) enum Values {
    /// For `$1` and those that follow it.
    Typed(Vec<ScalarValue>),
    /// Texts as a person wrote them, each parameter at most once.
    Written(Vec<Argument>),
}

/// The types of parameters, as a plan has them.
#[derive(Default)]
struct Found {
    typed: BTreeMap<Place, Option<DataType>>,
    /// To what they are cast: of use where nothing else says a type.
    cast: BTreeMap<Place, DataType>,
}

/// The name or number of a parameter, behind its `$`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Numbered(usize),
    Named(String),
}

impl Parameters {
    /// Finds those of a plan.
    ///
    /// # Errors
    /// One whose number is not from 1 on, or that is used as two types; numbers beside names.
    pub(crate) fn of(plan: &LogicalPlan) -> Result<Self> {
        let mut found = Found::default();
        // DataFusion's own list forgets the type of a parameter that is used once more where nothing says one.
        plan.apply_with_subqueries(|plan| {
            plan.apply_expressions(|expr| expr.apply(|expr| found.look_at(expr)))
        })?;
        match (found.typed.first_key_value(), found.typed.last_key_value()) {
            (Some((first @ Place::Numbered(_), _)), Some((last @ Place::Named(_), _))) => {
                plan_err!("parameters are numbered or named, and here are ${first} and ${last}")
            }
            (_, Some((&Place::Numbered(last), _))) => {
                Ok(Self((1..=last).map(|number| found.parameter(&Place::Numbered(number))).collect()))
            }
            _ => Ok(Self(found.typed.keys().map(|place| found.parameter(place)).collect())),
        }
    }

    /// Returns them where clients can number them.
    ///
    /// # Errors
    /// One with a name.
    pub(crate) fn numbered(self) -> Result<Self> {
        match self.0.iter().find(|parameter| !parameter.is_numbered()) {
            None => Ok(self),
            Some(Parameter { name, .. }) => {
                plan_err!("parameters are numbered, from $1 to ${PARAMETERS_MAX}, and this is {name}")
            }
        }
    }

    pub(crate) fn list(&self) -> &[Parameter] {
        &self.0
    }

    /// Whether nothing says which type a parameter has.
    pub(crate) fn has_untyped(&self) -> bool {
        self.0.iter().any(|parameter| parameter.data_type.is_none())
    }

    /// Takes a value for each, of its type. A text is read as what it stands for; a number or a time may be of another
    /// width if nothing is lost.
    ///
    /// # Errors
    /// `ParameterCount`, `NoValue`, `NoParameter`, `TwoValues`, `ParameterType`.
    pub(crate) fn take(&self, values: Values) -> std::result::Result<ParamValues, QueryError> {
        match values {
            Values::Typed(values) => self.take_typed(values),
            Values::Written(arguments) => self.take_written(&arguments),
        }
    }

    fn take_typed(&self, values: Vec<ScalarValue>) -> std::result::Result<ParamValues, QueryError> {
        let (expected, given) = (self.0.len(), values.len());
        if expected != given {
            let first = expected.min(given);
            let name = self.0.get(first).map(|parameter| parameter.name.clone());
            let name = name.unwrap_or_else(|| format!("${}", first + 1));
            return Err(QueryError::ParameterCount { name, expected, given });
        }
        let values = self.0.iter().zip(values).map(|(parameter, value)| parameter.take(value));
        Ok(values.collect::<std::result::Result<Vec<_>, _>>()?.into())
    }

    fn take_written(&self, arguments: &[Argument]) -> std::result::Result<ParamValues, QueryError> {
        let mut written = BTreeMap::new();
        for (name, argument) in Argument::named(arguments) {
            if !self.0.iter().any(|parameter| parameter.name == name) {
                return Err(QueryError::NoParameter(name));
            }
            if written.insert(name.clone(), argument).is_some() {
                return Err(QueryError::TwoValues(name));
            }
        }
        let mut values = Vec::new();
        for parameter in &self.0 {
            let argument = written.get(&parameter.name);
            let argument = argument.ok_or_else(|| QueryError::NoValue(parameter.name.clone()))?;
            values.push((&parameter.name[1..], parameter.read(argument)?));
        }
        Ok(values.into())
    }
}

impl Parameter {
    fn is_numbered(&self) -> bool {
        self.name[1..].parse::<usize>().is_ok()
    }

    /// Reads what a person wrote as a value of its type; of that of a literal where it has none.
    fn read(&self, argument: &Argument) -> std::result::Result<ScalarValue, QueryError> {
        let Some(wanted) = &self.data_type else { return Ok(argument.literal()) };
        argument.of_type(wanted).ok_or_else(|| QueryError::ParameterType {
            name: self.name.clone(),
            expected: wanted.clone(),
            given: argument.to_string(),
        })
    }

    fn take(&self, value: ScalarValue) -> std::result::Result<ScalarValue, QueryError> {
        match &self.data_type {
            Some(wanted) if value.data_type() != *wanted => self.convert(&value, wanted),
            _ => Ok(value),
        }
    }

    fn convert(
        &self,
        value: &ScalarValue,
        wanted: &DataType,
    ) -> std::result::Result<ScalarValue, QueryError> {
        let given = value.data_type();
        let is_one_sort =
            (given.is_numeric() && wanted.is_numeric()) || (given.is_temporal() && wanted.is_temporal());
        let converted = if value.is_null() || given.is_string() {
            read_text(value.clone(), wanted)
        } else if is_one_sort {
            let there = value.cast_to(wanted).ok();
            there.filter(|there| there.cast_to(&given).is_ok_and(|back| back == *value))
        } else {
            None
        };
        let refused = || QueryError::ParameterType {
            name: self.name.clone(),
            expected: wanted.clone(),
            given: format!("{value:?}"),
        };
        converted.ok_or_else(refused)
    }
}

impl Found {
    fn look_at(&mut self, expr: &Expr) -> Result<TreeNodeRecursion> {
        match expr {
            Expr::Placeholder(Placeholder { id, field }) => self.see(&Place::of(id)?, field.as_ref())?,
            Expr::Cast(Cast { expr, field }) | Expr::TryCast(TryCast { expr, field }) => {
                if let Expr::Placeholder(Placeholder { id, .. }) = &**expr {
                    self.cast.insert(Place::of(id)?, field.data_type().clone());
                }
            }
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn see(&mut self, place: &Place, field: Option<&FieldRef>) -> Result<()> {
        let data_type = field.map(|field| field.data_type().clone());
        let known = self.typed.entry(place.clone()).or_default();
        match (&known, data_type) {
            (_, None) => {}
            (None, Some(data_type)) => *known = Some(data_type),
            (Some(known), Some(other)) if *known == other => {}
            (Some(known), Some(other)) => {
                return plan_err!(
                    "parameter ${place} is used as {known} and as {other}: write a cast, as in ${place}::text"
                );
            }
        }
        Ok(())
    }

    fn parameter(&self, place: &Place) -> Parameter {
        let data_type = self.typed.get(place).cloned().flatten();
        let data_type = data_type.or_else(|| self.cast.get(place).cloned());
        Parameter { name: format!("${place}"), data_type }
    }
}

impl Place {
    fn of(id: &str) -> Result<Self> {
        let name = id.strip_prefix('$').unwrap_or_default();
        match name.parse() {
            Ok(number @ 1..=PARAMETERS_MAX) => Ok(Self::Numbered(number)),
            Err(_) if name.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                Ok(Self::Named(name.to_owned()))
            }
            _ => plan_err!("parameters are numbered, from $1 to ${PARAMETERS_MAX}, and this is {id}"),
        }
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbered(number) => number.fmt(f),
            Self::Named(name) => name.fmt(f),
        }
    }
}
