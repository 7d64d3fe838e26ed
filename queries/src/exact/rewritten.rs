//! Exchanges expressions of a plan, and keeps its columns' names.

use datafusion::common::DFSchema;
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::error::Result;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan};

/// How one whole expression of a node is exchanged.
pub(super) type Whole = fn(Expr, &DFSchema) -> Result<Expr>;

/// Exchanges all expressions of a plan, those of its subqueries included: each whole one by `whole`, then what is in it
/// by `part`, the innermost first.
pub(super) fn plan(
    plan: LogicalPlan,
    whole: fn(&LogicalPlan, &DFSchema) -> Result<Whole>,
    part: impl Fn(Expr, &DFSchema) -> Result<Transformed<Expr>>,
) -> Result<LogicalPlan> {
    let rewritten = plan.transform_up_with_subqueries(|plan| {
        let mut schema = merge_schema(&plan.inputs());
        if let LogicalPlan::TableScan(scan) = &plan {
            let source = scan.source.schema();
            schema.merge(&DFSchema::try_from_qualified_schema(scan.table_name.clone(), &source)?);
        }
        let whole = whole(&plan, &schema)?;
        let names = NamePreserver::new(&plan);
        let exchanged = plan.map_expressions(|expr| {
            let name = names.save(&expr);
            let expr = expr.transform_up(|expr| part(expr, &schema))?;
            let expr = expr.transform_data(|expr| Ok(Transformed::yes(whole(expr, &schema)?)))?;
            Ok(expr.update_data(|expr| name.restore(expr)))
        })?;
        exchanged.map_data(LogicalPlan::recompute_schema)
    })?;
    Ok(rewritten.data)
}
