//! `<table>_at(what, value)`: a table as it was.

use std::sync::Arc;

use annals_projections::TableSnapshot;
use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::error::{DataFusionError, Result};

use super::moment::Moment;
use super::moment_error::MomentError;
use super::table::StateTable;
use crate::look::Look;

/// The function of one table. Tables without history have one too, to say that they have none.
pub(crate) struct AtFunction {
    snapshot: Arc<TableSnapshot>,
    look: Look,
}

impl AtFunction {
    pub(crate) fn new(snapshot: Arc<TableSnapshot>, look: Look) -> Self {
        Self { snapshot, look }
    }
}

impl std::fmt::Debug for AtFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_at", self.snapshot.schema.name)
    }
}

impl TableFunctionImpl for AtFunction {
    fn call_with_args(&self, arguments: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let table = self.snapshot.schema.name;
        if !self.snapshot.schema.keeps_history {
            let error = MomentError::NoHistory { table: table.to_owned() };
            return Err(DataFusionError::External(Box::new(error)));
        }
        let moment = Moment::of(table, arguments.exprs())?;
        Ok(Arc::new(StateTable::at(Arc::clone(&self.snapshot), moment, self.look.clone())))
    }
}
