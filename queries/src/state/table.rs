//! The provider of a state table, in its three forms.

use std::sync::Arc;

use annals_log::Reader;
use annals_projections::{TableSchema, TableSnapshot};
use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::moment::Moment;
use super::reading::{StateReading, Which};
use crate::notes::Notes;
use crate::scan_exec::ScanExec;

/// A state table as SQL sees it.
pub(crate) struct StateTable {
    snapshot: Arc<TableSnapshot>,
    schema: SchemaRef,
    form: Form,
}

enum Form {
    Standing,
    History,
    At(Moment, Arc<Reader>),
}

impl StateTable {
    /// The rows that stand, in the order of their key.
    pub(crate) fn standing(snapshot: Arc<TableSnapshot>) -> Self {
        Self { schema: without_valid_to(&snapshot), snapshot, form: Form::Standing }
    }

    /// All rows, with the size at which they ended.
    pub(crate) fn history(snapshot: Arc<TableSnapshot>) -> Self {
        Self { schema: snapshot.schema.arrow(), snapshot, form: Form::History }
    }

    /// The rows that stood at a moment, in the order of their key: the same whatever the log has learned since.
    pub(crate) fn at(snapshot: Arc<TableSnapshot>, moment: Moment, reader: Arc<Reader>) -> Self {
        Self { schema: without_valid_to(&snapshot), snapshot, form: Form::At(moment, reader) }
    }

    fn read(&self, which: Which, columns: Vec<usize>) -> Result<ScanExec> {
        let schema = Arc::new(self.schema.project(&columns)?);
        let snapshot = Arc::clone(&self.snapshot);
        Ok(ScanExec::new(&schema, Arc::new(StateReading { snapshot, which, columns }), None))
    }
}

fn without_valid_to(snapshot: &TableSnapshot) -> SchemaRef {
    let schema = snapshot.schema.arrow();
    let shown = schema.fields().len() - 1;
    assert_eq!(schema.field(shown).name(), TableSchema::ENDING[2].name, "a table ends with valid_to");
    Arc::new(Schema::new(schema.fields()[..shown].to_vec()))
}

impl std::fmt::Debug for StateTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.snapshot.schema.name)
    }
}

#[async_trait]
impl TableProvider for StateTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn statistics(&self) -> Option<Statistics> {
        let num_rows = match self.form {
            Form::Standing => Precision::Exact(self.snapshot.open.num_rows()),
            Form::History | Form::At(..) => Precision::Absent,
        };
        Some(Statistics { num_rows, ..Statistics::new_unknown(&self.schema) })
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let wanted = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let (moment, reader) = match &self.form {
            Form::Standing => return Ok(Arc::new(self.read(Which::Open, wanted)?.fetching(limit))),
            Form::History => return Ok(Arc::new(self.read(Which::All, wanted)?.fetching(limit))),
            Form::At(moment, reader) => (*moment, Arc::clone(reader)),
        };
        let size = reader.size();
        let placed = tokio::task::spawn_blocking(move || moment.find(&reader)).await;
        let place = placed.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))??;
        if let Some(note) = place.note {
            Notes::add(session, note);
        }
        let which = if place.size == size { Which::Open } else { Which::At(place.size) };
        Ok(Arc::new(self.read(which, wanted)?.fetching(limit)))
    }
}
