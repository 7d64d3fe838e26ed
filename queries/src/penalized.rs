//! The view `penalized`: every hotkey that a list of a validator's run names, and what upstream does to it.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
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

/// The two tables, each with the name under which it is scanned: scans of one name and schema are taken for the same.
pub(crate) struct Lists {
    pub(crate) hotkeys: (String, Arc<dyn TableProvider>),
    pub(crate) checklist: (String, Arc<dyn TableProvider>),
}

impl Lists {
    /// Returns the view over the two tables.
    ///
    /// # Errors
    /// When they have not the columns that it takes.
    pub(crate) fn view(&self) -> Result<Arc<dyn TableProvider>> {
        let listed = part(&self.hotkeys, col("counts"), "penalized_hotkeys", "display")?;
        let checked = part(&self.checklist, col("counts"), "checklist", "score_zero")?;
        let fixed = part(&self.checklist, col("in_fixed_run"), "fixed_run", "display")?;
        let all = listed.union(checked.build()?)?.union(fixed.build()?)?.build()?;
        Ok(Arc::new(ViewTable::new(all, Some(DEFINITION.to_owned()))))
    }
}

fn part(
    (name, provider): &(String, Arc<dyn TableProvider>),
    filter: Expr,
    list: &str,
    effect: &str,
) -> Result<LogicalPlanBuilder> {
    let source = provider_as_source(Arc::clone(provider));
    LogicalPlanBuilder::scan(TableReference::bare(name.as_str()), source, None)?.filter(filter)?.project(
        vec![
            col("hotkey"),
            lit(list).alias("list"),
            col("run_id"),
            col("validator"),
            col("valid_from").alias("since_size"),
            col("log_index"),
            lit(effect).alias("effect"),
        ],
    )
}
