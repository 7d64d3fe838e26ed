//! The view `penalized`: every hotkey that a list of a validator's run names, and what upstream does to it.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, col, lit};

/// As SQL would say it; the plan below is the same.
const DEFINITION: &str = "SELECT hotkey, 'penalized_hotkeys' AS list, run_id, validator, valid_from AS since_size, \
     log_index, 'display' AS effect FROM penalized_hotkeys WHERE counts UNION ALL \
     SELECT hotkey, 'checklist', run_id, validator, valid_from, log_index, 'score_zero' FROM penalized_checklist \
     WHERE counts UNION ALL \
     SELECT hotkey, 'fixed_run', run_id, validator, valid_from, log_index, 'display' FROM penalized_checklist \
     WHERE in_fixed_run";

/// The view over the two tables.
///
/// # Errors
/// When they have not the columns that it takes.
pub(crate) fn view(
    hotkeys: Arc<dyn TableProvider>,
    checklist: Arc<dyn TableProvider>,
) -> Result<Arc<dyn TableProvider>> {
    let listed = part("penalized_hotkeys", hotkeys, col("counts"), "penalized_hotkeys", "display")?;
    let checked =
        part("penalized_checklist", Arc::clone(&checklist), col("counts"), "checklist", "score_zero")?;
    let fixed = part("penalized_checklist", checklist, col("in_fixed_run"), "fixed_run", "display")?;
    let all = listed.union(checked.build()?)?.union(fixed.build()?)?.build()?;
    Ok(Arc::new(ViewTable::new(all, Some(DEFINITION.to_owned()))))
}

fn part(
    table: &str,
    provider: Arc<dyn TableProvider>,
    filter: Expr,
    list: &str,
    effect: &str,
) -> Result<LogicalPlanBuilder> {
    LogicalPlanBuilder::scan(table, provider_as_source(provider), None)?.filter(filter)?.project(vec![
        col("hotkey"),
        lit(list).alias("list"),
        col("run_id"),
        col("validator"),
        col("valid_from").alias("since_size"),
        col("log_index"),
        lit(effect).alias("effect"),
    ])
}
