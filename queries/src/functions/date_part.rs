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

const NANOSECONDS_OF_SECOND: f64 = 1e9;
const NANOSECONDS_OF_MINUTE: i64 = 60_000_000_000;

/// The parts that have a fraction, and how many nanoseconds make one.
const FRACTIONAL: [(&str, f64); 12] = [
    ("second", NANOSECONDS_OF_SECOND),
    ("seconds", NANOSECONDS_OF_SECOND),
    ("sec", NANOSECONDS_OF_SECOND),
    ("secs", NANOSECONDS_OF_SECOND),
    ("millisecond", 1e6),
    ("milliseconds", 1e6),
    ("msec", 1e6),
    ("msecs", 1e6),
    ("microsecond", 1e3),
    ("microseconds", 1e3),
    ("usec", 1e3),
    ("usecs", 1e3),
];

/// A part that DataFusion gives without its fraction, or of an interval wrongly.
#[derive(Clone, Copy)]
enum Part {
    /// All seconds.
    Epoch,
    /// The seconds of the minute, in units of so many nanoseconds.
    Fractional(f64),
}

impl Part {
    fn of(part: Option<&ScalarValue>) -> Option<Self> {
        let part = part?.try_as_str().flatten()?.to_lowercase();
        if part == "epoch" {
            return Some(Self::Epoch);
        }
        let of_name = FRACTIONAL.iter().find(|(name, _)| *name == part);
        of_name.map(|(_, nanoseconds)| Self::Fractional(*nanoseconds))
    }
}

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
        if let Some(Part::Fractional(_)) = Part::of(arguments.scalar_arguments[0]) {
            return Ok(Arc::new(Field::new(self.name(), DataType::Float64, is_nullable)));
        }
        self.0.return_field_from_args(arguments)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let part = match &arguments.args[0] {
            ColumnarValue::Scalar(part) => Part::of(Some(part)),
            ColumnarValue::Array(_) => None,
        };
        match (part, arguments.arg_fields[1].data_type()) {
            (Some(part), DataType::Duration(unit)) => of_duration(part, *unit, &arguments.args[1]),
            (Some(part), DataType::Interval(_)) => of_interval(part, &arguments.args[1]),
            (Some(Part::Fractional(nanoseconds)), _) => self.fractional(nanoseconds, arguments),
            _ => self.0.invoke_with_args(arguments),
        }
    }
}

impl DatePart {
    /// The nanoseconds of the minute, which DataFusion does give, in larger units.
    fn fractional(&self, of_unit: f64, mut arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let part = ScalarValue::Utf8(Some("nanosecond".to_owned()));
        let fields =
            [Arc::new(Field::new("part", DataType::Utf8, false)), Arc::clone(&arguments.arg_fields[1])];
        let asked = ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &[Some(&part), None] };
        arguments.return_field = self.0.return_field_from_args(asked)?;
        arguments.args[0] = ColumnarValue::Scalar(part);
        let arrays = ColumnarValue::values_to_arrays(&[self.0.invoke_with_args(arguments)?])?;
        let parts = cast(&arrays[0], &DataType::Float64)?;
        let parts: Float64Array = parts.as_primitive::<Float64Type>().unary(|count| count / of_unit);
        Ok(ColumnarValue::Array(Arc::new(parts)))
    }
}

/// The seconds of a difference between times, all of them or those of the last minute: DataFusion drops their fraction.
fn of_duration(part: Part, unit: TimeUnit, durations: &ColumnarValue) -> Result<ColumnarValue> {
    let of_unit: i128 = match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    };
    let arrays = ColumnarValue::values_to_arrays(std::slice::from_ref(durations))?;
    let durations = cast(&arrays[0], &DataType::Int64)?;
    let seconds: Float64Array = durations.as_primitive::<Int64Type>().unary(|count| {
        let all = i128::from(count) * of_unit;
        let (nanoseconds, of_part) = match part {
            Part::Epoch => (all, NANOSECONDS_OF_SECOND),
            Part::Fractional(of_part) => (all % i128::from(NANOSECONDS_OF_MINUTE), of_part),
        };
        #[allow(clippy::cast_precision_loss, reason = "a float is what was asked for")]
        let seconds = nanoseconds as f64 / of_part;
        seconds
    });
    Ok(ColumnarValue::Array(Arc::new(seconds)))
}

/// The seconds of an interval, all of them or those of its last minute: a year has 365.25 days, a month beside it 30.
/// DataFusion gives a year 360 days, and drops fractions.
fn of_interval(part: Part, intervals: &ColumnarValue) -> Result<ColumnarValue> {
    const OF_DAY: f64 = 86_400.0;
    let arrays = ColumnarValue::values_to_arrays(std::slice::from_ref(intervals))?;
    let intervals = cast(&arrays[0], &DataType::Interval(IntervalUnit::MonthDayNano))?;
    let seconds = intervals.as_primitive::<IntervalMonthDayNanoType>().iter().map(|interval| {
        let interval = interval?;
        if let Part::Fractional(of_part) = part {
            return Some(float(interval.nanoseconds % NANOSECONDS_OF_MINUTE) / of_part);
        }
        let (years, months) = (interval.months / 12, interval.months % 12);
        let days = f64::from(years) * 365.25 + f64::from(months) * 30.0 + f64::from(interval.days);
        Some(days * OF_DAY + float(interval.nanoseconds) / NANOSECONDS_OF_SECOND)
    });
    Ok(ColumnarValue::Array(Arc::new(seconds.collect::<Float64Array>())))
}

#[allow(clippy::cast_precision_loss, reason = "a float is what was asked for")]
fn float(nanoseconds: i64) -> f64 {
    nanoseconds as f64
}
