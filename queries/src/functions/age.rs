//! `age`: the time from one moment to another in years, months, days and less, as a person counts it.

use std::sync::Arc;

use chrono::{Datelike as _, Days, Months, NaiveDateTime};
use datafusion::arrow::array::{AsArray as _, IntervalMonthDayNanoArray};
use datafusion::arrow::datatypes::{
    DataType, IntervalMonthDayNano, IntervalUnit, TimeUnit, TimestampNanosecondType,
};
use datafusion::arrow::temporal_conversions::timestamp_ns_to_datetime;
use datafusion::common::{exec_datafusion_err, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

pub(super) fn function() -> ScalarUDF {
    ScalarUDF::new_from_impl(Age(Signature::user_defined(Volatility::Immutable)))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Age(Signature);

impl ScalarUDFImpl for Age {
    fn name(&self) -> &'static str {
        "age"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    /// With one argument PostgreSQL takes today, which is another day tomorrow.
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            [_, _] => Ok(vec![DataType::Timestamp(TimeUnit::Nanosecond, None); 2]),
            _ => plan_err!(
                "age takes two times, the later first: age(a, b) is a - b in years, months and days"
            ),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Interval(IntervalUnit::MonthDayNano))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let [later, earlier] = &arrays[..] else { return plan_err!("age takes two times") };
        let times = later.as_primitive::<TimestampNanosecondType>().iter();
        let ages =
            times.zip(earlier.as_primitive::<TimestampNanosecondType>()).map(|moments| match moments {
                (Some(to), Some(from)) => Ok(Some(age(moment(to)?, moment(from)?))),
                _ => Ok(None),
            });
        Ok(ColumnarValue::Array(Arc::new(ages.collect::<Result<IntervalMonthDayNanoArray>>()?)))
    }
}

fn moment(time_ns: i64) -> Result<NaiveDateTime> {
    timestamp_ns_to_datetime(time_ns)
        .ok_or_else(|| exec_datafusion_err!("{time_ns} ns are no time of a calendar"))
}

/// Counts from the earlier to the later one, and says by the sign which is which. A month that is not whole has as many
/// days as the month in which the earlier one lies, as PostgreSQL's `timestamp_age` has it.
fn age(to: NaiveDateTime, from: NaiveDateTime) -> IntervalMonthDayNano {
    if to < from {
        let IntervalMonthDayNano { months, days, nanoseconds } = age(from, to);
        return IntervalMonthDayNano::new(-months, -days, -nanoseconds);
    }
    let day = 86_400_000_000_000;
    let mut months = (to.year() - from.year()) * 12 + month(to) - month(from);
    let mut days = day_of_month(to) - day_of_month(from);
    let mut nanoseconds = of_day(to) - of_day(from);
    if nanoseconds < 0 {
        nanoseconds += day;
        days -= 1;
    }
    // The end of February may lie more than a month of days before the 31st.
    while days < 0 {
        days += days_of_month(from);
        months -= 1;
    }
    IntervalMonthDayNano::new(months, days, nanoseconds)
}

fn month(time: NaiveDateTime) -> i32 {
    i32::try_from(time.month()).expect("a year has twelve")
}

fn day_of_month(time: NaiveDateTime) -> i32 {
    i32::try_from(time.day()).expect("a month has 31 at most")
}

fn of_day(time: NaiveDateTime) -> i64 {
    let since = time - time.date().and_time(chrono::NaiveTime::MIN);
    since.num_nanoseconds().expect("a day has few enough")
}

fn days_of_month(time: NaiveDateTime) -> i32 {
    let first = time.date().with_day(1).expect("every month has a first");
    let last = first + Months::new(1) - Days::new(1);
    i32::try_from(last.day()).expect("a month has 31 at most")
}
