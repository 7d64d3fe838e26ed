//! Parameters of a statement: `$1`, `$2` and so on, and the values that are put in their places.

use std::collections::BTreeMap;

use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::common::{ParamValues, ScalarValue, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::expr::Placeholder;
use datafusion::logical_expr::{Cast, Expr, LogicalPlan, TryCast};

use crate::error::QueryError;

/// The most that protocols between clients and servers can number.
const PARAMETERS_MAX: usize = u16::MAX as usize;

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// As in the SQL: `$1` is the first.
    pub name: String,
    /// The type of its values; `None` where any will do, since nothing that it is compared with has one. A cast tells,
    /// too: `$1::bigint`.
    pub data_type: Option<DataType>,
}

/// All parameters of a statement, in the order of their numbers, those that it passes over included.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parameters(Vec<Parameter>);

/// What a plan says of its parameters, by their numbers.
#[derive(Default)]
struct Found {
    typed: BTreeMap<usize, Option<DataType>>,
    /// To what they are cast: of use where nothing else says a type.
    cast: BTreeMap<usize, DataType>,
}

impl Parameters {
    /// Finds those of a plan.
    ///
    /// # Errors
    /// One that is not numbered from 1 on, or that is used as two types.
    pub(crate) fn of(plan: &LogicalPlan) -> Result<Self> {
        let mut found = Found::default();
        // DataFusion's own list forgets the type of a parameter that is used once more where nothing says one.
        plan.apply_with_subqueries(|plan| {
            plan.apply_expressions(|expr| expr.apply(|expr| found.look_at(expr)))
        })?;
        let count = found.typed.last_key_value().map_or(0, |(&last, _)| last);
        let parameter = |number: usize| {
            let data_type = found.typed.get(&number).cloned().flatten();
            Parameter {
                name: format!("${number}"),
                data_type: data_type.or(found.cast.get(&number).cloned()),
            }
        };
        Ok(Self((1..=count).map(parameter).collect()))
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
    /// `ParameterCount`, `ParameterType`.
    pub(crate) fn take(&self, values: Vec<ScalarValue>) -> std::result::Result<ParamValues, QueryError> {
        let (expected, given) = (self.0.len(), values.len());
        if expected != given {
            let name = format!("${}", expected.min(given) + 1);
            return Err(QueryError::ParameterCount { name, expected, given });
        }
        let values = self.0.iter().zip(values).map(|(parameter, value)| parameter.take(value));
        Ok(values.collect::<std::result::Result<Vec<_>, _>>()?.into())
    }
}

impl Parameter {
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
            value.cast_to(wanted).ok()
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
            Expr::Placeholder(Placeholder { id, field }) => self.see(number_of(id)?, field.as_ref())?,
            Expr::Cast(Cast { expr, field }) | Expr::TryCast(TryCast { expr, field }) => {
                if let Expr::Placeholder(Placeholder { id, .. }) = &**expr {
                    self.cast.insert(number_of(id)?, field.data_type().clone());
                }
            }
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn see(&mut self, number: usize, field: Option<&FieldRef>) -> Result<()> {
        let known = self.typed.entry(number).or_default();
        match (&known, field.map(|field| field.data_type())) {
            (_, None) => {}
            (None, Some(data_type)) => *known = Some(data_type.clone()),
            (Some(known), Some(other)) if known == other => {}
            (Some(known), Some(other)) => {
                return plan_err!(
                    "parameter ${number} is used as {known} and as {other}: write a cast, as in ${number}::text"
                );
            }
        }
        Ok(())
    }
}

fn number_of(id: &str) -> Result<usize> {
    match id.strip_prefix('$').and_then(|digits| digits.parse().ok()) {
        Some(number @ 1..=PARAMETERS_MAX) => Ok(number),
        _ => plan_err!("parameters are numbered, from $1 to ${PARAMETERS_MAX}, and this is {id}"),
    }
}
