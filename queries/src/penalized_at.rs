//! `penalized_at(what, value)`: the view `penalized` as it was.

use std::sync::Arc;

use annals_projections::TableSnapshot;
use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::error::Result;

use crate::look::Look;
use crate::penalized::Lists;
use crate::state::{Moment, StateTable};

/// The function over the two tables, both with a past.
pub(crate) struct PenalizedAt {
    pub(crate) hotkeys: Arc<TableSnapshot>,
    pub(crate) checklist: Arc<TableSnapshot>,
    pub(crate) look: Look,
}

impl std::fmt::Debug for PenalizedAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("penalized_at")
    }
}

impl TableFunctionImpl for PenalizedAt {
    fn call_with_args(&self, arguments: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let moment = Moment::of("penalized", arguments.exprs())?;
        let told: Vec<String> = arguments.exprs().iter().map(ToString::to_string).collect();
        let at = |snapshot: &Arc<TableSnapshot>| -> (String, Arc<dyn TableProvider>) {
            let name = format!("{}_at({})", snapshot.schema.name, told.join(", "));
            (name, Arc::new(StateTable::at(Arc::clone(snapshot), moment, self.look.clone())))
        };
        Lists { hotkeys: at(&self.hotkeys), checklist: at(&self.checklist) }.view()
    }
}
