//! The length of an interval, as PostgreSQL compares them: a day has 24 hours, and a month 30 days.

use datafusion::arrow::datatypes::IntervalMonthDayNano;

const NANOSECONDS_OF_DAY: i128 = 24 * 3_600 * 1_000_000_000;
const DAYS_OF_MONTH: i128 = 30;

/// At most 28 digits.
pub(crate) fn nanoseconds(interval: IntervalMonthDayNano) -> i128 {
    let days = i128::from(interval.months) * DAYS_OF_MONTH + i128::from(interval.days);
    days * NANOSECONDS_OF_DAY + i128::from(interval.nanoseconds)
}
