//! Views that are written in SQL: a file in `views/` each, and its line in the list.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::datasource::ViewTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::prelude::SessionContext;
use futures_util::FutureExt as _;

/// A view, and the SQL that it stands for.
pub(crate) struct View {
    pub(crate) name: &'static str,
    /// The state tables that it takes rows from: without them there is no such view.
    pub(crate) over: &'static [&'static str],
    sql: &'static str,
}

pub(crate) const VIEWS: &[View] = &[
    View { name: "gpu_claims", over: &["miner_specs"], sql: include_str!("views/gpu_claims.sql") },
    View {
        name: "gpu_uuids_shared",
        over: &["gpu_inventory_history"],
        sql: include_str!("views/gpu_uuids_shared.sql"),
    },
    View {
        name: "penalized_history",
        over: &["penalized_hotkeys_history", "penalized_checklist_history"],
        sql: include_str!("views/penalized_history.sql"),
    },
    View { name: "gpu_never_together", over: &[], sql: include_str!("views/gpu_never_together.sql") },
    View { name: "scrape_refusals", over: &[], sql: include_str!("views/scrape_refusals.sql") },
];

impl View {
    /// Plans the view over the tables that `context` has.
    ///
    /// # Errors
    /// When a table has not the columns that it takes.
    pub(crate) fn plan(&self, context: &SessionContext) -> Result<Arc<dyn TableProvider>> {
        let state = context.state();
        // Every table is at hand, so a plan waits for nothing.
        let planned = state.create_logical_plan(self.sql).now_or_never();
        let waits = || DataFusionError::Internal(format!("{} waits for a table", self.name));
        let plan = planned.ok_or_else(waits)??;
        Ok(Arc::new(ViewTable::new(plan, Some(self.sql.trim().to_owned()))))
    }
}
