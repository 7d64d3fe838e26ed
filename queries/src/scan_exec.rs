//! The one leaf of all plans: something that is read from front to back on a blocking thread, batch by batch.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Statistics, internal_err};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::metrics::{Count, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use tokio::sync::mpsc::Sender;

use crate::signed;

/// Batches that wait to be taken, at most; the reader then waits too.
const BATCHES_AHEAD: usize = 2;
/// Where the first batch has one row, each is this many times as large as the one before.
const BATCH_GROWTH: usize = 8;
/// The largest batch then: rows that are only handed on gain nothing by waiting for each other, and take room.
const BATCH_ROWS_HANDED_ON: usize = 2048;

/// Something that can be read from front to back, as often as wanted, with the same rows every time.
pub(crate) trait Reading: fmt::Debug + Send + Sync + 'static {
    /// As `EXPLAIN` shows it.
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// Of all that [`Reading::read`] gives.
    fn row_count(&self) -> Precision<usize> {
        Precision::Absent
    }

    /// Pushes batches into `sink` until it is over, or the sink has enough.
    ///
    /// # Errors
    /// The query then fails with it.
    fn read(&self, sink: &mut Sink) -> Result<()>;
}

/// Where a [`Reading`] pushes its batches.
pub(crate) struct Sink {
    batches: Sender<Result<RecordBatch>>,
    rows_left: Option<usize>,
    /// The number of rows that make a batch, unless it is full before.
    batch_rows: usize,
    output_rows: Count,
    counters: ExecutionPlanMetricsSet,
}

/// Reads a [`Reading`], up to `fetch` rows of it.
#[derive(Debug)]
pub(crate) struct ScanExec {
    reading: Arc<dyn Reading>,
    fetch: Option<usize>,
    /// The first batch has one row, and those behind it grow, to a quarter of what they are elsewhere.
    begins_small: bool,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

/// Makes a plan that only reads rows, and computes none from several, give its first one before there is a batch full.
/// Any other plan stays as it is: sums of floats depend on where batches begin.
///
/// # Errors
/// A mistake of ours.
pub(crate) fn first_rows_at_once(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    if let Some(scan) = plan.downcast_ref::<ScanExec>() {
        return Ok(Arc::new(ScanExec { begins_small: true, ..scan.fetching(scan.fetch) }));
    }
    let passes_on =
        plan.downcast_ref::<ProjectionExec>().is_some() || plan.downcast_ref::<CooperativeExec>().is_some();
    if !passes_on {
        return Ok(plan);
    }
    let inputs = plan.children().into_iter().cloned().map(first_rows_at_once).collect::<Result<_>>()?;
    plan.replace_children(inputs, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Keep))
}

impl Sink {
    /// Hands a batch on, waiting for its turn. `Break`: nobody wants another.
    pub(crate) fn push(&mut self, batch: RecordBatch) -> ControlFlow<()> {
        if self.batch_rows < BATCH_ROWS_HANDED_ON {
            self.batch_rows = (self.batch_rows * BATCH_GROWTH).min(BATCH_ROWS_HANDED_ON);
        }
        let count = batch.num_rows().min(self.rows_left.unwrap_or(usize::MAX));
        self.rows_left = self.rows_left.map(|left| left - count);
        self.output_rows.add(count);
        let batch = if count < batch.num_rows() { batch.slice(0, count) } else { batch };
        let batch = signed::rows(&batch);
        let is_whole = batch.is_ok();
        if count > 0 && (self.batches.blocking_send(batch).is_err() || !is_whole) {
            return ControlFlow::Break(());
        }
        self.wants_more()
    }

    /// `Break` when there were rows enough, or the query is over. To be asked now and then where rows are rare.
    pub(crate) fn wants_more(&self) -> ControlFlow<()> {
        if self.rows_left == Some(0) || self.batches.is_closed() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// How many rows are still wanted, at most.
    pub(crate) fn rows_left(&self) -> usize {
        self.rows_left.unwrap_or(usize::MAX)
    }

    /// The number of rows that make the next batch, unless it is full before.
    pub(crate) fn batch_rows(&self) -> usize {
        self.batch_rows
    }

    /// Something to count, as `EXPLAIN ANALYZE` shows it.
    pub(crate) fn counter(&self, name: &'static str) -> Count {
        MetricBuilder::new(&self.counters).counter(name, 0)
    }
}

impl ScanExec {
    /// `ascending` is the place of a column that the rows are in the order of.
    pub(crate) fn new(schema: &SchemaRef, reading: Arc<dyn Reading>, ascending: Option<usize>) -> Self {
        let schema = signed::schema(schema);
        let order = ascending.map(|place| {
            let column =
                datafusion::physical_expr::expressions::Column::new(schema.field(place).name(), place);
            [PhysicalSortExpr::new_default(Arc::new(column))]
        });
        let properties = PlanProperties::new(
            EquivalenceProperties::new_with_orderings(schema, order),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let metrics = ExecutionPlanMetricsSet::new();
        Self { reading, fetch: None, begins_small: false, properties: Arc::new(properties), metrics }
    }

    /// The first `fetch` rows of the same.
    pub(crate) fn fetching(&self, fetch: Option<usize>) -> Self {
        Self {
            reading: Arc::clone(&self.reading),
            fetch,
            begins_small: self.begins_small,
            properties: Arc::clone(&self.properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }
}

impl DisplayAs for ScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScanExec: ")?;
        self.reading.describe(f)?;
        let schema = self.properties.eq_properties.schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        write!(f, ", columns=[{}]", names.join(", "))?;
        self.fetch.map_or(Ok(()), |fetch| write!(f, ", fetch={fetch}"))
    }
}

impl ExecutionPlan for ScanExec {
    fn name(&self) -> &'static str {
        "ScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if children.is_empty() { Ok(self) } else { internal_err!("a scan has no children") }
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Keep))
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        assert_eq!(partition, 0, "a scan has one partition");
        let mut stream = RecordBatchReceiverStreamBuilder::new(self.schema(), BATCHES_AHEAD);
        let mut sink = Sink {
            batches: stream.tx(),
            rows_left: self.fetch,
            batch_rows: if self.begins_small { 1 } else { usize::MAX },
            output_rows: MetricBuilder::new(&self.metrics).output_rows(0),
            counters: self.metrics.clone(),
        };
        let reading = Arc::clone(&self.reading);
        stream.spawn_blocking(move || reading.read(&mut sink));
        Ok(stream.build())
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(&self, _: &[Arc<Statistics>], _: &StatisticsArgs) -> Result<Arc<Statistics>> {
        let fetch = self.fetch.unwrap_or(usize::MAX);
        let num_rows = match self.reading.row_count() {
            Precision::Exact(count) => Precision::Exact(count.min(fetch)),
            Precision::Inexact(count) => Precision::Inexact(count.min(fetch)),
            Precision::Absent => Precision::Absent,
        };
        Ok(Arc::new(Statistics { num_rows, ..Statistics::new_unknown(&self.schema()) }))
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        Some(Arc::new(self.fetching(limit)))
    }

    fn fetch(&self) -> Option<usize> {
        self.fetch
    }
}
