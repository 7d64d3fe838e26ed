//! Exactness where types decide it: integers that do not wrap, casts that round, intervals that are equal when they are
//! equally long, counts that have a sign. DataFusion 55 and Arrow do otherwise; PostgreSQL's manual is the rule.

mod arithmetic;
mod casts;
mod intervals;
mod only_value;
mod rewritten;
mod signed;
mod sum;
mod texts;
mod times;
mod zones;

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::error::Result;
use datafusion::logical_expr::binary::BinaryTypeCoercer;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    AggregateUDF, BinaryExpr, Cast, Expr, ExprSchemable as _, LogicalPlan, Operator, ScalarUDF, cast,
};
use datafusion::optimizer::{Analyzer, AnalyzerRule};

use crate::bounded;

pub(crate) use signed::SignedCounts;
pub(crate) use times::read_text;

/// DataFusion's rules, between two of our own: types are made to fit once all counts have a sign, and operators are
/// exchanged once their operands are of one type. `||` makes texts of `text_bytes` at once, at most.
pub(crate) fn analyzer_rules(text_bytes: usize) -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    let mut rules: Vec<Arc<dyn AnalyzerRule + Send + Sync>> = vec![Arc::new(signed::SignedResults)];
    rules.extend(Analyzer::new().rules);
    rules.push(Arc::new(Exact { joined: bounded::joined(text_bytes) }));
    rules
}

/// `sum`, which ends with an error where its result has no place, and the function that a subquery in the place of a
/// value is taken by.
pub(crate) fn aggregates() -> [AggregateUDF; 2] {
    [
        AggregateUDF::new_from_impl(sum::Sum::default()),
        AggregateUDF::new_from_impl(only_value::OnlyValue::default()),
    ]
}

/// Exchanges operators and casts.
#[derive(Debug)]
struct Exact {
    /// In the place of `||`.
    joined: Arc<ScalarUDF>,
}

impl AnalyzerRule for Exact {
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        rewritten::plan(plan, intervals::lengths_of_keys, |expr, schema| self.exchanged(expr, schema))
    }

    fn name(&self) -> &'static str {
        "exact"
    }
}

impl Exact {
    fn exchanged(&self, expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
        Ok(match expr {
            Expr::BinaryExpr(binary) => match intervals::compared(binary, schema)? {
                Ok(compared) => Transformed::yes(compared),
                Err(binary) if binary.op == Operator::StringConcat => self.joined(binary, schema)?,
                Err(binary) => arithmetic::checked(binary, schema)?,
            },
            Expr::Between(between) => intervals::between(between, schema)?,
            Expr::InList(list) => intervals::in_list(list, schema)?,
            Expr::Negative(expr) => arithmetic::negated(*expr, schema)?,
            Expr::Cast(cast) => exchanged_cast(cast, schema)?,
            Expr::TryCast(cast) => casts::tried(cast, schema)?,
            Expr::AggregateFunction(_)
            | Expr::WindowFunction(_)
            | Expr::ScalarFunction(_)
            | Expr::Case(_) => {
                intervals::refuse_in_call(&expr, schema)?;
                Transformed::no(expr)
            }
            expr => Transformed::no(expr),
        })
    }

    /// Lists are put together by `||`, too, and take no more than they did. A chain becomes one function. It makes
    /// texts of one type, and whatever stands around it was made to fit the type that the operator gives.
    fn joined(&self, binary: BinaryExpr, schema: &DFSchema) -> Result<Transformed<Expr>> {
        let (left, right) = (self.type_of_text(&binary.left, schema)?, binary.right.get_type(schema)?);
        if !left.is_string() || !right.is_string() {
            return Ok(Transformed::no(Expr::BinaryExpr(binary)));
        }
        let given = BinaryTypeCoercer::new(&left, &binary.op, &right).get_result_type()?;
        let mut texts = match self.without_cast(*binary.left) {
            Expr::ScalarFunction(call) if self.is_chain(&call) => call.args,
            left => vec![as_text(left, schema)?],
        };
        texts.push(as_text(*binary.right, schema)?);
        let call = Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&self.joined), texts));
        Ok(Transformed::yes(if given == DataType::Utf8 { call } else { cast(call, given) }))
    }

    fn is_chain(&self, call: &ScalarFunction) -> bool {
        Arc::ptr_eq(&call.func, &self.joined)
    }

    /// A chain's type is known without a look at all of its texts.
    fn type_of_text(&self, expr: &Expr, schema: &DFSchema) -> Result<DataType> {
        match expr {
            Expr::ScalarFunction(call) if self.is_chain(call) => Ok(DataType::Utf8),
            Expr::Cast(cast) => Ok(cast.field.data_type().clone()),
            expr => expr.get_type(schema),
        }
    }

    /// Returns the chain that is cast to another type of text, else `expr`.
    fn without_cast(&self, expr: Expr) -> Expr {
        match expr {
            Expr::Cast(Cast { expr: inner, field })
                if matches!(&*inner, Expr::ScalarFunction(call) if self.is_chain(call))
                    && field.data_type().is_string() =>
            {
                *inner
            }
            expr => expr,
        }
    }
}

fn as_text(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    Ok(if expr.get_type(schema)? == DataType::Utf8 { expr } else { cast(expr, DataType::Utf8) })
}

fn exchanged_cast(cast: Cast, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let cast = match zones::changed(cast, schema)? {
        Ok(changed) => return Ok(Transformed::yes(changed)),
        Err(cast) => cast,
    };
    let cast = match times::with_seconds(cast) {
        Ok(literal) => return Ok(Transformed::yes(literal)),
        Err(cast) => cast,
    };
    match texts::written(cast, schema)? {
        Ok(text) => Ok(Transformed::yes(text)),
        Err(cast) => casts::rounded(cast, schema),
    }
}
