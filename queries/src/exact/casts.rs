//! Casts of numbers to integers, which round: Arrow cuts off what is behind the point.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{ArrayRef, AsArray as _, Float64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::functions::math;
use datafusion::logical_expr::{
    Cast, ColumnarValue, Expr, ExprSchemable as _, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    TryCast, Volatility,
};

static TO_EVEN: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
    Arc::new(ScalarUDF::new_from_impl(RoundToEven(Signature::user_defined(Volatility::Immutable))))
});

/// Rounds before a cast.
pub(super) fn rounded(cast: Cast, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let Cast { expr, field } = cast;
    let rounded = round(*expr, field.data_type(), schema)?;
    Ok(rounded.update_data(|expr| Expr::Cast(Cast { expr: Box::new(expr), field })))
}

/// The same for a cast that gives null for what it cannot cast.
pub(super) fn tried(cast: TryCast, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let TryCast { expr, field } = cast;
    let rounded = round(*expr, field.data_type(), schema)?;
    Ok(rounded.update_data(|expr| Expr::TryCast(TryCast { expr: Box::new(expr), field })))
}

fn round(expr: Expr, to: &DataType, schema: &DFSchema) -> Result<Transformed<Expr>> {
    if !to.is_integer() {
        return Ok(Transformed::no(expr));
    }
    Ok(match (&expr, expr.get_type(schema)?) {
        // PostgreSQL takes a number with a point for a decimal.
        (Expr::Literal(ScalarValue::Float64(Some(value)), metadata), _) => {
            let value = ScalarValue::Float64(Some(value.round()));
            Transformed::yes(Expr::Literal(value, metadata.clone()))
        }
        (_, from) if from.is_floating() => Transformed::yes(TO_EVEN.call(vec![expr])),
        (_, from) if from.is_decimal() => Transformed::yes(math::round().call(vec![expr])),
        _ => Transformed::no(expr),
    })
}

/// To the nearest integer, of two equally near to the even one, as IEEE 754 does by itself and PostgreSQL with it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct RoundToEven(Signature);

impl ScalarUDFImpl for RoundToEven {
    fn name(&self) -> &'static str {
        "round_to_even"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn coerce_types(&self, _: &[DataType]) -> Result<Vec<DataType>> {
        Ok(vec![DataType::Float64])
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let floats = cast(&arrays[0], &DataType::Float64)?;
        let rounded: Float64Array = floats.as_primitive::<Float64Type>().unary(f64::round_ties_even);
        Ok(ColumnarValue::Array(Arc::new(rounded) as ArrayRef))
    }
}
