//! `sum`, whose sums of integers are kept in 128 bits and end with an error where 64 do not hold them: DataFusion's own
//! wrap.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{ScalarValue, exec_datafusion_err};
use datafusion::error::Result;
use datafusion::functions_aggregate::sum::Sum as Unchecked;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, SetMonotonicity, Signature,
};

/// No sum of 64-bit integers that anybody lives to see needs more.
const WIDE: DataType = DataType::Decimal128(38, 0);

/// DataFusion's `sum`, which takes integers as decimals.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Sum(Unchecked);

/// Calls `make` with arguments that are of the wide type.
fn widened<T>(args: AccumulatorArgs<'_>, make: impl FnOnce(AccumulatorArgs<'_>) -> Result<T>) -> Result<T> {
    let wide = |name: &str| -> FieldRef { Arc::new(Field::new(name, WIDE, true)) };
    let fields: Vec<FieldRef> = args.expr_fields.iter().map(|field| wide(field.name())).collect();
    let AccumulatorArgs {
        return_field,
        schema,
        ignore_nulls,
        order_bys,
        is_reversed,
        name,
        is_distinct,
        exprs,
        ..
    } = args;
    make(AccumulatorArgs {
        return_field: wide(return_field.name()),
        expr_fields: &fields,
        schema,
        ignore_nulls,
        order_bys,
        is_reversed,
        name,
        is_distinct,
        exprs,
    })
}

fn is_integer(args: &AccumulatorArgs<'_>) -> bool {
    args.return_field.data_type().is_integer()
}

type Made = fn(&Unchecked, AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>>;

impl Sum {
    fn made_by(&self, made: Made, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        if !is_integer(&args) {
            return made(&self.0, args);
        }
        let to = args.return_field.data_type().clone();
        let inner = widened(args, |args| made(&self.0, args))?;
        Ok(Box::new(Wide { inner, to }))
    }
}

impl AggregateUDFImpl for Sum {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn signature(&self) -> &Signature {
        self.0.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.0.return_type(types)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        self.made_by(Unchecked::accumulator, args)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        if !args.return_field.data_type().is_integer() {
            return self.0.state_fields(args);
        }
        let return_field = Arc::new(Field::new(args.return_field.name(), WIDE, true));
        self.0.state_fields(StateFieldsArgs { return_field, ..args })
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        self.0.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        if !is_integer(&args) {
            return self.0.create_groups_accumulator(args);
        }
        let to = args.return_field.data_type().clone();
        let inner = widened(args, |args| self.0.create_groups_accumulator(args))?;
        Ok(Box::new(WideGroups { inner, to }))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        self.made_by(Unchecked::create_sliding_accumulator, args)
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn set_monotonicity(&self, data_type: &DataType) -> SetMonotonicity {
        self.0.set_monotonicity(data_type)
    }
}

/// A sum of one group, or of a window.
#[derive(Debug)]
struct Wide {
    inner: Box<dyn Accumulator>,
    to: DataType,
}

impl Accumulator for Wide {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.update_batch(&wide(values)?)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let sum = self.inner.evaluate()?.to_array()?;
        ScalarValue::try_from_array(&narrow(&sum, &self.to)?, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.inner.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.inner.merge_batch(states)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.retract_batch(&wide(values)?)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }
}

/// Sums of many groups.
struct WideGroups {
    inner: Box<dyn GroupsAccumulator>,
    to: DataType,
}

impl GroupsAccumulator for WideGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        filter: Option<&BooleanArray>,
        groups: usize,
    ) -> Result<()> {
        self.inner.update_batch(&wide(values)?, group_indices, filter, groups)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        narrow(&self.inner.evaluate(emit_to)?, &self.to)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.inner.state(emit_to)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], groups: usize) -> Result<()> {
        self.inner.merge_batch(values, group_indices, groups)
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        self.inner.convert_to_state(&wide(values)?, filter)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.inner.size()
    }
}

fn wide(values: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
    values.iter().map(|values| Ok(cast(values, &WIDE)?)).collect()
}

fn narrow(sums: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(sums, to, &options)
        .map_err(|error| exec_datafusion_err!("bigint is out of range: a sum, {error}"))
}
