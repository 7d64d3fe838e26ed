//! Intervals are as long as they are: a day has 24 hours and a month 30 days, as PostgreSQL compares them. Arrow
//! compares months, days and nanoseconds each for itself.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{AsArray as _, Decimal128Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, IntervalMonthDayNanoType, IntervalUnit};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::expr::{Case, InList, WindowFunction};
use datafusion::logical_expr::{
    Between, BinaryExpr, ColumnarValue, Distinct, Expr, ExprSchemable as _, LogicalPlan, Operator,
    ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::rewritten::Whole;
use crate::interval::nanoseconds;

/// In nanoseconds.
const LENGTH: DataType = DataType::Decimal128(38, 0);
const REFUSED: &str = "intervals are not grouped, numbered, aggregated or told apart by functions here: do it by their seconds, \
                       extract(epoch from ...)";

/// Functions that compare their arguments.
const COMPARING: [&str; 3] = ["greatest", "least", "nullif"];

static LENGTH_OF: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
    Arc::new(ScalarUDF::new_from_impl(Length(Signature::user_defined(Volatility::Immutable))))
});

/// Compares lengths.
///
/// # Errors
/// The inner one is the expression, when it compares no intervals.
pub(super) fn compared(
    binary: BinaryExpr,
    schema: &DFSchema,
) -> Result<std::result::Result<Expr, BinaryExpr>> {
    let compares_intervals =
        compares(binary.op) && is_interval(&binary.left, schema)? && is_interval(&binary.right, schema)?;
    if !compares_intervals {
        return Ok(Err(binary));
    }
    let (left, right) = (Box::new(length(*binary.left)), Box::new(length(*binary.right)));
    Ok(Ok(Expr::BinaryExpr(BinaryExpr { left, op: binary.op, right })))
}

fn compares(op: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}

/// The same for `BETWEEN`.
pub(super) fn between(between: Between, schema: &DFSchema) -> Result<Transformed<Expr>> {
    if !is_interval(&between.expr, schema)? {
        return Ok(Transformed::no(Expr::Between(between)));
    }
    let Between { expr, negated, low, high } = between;
    let [expr, low, high] = [expr, low, high].map(|expr| Box::new(length(*expr)));
    Ok(Transformed::yes(Expr::Between(Between { expr, negated, low, high })))
}

/// The same for `IN` and a list.
pub(super) fn in_list(list: InList, schema: &DFSchema) -> Result<Transformed<Expr>> {
    if !is_interval(&list.expr, schema)? {
        return Ok(Transformed::no(Expr::InList(list)));
    }
    let InList { expr, list, negated } = list;
    let (expr, list) = (Box::new(length(*expr)), list.into_iter().map(length).collect());
    Ok(Transformed::yes(Expr::InList(InList { expr, list, negated })))
}

/// How the keys of a sort or a join become lengths; other nodes keep what they have.
///
/// # Errors
/// Rows are told apart by an interval.
pub(super) fn lengths_of_keys(plan: &LogicalPlan, schema: &DFSchema) -> Result<Whole> {
    match plan {
        LogicalPlan::Sort(_) | LogicalPlan::Join(_) => Ok(length_of_key),
        LogicalPlan::Aggregate(aggregate) => {
            for by in &aggregate.group_expr {
                refuse(by, schema)?;
            }
            Ok(|expr, _| Ok(expr))
        }
        LogicalPlan::Distinct(Distinct::All(input)) => {
            let mut types = input.schema().fields().iter().map(|field| field.data_type());
            if types.any(|data_type| matches!(data_type, DataType::Interval(_))) {
                return plan_err!("{REFUSED}");
            }
            Ok(|expr, _| Ok(expr))
        }
        _ => Ok(|expr, _| Ok(expr)),
    }
}

fn length_of_key(key: Expr, schema: &DFSchema) -> Result<Expr> {
    Ok(if is_interval(&key, schema)? { length(key) } else { key })
}

/// # Errors
/// An aggregate, a window, a function or a `CASE` compares intervals.
pub(super) fn refuse_in_call(call: &Expr, schema: &DFSchema) -> Result<()> {
    match call {
        Expr::AggregateFunction(call) if !matches!(call.func.name(), "count" | "array_agg") => {
            call.params.args.iter().try_for_each(|argument| refuse(argument, schema))
        }
        Expr::ScalarFunction(call) if COMPARING.contains(&call.func.name()) => {
            call.args.iter().try_for_each(|argument| refuse(argument, schema))
        }
        Expr::Case(Case { expr: Some(compared), .. }) => refuse(compared, schema),
        Expr::WindowFunction(call) => {
            let WindowFunction { params, .. } = &**call;
            let order = params.order_by.iter().map(|by| &by.expr);
            params.partition_by.iter().chain(order).try_for_each(|key| refuse(key, schema))
        }
        _ => Ok(()),
    }
}

fn refuse(expr: &Expr, schema: &DFSchema) -> Result<()> {
    if is_interval(expr, schema)? {
        return plan_err!("{REFUSED}");
    }
    Ok(())
}

fn is_interval(expr: &Expr, schema: &DFSchema) -> Result<bool> {
    Ok(matches!(expr.get_type(schema)?, DataType::Interval(_)))
}

fn length(expr: Expr) -> Expr {
    LENGTH_OF.call(vec![expr])
}

/// In nanoseconds.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Length(Signature);

impl ScalarUDFImpl for Length {
    fn name(&self) -> &'static str {
        "length_of_interval"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(types.to_vec())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(LENGTH)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let intervals = cast(&arrays[0], &DataType::Interval(IntervalUnit::MonthDayNano))?;
        let intervals = intervals.as_primitive::<IntervalMonthDayNanoType>().iter();
        let lengths = intervals.map(|interval| interval.map(nanoseconds));
        let lengths: Decimal128Array = lengths.collect();
        Ok(ColumnarValue::Array(Arc::new(lengths.with_data_type(LENGTH))))
    }
}
