//! The provider of a fact table: pushes columns, ranges and limits down into the scan.

use std::sync::Arc;

use annals_log::TreeSize;
use annals_projections::Column;
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::FactTable;
use super::filter::{EntryFilter, EntryKey};
use super::reading::FactReading;
use crate::look::Look;
use crate::notes::Notes;
use crate::nothing_known;
use crate::scan_exec::ScanExec;

/// A fact table as SQL sees it.
#[derive(Debug)]
pub(crate) struct FactScan {
    table: &'static dyn FactTable,
    schema: SchemaRef,
    look: Look,
}

impl FactScan {
    pub(crate) fn new(table: &'static dyn FactTable, look: Look) -> Self {
        let is_cut = table.pushable().column(EntryKey::Index).is_some();
        assert!(
            table.by_entry() || !is_cut,
            "{}: a part of the log has not the rows of the whole",
            table.name()
        );
        Self { table, schema: Column::schema_of(&table.columns()), look }
    }

    /// Wants every entry that may have rows: none in a log that has no entry of the table's kinds.
    fn everything(&self) -> EntryFilter {
        let register = &self.look.tables.register;
        let is_empty = self.table.kinds().is_some_and(|kinds| register.span_of(kinds).is_none());
        EntryFilter::all(if is_empty { TreeSize(0) } else { self.look.reader.size() })
    }
}

#[async_trait]
impl TableProvider for FactScan {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let pushable = self.table.pushable();
        Ok(filters.iter().map(|filter| self.everything().take(filter, &pushable)).collect())
    }

    fn statistics(&self) -> Option<Statistics> {
        let count = self.everything().count().filter(|_| self.table.is_row_per_entry());
        let num_rows = count.map_or(Precision::Absent, Precision::Exact);
        Some(Statistics { num_rows, ..Statistics::new_unknown(&self.schema) })
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::new(self.schema.project(&columns)?);
        let pushable = self.table.pushable();
        let mut filter = self.everything();
        for wanted in filters {
            let taken = filter.take(wanted, &pushable);
            assert_ne!(
                taken,
                TableProviderFilterPushDown::Unsupported,
                "only filters that can be taken come"
            );
        }
        if let Some(evidence) = self.table.evidence() {
            nothing_known::tell(session, evidence, &self.look.tables, self.look.reader.size());
        }
        let index = pushable.column(EntryKey::Index);
        let ascending = schema.fields().iter().position(|field| Some(field.name().as_str()) == index);
        let (table, reader) = (self.table, Arc::clone(&self.look.reader));
        let lookups = self.look.lookups.clone().filter(|_| table.by_entry());
        let notes = Notes::of(session);
        let reading = Arc::new(FactReading { table, reader, lookups, filter, columns, notes });
        Ok(Arc::new(ScanExec::new(&schema, reading, ascending).fetching(limit)))
    }
}
