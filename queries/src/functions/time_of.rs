//! Functions that give the time of a whole number: of a block, or of a size of the log.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{AsArray as _, TimestampMillisecondArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimeUnit, UInt64Type};
use datafusion::common::plan_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// Returns the time of a number in milliseconds since 1970 UTC, `None` where it has none.
pub(super) type Lookup = dyn Fn(u64) -> Result<Option<i64>> + Send + Sync;

/// A function over one log.
struct TimeOf {
    name: &'static str,
    /// How it is called, for whoever called it otherwise.
    usage: &'static str,
    lookup: Arc<Lookup>,
    signature: Signature,
}

pub(super) fn function(name: &'static str, usage: &'static str, lookup: Arc<Lookup>) -> ScalarUDF {
    // A log that is looked at does not grow: the same number has the same time whenever it is asked for, while
    // planning too.
    let signature = Signature::user_defined(Volatility::Immutable);
    ScalarUDF::new_from_impl(TimeOf { name, usage, lookup, signature })
}

impl ScalarUDFImpl for TimeOf {
    fn name(&self) -> &'static str {
        self.name
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
            _ => plan_err!("{} takes {}", self.name, self.usage),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        // A negative number becomes null, which has no time.
        let numbers = cast(&arrays[0], &DataType::UInt64)?;
        let numbers = numbers.as_primitive::<UInt64Type>().iter();
        let times = numbers.map(|number| number.map_or(Ok(None), |number| (self.lookup)(number)));
        let times = times.collect::<Result<TimestampMillisecondArray>>()?;
        Ok(ColumnarValue::Array(Arc::new(times.with_timezone("UTC"))))
    }
}

impl std::fmt::Debug for TimeOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// One log, one function of a name.
impl PartialEq for TimeOf {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.lookup, &other.lookup)
    }
}

impl Eq for TimeOf {}

impl Hash for TimeOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}
