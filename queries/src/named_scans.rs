//! Names the scan of a table function after its arguments: DataFusion calls every `stats_at(...)` `stats_at()`, and
//! takes two scans of one name and schema for the same, whatever they read.

use datafusion::common::plan_err;
use datafusion::common::{DFSchema, TableReference};
use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::sql::sqlparser::ast::{FunctionArg, FunctionArgExpr, ObjectName, TableFactor};

/// Stands before DataFusion's own planner of table functions.
#[derive(Debug)]
pub(crate) struct NamedScans;

impl RelationPlanner for NamedScans {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let (name, arguments, alias) = match relation {
            TableFactor::Table { name, args: Some(arguments), alias, .. } => (name, arguments.args, alias),
            TableFactor::Function { name, args, alias, .. } => (name, args, alias),
            other => return Ok(RelationPlanning::Original(Box::new(other))),
        };
        let plan = scan(name, arguments, context)?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan.build()?, alias))))
    }
}

fn scan(
    name: ObjectName,
    arguments: Vec<FunctionArg>,
    context: &mut dyn RelationPlannerContext,
) -> Result<LogicalPlanBuilder> {
    let function = context.object_name_to_table_reference(name)?;
    let mut values = Vec::new();
    for argument in arguments {
        let FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) = argument else {
            return plan_err!("{function} takes its arguments in their order, and this is none: {argument}");
        };
        values.push(context.sql_expr_to_logical_expr(value, &DFSchema::empty())?);
    }
    let told: Vec<String> = values.iter().map(ToString::to_string).collect();
    let table = format!("{}({})", function.table(), told.join(", "));
    let source = context.context_provider().get_table_function_source(function.table(), values)?;
    LogicalPlanBuilder::scan(TableReference::bare(table), source, None)
}
