//! `block_time(n)`: when a block of the chain was made.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use annals_projections::Snapshot;
use datafusion::arrow::array::{AsArray as _, TimestampMillisecondArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimeUnit, UInt64Type};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The function over the log of one session; null for a block that the log does not have, or that was taken back.
pub(super) fn of(tables: &Arc<Snapshot>) -> ScalarUDF {
    // A log that is looked at does not grow: the same block has the same time whenever it is asked for, while
    // planning too.
    let signature = Signature::user_defined(Volatility::Immutable);
    ScalarUDF::new_from_impl(BlockTime { tables: Arc::clone(tables), signature })
}

#[derive(Debug)]
struct BlockTime {
    tables: Arc<Snapshot>,
    signature: Signature,
}

impl ScalarUDFImpl for BlockTime {
    fn name(&self) -> &'static str {
        "block_time"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Whole numbers; DataFusion makes a decimal of `block_number + 1`.
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            [DataType::Null] => Ok(vec![DataType::UInt64]),
            [number] if number.is_integer() || matches!(number, DataType::Decimal128(_, 0)) => {
                Ok(vec![number.clone()])
            }
            _ => plan_err!("block_time takes the number of a block, as block_time(5000000)"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        // A negative number becomes null, which is the time of no block.
        let numbers = cast(&arrays[0], &DataType::UInt64)?;
        let numbers = numbers.as_primitive::<UInt64Type>().iter();
        let time_ms = |number| Some(self.tables.blocks.get(number)?.time_ms?.get());
        let times = numbers.map(|number| time_ms(number?)).collect::<TimestampMillisecondArray>();
        Ok(ColumnarValue::Array(Arc::new(times.with_timezone("UTC"))))
    }
}

/// One log, one function.
impl PartialEq for BlockTime {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.tables, &other.tables)
    }
}

impl Eq for BlockTime {}

impl Hash for BlockTime {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.tables).hash(state);
    }
}
