//! The provider of a state table, in its forms.

use std::sync::Arc;

use annals_log::TreeSize;
use annals_projections::{Column, TableSchema, TableSnapshot};
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::moment::Moment;
use super::reading::{SINCE_AND_UNTIL, StateReading, Which};
use super::scope::Scope;
use crate::look::Look;
use crate::notes::Notes;
use crate::nothing_known;
use crate::scan_exec::ScanExec;

const VALID_TO: Column = TableSchema::ENDING[2];

/// A state table as SQL sees it.
pub(crate) struct StateTable {
    snapshot: Arc<TableSnapshot>,
    schema: SchemaRef,
    /// The place of each of its columns in the snapshot.
    places: Vec<usize>,
    form: Form,
    look: Look,
}

enum Form {
    Standing,
    History,
    /// The rows never end.
    Lasting,
    At(Moment),
}

impl StateTable {
    /// The rows that stand, in the order of their key.
    pub(crate) fn standing(snapshot: Arc<TableSnapshot>, look: Look) -> Self {
        Self::of(snapshot, Form::Standing, look)
    }

    /// All rows, with the size at which they ended, and when the log reached that.
    pub(crate) fn history(snapshot: Arc<TableSnapshot>, look: Look) -> Self {
        Self::of(snapshot, Form::History, look)
    }

    /// The rows that stood at a moment, in the order of their key: the same whatever the log has learned since.
    pub(crate) fn at(snapshot: Arc<TableSnapshot>, moment: Moment, look: Look) -> Self {
        Self::of(snapshot, Form::At(moment), look)
    }

    /// The rows of a table whose rows never end: `columns` of them, in that order.
    pub(crate) fn lasting(snapshot: Arc<TableSnapshot>, columns: &[&str], look: Look) -> Self {
        let schema = snapshot.schema.arrow();
        let places = columns.iter().map(|column| schema.index_of(column));
        let places: Vec<usize> = places.collect::<Result<_, _>>().expect("the table has these columns");
        let schema = Arc::new(schema.project(&places).expect("they are its own places"));
        Self { schema, places, snapshot, form: Form::Lasting, look }
    }

    /// How rows ended, history alone shows: at any moment before, nobody knew.
    fn of(snapshot: Arc<TableSnapshot>, form: Form, look: Look) -> Self {
        let of_end: Vec<&str> =
            snapshot.schema.ending.iter().chain([&VALID_TO]).map(|end| end.name).collect();
        let is_history = matches!(form, Form::History);
        let columns: Vec<(usize, &Column)> = snapshot
            .schema
            .all_columns()
            .chain(SINCE_AND_UNTIL.iter().filter(|_| is_history))
            .enumerate()
            .filter(|(_, column)| is_history || !of_end.contains(&column.name))
            .collect();
        let schema = Column::schema_of(columns.iter().map(|&(_, column)| column));
        let places = columns.into_iter().map(|(place, _)| place).collect();
        Self { schema, places, snapshot, form, look }
    }

    fn read(&self, which: Which, columns: Vec<usize>, session: &dyn Session) -> Result<ScanExec> {
        let schema = Arc::new(self.schema.project(&columns)?);
        let columns = columns.into_iter().map(|column| self.places[column]).collect();
        let (snapshot, times) = (Arc::clone(&self.snapshot), Arc::clone(&self.look.times));
        let reading = StateReading { snapshot, which, columns, times, notes: Notes::of(session) };
        Ok(ScanExec::new(&schema, Arc::new(reading), None))
    }

    /// Finds the size of a moment, and tells what has to be said of it.
    async fn size_at(&self, moment: Moment, session: &dyn Session) -> Result<TreeSize> {
        let (look, scope) = (self.look.clone(), Scope::of(self.snapshot.schema));
        let placed =
            tokio::task::spawn_blocking(move || moment.find(&look.reader, &look.tables, scope)).await;
        let place = placed.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))??;
        if let Some(note) = place.note {
            Notes::add(session, note);
        }
        Ok(place.size)
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
            Form::History | Form::Lasting | Form::At(_) => Precision::Absent,
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
        let size = match self.form {
            Form::At(moment) => self.size_at(moment, session).await?,
            _ => self.look.reader.size(),
        };
        for &evidence in self.snapshot.schema.evidence {
            nothing_known::tell(session, evidence, &self.look.tables, size);
        }
        let which = match self.form {
            Form::Standing => Which::Open,
            Form::History | Form::Lasting => Which::All,
            Form::At(_) if size == self.look.reader.size() => Which::Open,
            Form::At(_) => Which::At(size),
        };
        Ok(Arc::new(self.read(which, wanted, session)?.fetching(limit)))
    }
}
