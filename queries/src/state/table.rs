//! The provider of a state table, in its three forms.

use std::sync::Arc;

use annals_projections::{Column, TableSchema, TableSnapshot};
use async_trait::async_trait;
use datafusion::arrow::datatypes::{Fields, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::moment::Moment;
use super::reading::{StateReading, Which};
use super::scope::Scope;
use crate::look::Look;
use crate::notes::Notes;
use crate::scan_exec::ScanExec;
use crate::signed;

const VALID_TO: Column = TableSchema::ENDING[2];

/// A state table as SQL sees it.
pub(crate) struct StateTable {
    snapshot: Arc<TableSnapshot>,
    schema: SchemaRef,
    /// The place of each of its columns in the snapshot.
    places: Vec<usize>,
    form: Form,
}

enum Form {
    Standing,
    History,
    At(Moment, Look),
}

impl StateTable {
    /// The rows that stand, in the order of their key.
    pub(crate) fn standing(snapshot: Arc<TableSnapshot>) -> Self {
        Self::of(snapshot, Form::Standing)
    }

    /// All rows, with the size at which they ended.
    pub(crate) fn history(snapshot: Arc<TableSnapshot>) -> Self {
        Self::of(snapshot, Form::History)
    }

    /// The rows that stood at a moment, in the order of their key: the same whatever the log has learned since.
    pub(crate) fn at(snapshot: Arc<TableSnapshot>, moment: Moment, look: Look) -> Self {
        Self::of(snapshot, Form::At(moment, look))
    }

    /// The rows of a table whose rows never end: `columns` of them, in that order.
    pub(crate) fn lasting(snapshot: Arc<TableSnapshot>, columns: &[&str]) -> Self {
        let schema = snapshot.schema.arrow();
        let places = columns.iter().map(|column| schema.index_of(column));
        let places: Vec<usize> = places.collect::<Result<_, _>>().expect("the table has these columns");
        let schema = signed::schema(&Arc::new(schema.project(&places).expect("they are its own places")));
        Self { schema, places, snapshot, form: Form::History }
    }

    /// How rows ended, history alone shows: at any moment before, nobody knew.
    fn of(snapshot: Arc<TableSnapshot>, form: Form) -> Self {
        let is_shown = |column: &str| {
            let ending = snapshot.schema.ending.iter().chain([&VALID_TO]);
            matches!(form, Form::History) || ending.into_iter().all(|ending| ending.name != column)
        };
        let schema = snapshot.schema.arrow();
        let places = (0..schema.fields().len()).filter(|&place| is_shown(schema.field(place).name()));
        let places: Vec<usize> = places.collect();
        let shown = places.iter().map(|&place| Arc::clone(&schema.fields()[place]));
        let shown = signed::schema(&Arc::new(Schema::new(shown.collect::<Fields>())));
        Self { schema: shown, places, snapshot, form }
    }

    fn read(&self, which: Which, columns: Vec<usize>) -> Result<ScanExec> {
        let schema = Arc::new(self.schema.project(&columns)?);
        let columns = columns.into_iter().map(|column| self.places[column]).collect();
        let snapshot = Arc::clone(&self.snapshot);
        Ok(ScanExec::new(&schema, Arc::new(StateReading { snapshot, which, columns }), None))
    }
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
        let (moment, look) = match &self.form {
            Form::Standing => return Ok(Arc::new(self.read(Which::Open, wanted)?.fetching(limit))),
            Form::History => return Ok(Arc::new(self.read(Which::All, wanted)?.fetching(limit))),
            Form::At(moment, look) => (*moment, look.clone()),
        };
        let (size, scope) = (look.reader.size(), Scope::of(self.snapshot.schema));
        let placed =
            tokio::task::spawn_blocking(move || moment.find(&look.reader, &look.tables, scope)).await;
        let place = placed.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))??;
        if let Some(note) = place.note {
            Notes::add(session, note);
        }
        let which = if place.size == size { Which::Open } else { Which::At(place.size) };
        Ok(Arc::new(self.read(which, wanted)?.fetching(limit)))
    }
}
