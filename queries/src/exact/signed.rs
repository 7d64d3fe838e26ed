//! Counts and places as signed integers: what counts is subtracted, and an unsigned difference wraps.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::error::Result;
use datafusion::logical_expr::expr::{AggregateFunction, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawAggregateExpr, RawWindowExpr};
use datafusion::logical_expr::{Expr, ExprSchemable as _, LogicalPlan, WindowFunctionDefinition, cast};
use datafusion::optimizer::AnalyzerRule;

use super::rewritten;

/// Casts what scalar functions give without a sign, as `array_length` does.
#[derive(Debug)]
pub(super) struct SignedResults;

impl AnalyzerRule for SignedResults {
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        rewritten::plan(plan, |_, _| Ok(|expr, _| Ok(expr)), signed)
    }

    fn name(&self) -> &'static str {
        "signed_results"
    }
}

fn signed(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let is_call = matches!(expr, Expr::ScalarFunction(_));
    // A function whose arguments do not fit is refused later, with better words.
    if is_call && expr.get_type(schema).is_ok_and(|data_type| data_type.is_unsigned_integer()) {
        return Ok(Transformed::yes(cast(expr, DataType::Int64)));
    }
    Ok(Transformed::no(expr))
}

/// Casts what aggregates and windows give without a sign, as `row_number` does: a plan has them in nodes of their own,
/// so it is done while planning.
#[derive(Debug)]
pub(crate) struct SignedCounts;

/// The aggregates and windows of DataFusion 55 that give numbers without a sign.
const UNSIGNED: [&str; 6] = ["approx_distinct", "row_number", "rank", "dense_rank", "ntile", "grouping"];

impl ExprPlanner for SignedCounts {
    fn plan_aggregate(&self, raw: RawAggregateExpr) -> Result<PlannerResult<RawAggregateExpr>> {
        if !UNSIGNED.contains(&raw.func.name()) {
            return Ok(PlannerResult::Original(raw));
        }
        let RawAggregateExpr { func, args, distinct, filter, order_by, null_treatment } = raw;
        let call = AggregateFunction::new_udf(func, args, distinct, filter, order_by, null_treatment);
        Ok(PlannerResult::Planned(cast(Expr::AggregateFunction(call), DataType::Int64)))
    }

    fn plan_window(&self, raw: RawWindowExpr) -> Result<PlannerResult<RawWindowExpr>> {
        let is_unsigned = match &raw.func_def {
            WindowFunctionDefinition::AggregateUDF(function) => UNSIGNED.contains(&function.name()),
            WindowFunctionDefinition::WindowUDF(function) => UNSIGNED.contains(&function.name()),
        };
        if !is_unsigned {
            return Ok(PlannerResult::Original(raw));
        }
        let params = WindowFunctionParams {
            args: raw.args,
            partition_by: raw.partition_by,
            order_by: raw.order_by,
            window_frame: raw.window_frame,
            filter: raw.filter,
            null_treatment: raw.null_treatment,
            distinct: raw.distinct,
        };
        let call = WindowFunction { fun: raw.func_def, params };
        Ok(PlannerResult::Planned(cast(Expr::from(call), DataType::Int64)))
    }
}
