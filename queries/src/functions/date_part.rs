//! `date_part`, and with it `extract`, whose seconds have their fraction: DataFusion 55 gives whole ones.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray as _, Float64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Field, FieldRef, Float64Type, Int64Type, IntervalMonthDayNanoType, IntervalUnit, TimeUnit,
};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::functions::datetime;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};

/// The parts that have a fraction, and how many nanoseconds make one.
const FRACTIONAL: [(&str, f64); 12] = [
    ("second", 1e9),
    ("seconds", 1e9),
    ("sec", 1e9),
    ("secs", 1e9),
    ("millisecond", 1e6),
    ("milliseconds", 1e6),
    ("msec", 1e6),
    ("msecs", 1e6),
    ("microsecond", 1e3),
    ("microseconds", 1e3),
    ("usec", 1e3),
    ("usecs", 1e3),
];

pub(super) fn function() -> ScalarUDF {
    ScalarUDF::new_from_impl(DatePart(datetime::date_part()))
}

/// Plans `extract` as that function.
#[derive(Debug)]
pub(crate) struct Extract;

impl ExprPlanner for Extract {
    fn plan_extract(&self, arguments: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        Ok(PlannerResult::Planned(function().call(arguments)))
    }
}

/// DataFusion's own, but for seconds: those of a minute, as a float.
#[derive(Debug, PartialEq, Eq, Hash)]
struct DatePart(Arc<ScalarUDF>);

impl DatePart {
    fn nanoseconds(part: Option<&ScalarValue>) -> Option<f64> {
        let part = part?.try_as_str().flatten()?.to_lowercase();
        FRACTIONAL.iter().find(|(name, _)| *name == part).map(|(_, nanoseconds)| *nanoseconds)
    }
}

impl ScalarUDFImpl for DatePart {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn aliases(&self) -> &[String] {
        self.0.aliases()
    }

    fn signature(&self) -> &Signature {
        self.0.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.0.return_type(types)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let is_nullable = arguments.arg_fields.iter().any(|field| field.is_nullable());
        if Self::nanoseconds(arguments.scalar_arguments[0]).is_some() {
            return Ok(Arc::new(Field::new(self.name(), DataType::Float64, is_nullable)));
        }
        self.0.return_field_from_args(arguments)
    }

    fn invoke_with_args(&self, mut arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if let Some(seconds) = epoch_of_interval(&arguments)? {
            return Ok(seconds);
        }
        if let Some(seconds) = of_duration(&arguments)? {
            return Ok(seconds);
        }
        let ColumnarValue::Scalar(part) = &arguments.args[0] else {
            return self.0.invoke_with_args(arguments);
        };
        let Some(nanoseconds) = Self::nanoseconds(Some(part)) else {
            return self.0.invoke_with_args(arguments);
        };
        let part = ScalarValue::Utf8(Some("nanosecond".to_owned()));
        let fields = [&Arc::new(Field::new("part", DataType::Utf8, false)), &arguments.arg_fields[1]];
        let fields = fields.map(Arc::clone).to_vec();
        let scalars = [Some(&part), None];
        let asked = ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &scalars };
        arguments.return_field = self.0.return_field_from_args(asked)?;
        arguments.args[0] = ColumnarValue::Scalar(part);
        let arrays = ColumnarValue::values_to_arrays(&[self.0.invoke_with_args(arguments)?])?;
        let parts = cast(&arrays[0], &DataType::Float64)?;
        let parts: Float64Array = parts.as_primitive::<Float64Type>().unary(|count| count / nanoseconds);
        Ok(ColumnarValue::Array(Arc::new(parts)))
    }
}

/// The seconds of a difference between times, all of them or those of the last minute: DataFusion drops their fraction.
fn of_duration(arguments: &ScalarFunctionArgs) -> Result<Option<ColumnarValue>> {
    let DataType::Duration(unit) = arguments.arg_fields[1].data_type() else { return Ok(None) };
    let ColumnarValue::Scalar(part) = &arguments.args[0] else { return Ok(None) };
    let is_epoch = part.try_as_str().flatten().is_some_and(|part| part.eq_ignore_ascii_case("epoch"));
    let of_part = match DatePart::nanoseconds(Some(part)) {
        None if is_epoch => 1e9,
        None => return Ok(None),
        Some(nanoseconds) => nanoseconds,
    };
    let of_unit: i128 = match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    };
    let arrays = ColumnarValue::values_to_arrays(&arguments.args[1..])?;
    let durations = cast(&arrays[0], &DataType::Int64)?;
    let seconds: Float64Array = durations.as_primitive::<Int64Type>().unary(|count| {
        let nanoseconds = i128::from(count) * of_unit;
        let nanoseconds = if is_epoch { nanoseconds } else { nanoseconds % 60_000_000_000 };
        #[allow(clippy::cast_precision_loss, reason = "a float is what was asked for")]
        let seconds = nanoseconds as f64 / of_part;
        seconds
    });
    Ok(Some(ColumnarValue::Array(Arc::new(seconds))))
}

/// The seconds of an interval: a year has 365.25 days, a month beside it 30. DataFusion gives a year 360 days.
fn epoch_of_interval(arguments: &ScalarFunctionArgs) -> Result<Option<ColumnarValue>> {
    const OF_DAY: f64 = 86_400.0;
    let ColumnarValue::Scalar(part) = &arguments.args[0] else { return Ok(None) };
    let is_epoch = part.try_as_str().flatten().is_some_and(|part| part.eq_ignore_ascii_case("epoch"));
    if !is_epoch || !matches!(arguments.arg_fields[1].data_type(), DataType::Interval(_)) {
        return Ok(None);
    }
    let arrays = ColumnarValue::values_to_arrays(&arguments.args[1..])?;
    let intervals = cast(&arrays[0], &DataType::Interval(IntervalUnit::MonthDayNano))?;
    let seconds = intervals.as_primitive::<IntervalMonthDayNanoType>().iter().map(|interval| {
        let interval = interval?;
        let (years, months) = (interval.months / 12, interval.months % 12);
        let days = f64::from(years) * 365.25 + f64::from(months) * 30.0 + f64::from(interval.days);
        #[allow(clippy::cast_precision_loss, reason = "a float is what was asked for")]
        let rest = interval.nanoseconds as f64 / 1e9;
        Some(days * OF_DAY + rest)
    });
    Ok(Some(ColumnarValue::Array(Arc::new(seconds.collect::<Float64Array>()))))
}
