//! Keeps `UNION` in order: DataFusion runs its parts at once, and gives rows as they come.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::config::ConfigOptions;
use datafusion::common::internal_err;
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties as _, Partitioning, PlanProperties,
};
use tokio::sync::mpsc::Sender;

/// Puts an [`InOrderExec`] over every union. To run first: then all above sees one partition.
#[derive(Debug)]
pub(crate) struct UnionsInOrder;

/// Gives the partitions of its input one after the other, each begun when the one before is over.
#[derive(Debug)]
struct InOrderExec {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl PhysicalOptimizerRule for UnionsInOrder {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let in_order = |plan: Arc<dyn ExecutionPlan>| {
            Ok(if plan.downcast_ref::<UnionExec>().is_some() {
                Transformed::yes(Arc::new(InOrderExec::new(plan)) as Arc<dyn ExecutionPlan>)
            } else {
                Transformed::no(plan)
            })
        };
        plan.transform_up(in_order).data()
    }

    fn name(&self) -> &'static str {
        "unions_in_order"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

impl InOrderExec {
    fn new(input: Arc<dyn ExecutionPlan>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { input, properties: Arc::new(properties) }
    }
}

impl DisplayAs for InOrderExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InOrderExec")
    }
}

impl ExecutionPlan for InOrderExec {
    fn name(&self) -> &'static str {
        "InOrderExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.len()) {
            (Some(input), 0) => Ok(Arc::new(Self::new(input))),
            _ => internal_err!("a union is put in order alone"),
        }
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        assert_eq!(partition, 0, "what is in order has one partition");
        let mut stream = RecordBatchReceiverStreamBuilder::new(self.schema(), 1);
        stream.spawn(pass_on(Arc::clone(&self.input), context, stream.tx()));
        Ok(stream.build())
    }
}

/// An error ends the query as soon as it is received; an end of the receiver ends this.
async fn pass_on(
    input: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    batches: Sender<Result<RecordBatch>>,
) -> Result<()> {
    for partition in 0..input.output_partitioning().partition_count() {
        let mut part = input.execute(partition, Arc::clone(&context))?;
        while let Some(batch) = poll_fn(|waker| part.as_mut().poll_next(waker)).await {
            if batches.send(batch).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}
