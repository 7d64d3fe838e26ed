//! `+`, `-` and `*` of integers, which end with an error where Arrow would wrap.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::compute::kernels::numeric;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, ScalarValue, exec_datafusion_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable as _, Operator, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr_common::datum::apply;

static PLUS: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| Checked::function(Operator::Plus));
static MINUS: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| Checked::function(Operator::Minus));
static TIMES: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| Checked::function(Operator::Multiply));

/// Exchanges an operator between integers.
pub(super) fn checked(binary: BinaryExpr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let function = match binary.op {
        Operator::Plus => &PLUS,
        Operator::Minus => &MINUS,
        Operator::Multiply => &TIMES,
        _ => return Ok(Transformed::no(Expr::BinaryExpr(binary))),
    };
    let (left, right) = (binary.left.get_type(schema)?, binary.right.get_type(schema)?);
    if !left.is_integer() || left != right {
        return Ok(Transformed::no(Expr::BinaryExpr(binary)));
    }
    Ok(Transformed::yes(function.call(vec![*binary.left, *binary.right])))
}

/// Exchanges a sign before an integer.
pub(super) fn negated(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let data_type = expr.get_type(schema)?;
    if !data_type.is_signed_integer() {
        return Ok(Transformed::no(Expr::Negative(Box::new(expr))));
    }
    let zero = Expr::Literal(ScalarValue::new_zero(&data_type)?, None);
    Ok(Transformed::yes(MINUS.call(vec![zero, expr])))
}

/// An operator between integers of one type.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    op: Operator,
    signature: Signature,
}

impl Checked {
    fn function(op: Operator) -> Arc<ScalarUDF> {
        let signature = Signature::user_defined(Volatility::Immutable);
        Arc::new(ScalarUDF::new_from_impl(Self { op, signature }))
    }
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        match self.op {
            Operator::Plus => "plus",
            Operator::Minus => "minus",
            _ => "times",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(types.to_vec())
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[0].clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [left, right] = &arguments.args[..] else { unreachable!("an operator has two operands") };
        let done = match self.op {
            Operator::Plus => apply(left, right, numeric::add),
            Operator::Minus => apply(left, right, numeric::sub),
            _ => apply(left, right, numeric::mul),
        };
        done.map_err(|error| {
            let data_type = arguments.return_type();
            exec_datafusion_err!("{} is out of range: {}", name_in_sql(data_type), error.strip_backtrace())
        })
    }
}

/// An integer's type as SQL calls it.
pub(super) fn name_in_sql(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Int8 | DataType::Int16 => "smallint",
        DataType::Int32 => "integer",
        _ => "bigint",
    }
}
