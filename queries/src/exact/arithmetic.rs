//! `+`, `-` and `*` of integers, which end with an error where Arrow would wrap.

use std::any::Any;

use datafusion::arrow::compute::kernels::numeric;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, ScalarValue, exec_datafusion_err};
use datafusion::error::Result;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable as _, Operator, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr_common::datum::apply;

/// Exchanges an operator between integers. A chain of them, as `a + b - c`, becomes one function: DataFusion takes very
/// long over functions of functions.
pub(super) fn checked(binary: BinaryExpr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    if !matches!(binary.op, Operator::Plus | Operator::Minus | Operator::Multiply) {
        return Ok(Transformed::no(Expr::BinaryExpr(binary)));
    }
    let left = type_of(&binary.left, schema)?;
    if !left.is_integer() || left != binary.right.get_type(schema)? {
        return Ok(Transformed::no(Expr::BinaryExpr(binary)));
    }
    let (mut ops, mut operands) = match *binary.left {
        Expr::ScalarFunction(call) if chain(&call).is_some() => {
            (chain(&call).map_or(Vec::new(), |chain| chain.ops.clone()), call.args)
        }
        left => (Vec::new(), vec![left]),
    };
    ops.push(binary.op);
    operands.push(*binary.right);
    Ok(Transformed::yes(Chain::function(ops, left).call(operands)))
}

/// Exchanges a sign before an integer.
pub(super) fn negated(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let data_type = type_of(&expr, schema)?;
    if !data_type.is_signed_integer() {
        return Ok(Transformed::no(Expr::Negative(Box::new(expr))));
    }
    let zero = Expr::Literal(ScalarValue::new_zero(&data_type)?, None);
    Ok(Transformed::yes(Chain::function(vec![Operator::Minus], data_type).call(vec![zero, expr])))
}

fn type_of(expr: &Expr, schema: &DFSchema) -> Result<DataType> {
    match expr {
        Expr::ScalarFunction(call) if let Some(chain) = chain(call) => Ok(chain.data_type.clone()),
        expr => expr.get_type(schema),
    }
}

fn chain(call: &ScalarFunction) -> Option<&Chain> {
    let function: &dyn Any = call.func.inner().as_ref();
    function.downcast_ref()
}

/// Operators one behind the other, from left to right, between integers of one type.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Chain {
    name: String,
    ops: Vec<Operator>,
    data_type: DataType,
    signature: Signature,
}

impl Chain {
    fn function(ops: Vec<Operator>, data_type: DataType) -> ScalarUDF {
        let signs: Vec<String> = ops.iter().map(Operator::to_string).collect();
        let signature = Signature::user_defined(Volatility::Immutable);
        ScalarUDF::new_from_impl(Self { name: signs.join(" "), ops, data_type, signature })
    }
}

impl ScalarUDFImpl for Chain {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(types.to_vec())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.data_type.clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let mut operands = arguments.args.into_iter();
        let first = operands.next().expect("a chain has an operand more than operators");
        let done = self.ops.iter().zip(operands).try_fold(first, |left, (op, right)| match op {
            Operator::Plus => apply(&left, &right, numeric::add),
            Operator::Minus => apply(&left, &right, numeric::sub),
            _ => apply(&left, &right, numeric::mul),
        });
        done.map_err(|error| {
            exec_datafusion_err!(
                "{} is out of range: {}",
                name_in_sql(&self.data_type),
                error.strip_backtrace()
            )
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
