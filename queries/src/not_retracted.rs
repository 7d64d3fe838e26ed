//! The views `blocks`, `chain_events` and `extrinsics`: what was recorded of the chain, without what was taken back.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::{Column, JoinType};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::error::Result;
use datafusion::logical_expr::{LogicalPlanBuilder, col};

const RETRACTIONS: &str = "block_retractions";

/// Each view, and the table that it is a part of.
pub(crate) const VIEWS: [(&str, &str); 3] = [
    ("blocks", "recorded_blocks"),
    ("chain_events", "recorded_chain_events"),
    ("extrinsics", "recorded_extrinsics"),
];

/// The rows of `recorded` whose block counts, in their order. A block that was taken back and recorded again counts: a
/// retraction names one entry.
///
/// Costs a scan for retractions before the first row. They are what is held in memory, and they are few.
///
/// # Errors
/// When the tables have not the columns that it takes.
pub(crate) fn view(
    name: &str,
    recorded: Arc<dyn TableProvider>,
    retractions: Arc<dyn TableProvider>,
) -> Result<Arc<dyn TableProvider>> {
    // As SQL would say it; the plan below is the same.
    let definition = format!(
        "SELECT * FROM {name} WHERE NOT EXISTS \
         (SELECT 1 FROM {RETRACTIONS} WHERE retracted_index = {name}.log_index)"
    );
    let recorded = LogicalPlanBuilder::scan(name, provider_as_source(recorded), None)?.build()?;
    let on =
        (vec![Column::new(Some(RETRACTIONS), "retracted_index")], vec![Column::new(Some(name), "log_index")]);
    // What stands on the left is collected, what stands on the right passes by.
    let plan = LogicalPlanBuilder::scan(RETRACTIONS, provider_as_source(retractions), None)?
        .project(vec![col("retracted_index")])?
        .join(recorded, JoinType::RightAnti, on, None)?
        .build()?;
    Ok(Arc::new(ViewTable::new(plan, Some(definition))))
}
