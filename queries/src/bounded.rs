//! Functions that make more than they are given: texts that are repeated, filled up or put together, and series of
//! numbers. DataFusion makes what it is told to before anybody counts it; here it is counted before it is made.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray as _, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, FieldRef, Int64Type, IntervalMonthDayNanoType, IntervalUnit, TimeUnit,
};
use datafusion::common::resources_err;
use datafusion::error::Result;
use datafusion::functions::{regex, string, unicode};
use datafusion::functions_nested::range::{gen_series_udf, range_udf};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use memchr::memmem;

use crate::interval::nanoseconds;

/// A number of a series in memory.
const NUMBER_BYTES: u64 = 8;
/// A character is at most so long.
const CHARACTER_BYTES: u64 = 4;

/// The functions, of which none makes more than `limit_bytes` of one batch.
pub(crate) fn all(limit_bytes: usize) -> Vec<ScalarUDF> {
    let each = [
        (Makes::Repeated, string::repeat()),
        (Makes::Filled, unicode::lpad()),
        (Makes::Filled, unicode::rpad()),
        (Makes::Replaced, string::replace()),
        (Makes::ReplacedByPattern, regex::regexp_replace()),
        (Makes::Joined, string::concat()),
        (Makes::JoinedBy, string::concat_ws()),
        (Makes::Series, gen_series_udf()),
        (Makes::Series, range_udf()),
    ];
    each.map(|(makes, own)| ScalarUDF::new_from_impl(Bounded { makes, own, limit_bytes })).into()
}

/// The operator `||` between texts, under the same limit.
pub(crate) fn joined(limit_bytes: usize) -> Arc<ScalarUDF> {
    let signature = Signature::variadic(vec![DataType::Utf8], Volatility::Immutable);
    let own = Arc::new(ScalarUDF::new_from_impl(Join(signature)));
    Arc::new(ScalarUDF::new_from_impl(Bounded { makes: Makes::Joined, own, limit_bytes }))
}

/// A function of DataFusion's, and what it makes of its arguments.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    makes: Makes,
    own: Arc<ScalarUDF>,
    limit_bytes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Makes {
    Repeated,
    Filled,
    Replaced,
    ReplacedByPattern,
    Joined,
    /// With the first text between all others.
    JoinedBy,
    Series,
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.own.name()
    }

    fn aliases(&self) -> &[String] {
        self.own.aliases()
    }

    fn signature(&self) -> &Signature {
        self.own.signature()
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.own.coerce_types(types)
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.own.return_type(types)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.own.return_field_from_args(arguments)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let limit = self.limit_bytes as u64;
        if self.makes.bytes(&arrays)? > limit {
            return resources_err!("{}() makes more than {} MiB at once", self.name(), limit >> 20);
        }
        self.own.invoke_with_args(arguments)
    }
}

impl Makes {
    /// How many bytes come of these arguments, at most.
    fn bytes(self, arguments: &[ArrayRef]) -> Result<u64> {
        let rows = 0..arguments.first().map_or(0, Array::len);
        let sum = |of_row: &dyn Fn(usize) -> u64| {
            rows.clone().fold(0, |sum: u64, row| sum.saturating_add(of_row(row)))
        };
        Ok(match self {
            Self::Repeated => {
                let (texts, times) = (lengths(&arguments[0])?, numbers(&arguments[1])?);
                sum(&|row| texts[row].saturating_mul(times(row)))
            }
            Self::Filled => {
                let (texts, characters) = (lengths(&arguments[0])?, numbers(&arguments[1])?);
                sum(&|row| texts[row].saturating_add(characters(row).saturating_mul(CHARACTER_BYTES)))
            }
            Self::Replaced => {
                let [texts, from, to] = [texts(&arguments[0])?, texts(&arguments[1])?, texts(&arguments[2])?];
                let [texts, from, to] = [text(&texts), text(&from), text(&to)];
                sum(&|row| replaced(texts(row), from(row), to(row)))
            }
            Self::ReplacedByPattern => {
                let [texts, to] = [texts(&arguments[0])?, texts(&arguments[2])?];
                let [texts, to] = [text(&texts), text(&to)];
                sum(&|row| replaced_by_pattern(texts(row), to(row)))
            }
            Self::Joined => {
                let each = arguments.iter().map(lengths).collect::<Result<Vec<_>>>()?;
                sum(&|row| each.iter().map(|lengths| lengths[row]).sum())
            }
            Self::JoinedBy => {
                let each = arguments.iter().map(lengths).collect::<Result<Vec<_>>>()?;
                let between = arguments.len().saturating_sub(2) as u64;
                sum(&|row| {
                    let texts: u64 = each.iter().skip(1).map(|lengths| lengths[row]).sum();
                    texts.saturating_add(each[0][row].saturating_mul(between))
                })
            }
            Self::Series => return series(arguments),
        })
    }
}

/// Every place where `from` is, for one `to` more.
fn replaced(text: &str, from: &str, to: &str) -> u64 {
    let (length, of_each) = (text.len() as u64, to.len() as u64);
    let places =
        if from.is_empty() { text.len() + 1 } else { memmem::find_iter(text.as_bytes(), from).count() };
    length.saturating_add((places as u64).saturating_mul(of_each))
}

/// A pattern matches at every character at most; what `\1` stands for is never more than the whole text.
fn replaced_by_pattern(text: &str, to: &str) -> u64 {
    let (length, of_each) = (text.len() as u64, to.len() as u64);
    let groups = to.matches('\\').count() as u64;
    let of_pattern = (length + 1).saturating_mul(of_each);
    of_pattern.saturating_add(length.saturating_mul(groups + 1))
}

/// From the first to the last by steps of the third, times and their steps in nanoseconds.
fn series(arguments: &[ArrayRef]) -> Result<u64> {
    let numbers = arguments.iter().map(whole_numbers).collect::<Result<Vec<_>>>()?;
    let number =
        |argument: usize, row: usize| numbers.get(argument).and_then(|numbers: &Vec<_>| numbers[row]);
    let members = |row: usize| -> u64 {
        let (first, last) = match (number(0, row), number(1, row)) {
            (Some(first), Some(last)) => (first, last),
            (Some(last), None) if numbers.len() == 1 => (0, last),
            _ => return 0,
        };
        let step = if numbers.len() > 2 { number(2, row).unwrap_or(0) } else { 1 };
        let is_way = step != 0 && (last - first).signum() * step.signum() >= 0;
        if is_way { u64::try_from((last - first).abs() / step.abs() + 1).unwrap_or(u64::MAX) } else { 0 }
    };
    let rows = 0..numbers.first().map_or(0, Vec::len);
    Ok(rows.fold(0, |sum: u64, row| sum.saturating_add(members(row).saturating_mul(NUMBER_BYTES))))
}

fn whole_numbers(array: &ArrayRef) -> Result<Vec<Option<i128>>> {
    if matches!(array.data_type(), DataType::Interval(_)) {
        let steps = cast(array, &DataType::Interval(IntervalUnit::MonthDayNano))?;
        let steps = steps.as_primitive::<IntervalMonthDayNanoType>().iter();
        return Ok(steps.map(|step| step.map(nanoseconds)).collect());
    }
    let numbers = if array.data_type().is_temporal() {
        cast(&cast(array, &DataType::Timestamp(TimeUnit::Nanosecond, None))?, &DataType::Int64)?
    } else {
        cast(array, &DataType::Int64)?
    };
    Ok(numbers.as_primitive::<Int64Type>().iter().map(|number| number.map(i128::from)).collect())
}

fn texts(array: &ArrayRef) -> Result<StringArray> {
    Ok(cast(array, &DataType::Utf8)?.as_string::<i32>().clone())
}

fn text<'a>(texts: &'a StringArray) -> impl Fn(usize) -> &'a str {
    move |row| if texts.is_valid(row) { texts.value(row) } else { "" }
}

fn lengths(array: &ArrayRef) -> Result<Vec<u64>> {
    let texts = texts(array)?;
    let text = text(&texts);
    Ok((0..texts.len()).map(|row| text(row).len() as u64).collect())
}

fn numbers(array: &ArrayRef) -> Result<impl Fn(usize) -> u64> {
    let numbers = cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone();
    Ok(move |row| if numbers.is_valid(row) { u64::try_from(numbers.value(row)).unwrap_or(0) } else { 0 })
}

/// The operator `||` between texts: null where one of them is.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Join(Signature);

impl ScalarUDFImpl for Join {
    fn name(&self) -> &'static str {
        "join_texts"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let each = arrays.iter().map(texts).collect::<Result<Vec<_>>>()?;
        let rows = 0..each.first().map_or(0, Array::len);
        let of_row = |row: usize| -> Option<String> {
            each.iter().map(|texts| texts.is_valid(row).then(|| texts.value(row))).collect()
        };
        Ok(ColumnarValue::Array(Arc::new(rows.map(of_row).collect::<StringArray>())))
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::Int64Array;

    use super::*;

    fn bytes(makes: Makes, texts: &[&str], number: Option<i64>) -> u64 {
        let texts = texts.iter().map(|text| Arc::new(StringArray::from(vec![*text])) as ArrayRef);
        let number = number.map(|number| Arc::new(Int64Array::from(vec![number])) as ArrayRef);
        makes.bytes(&texts.chain(number).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn what_is_made_is_counted_before() {
        assert_eq!(bytes(Makes::Repeated, &["ab"], Some(3)), 6);
        assert_eq!(bytes(Makes::Repeated, &["ab"], Some(-3)), 0);
        assert_eq!(bytes(Makes::Repeated, &["abc"], Some(i64::MAX)), u64::MAX);
        assert_eq!(bytes(Makes::Filled, &["ab"], Some(10)), 42);
        assert_eq!(bytes(Makes::Replaced, &["aaa", "a", "bb"], None), 9);
        assert_eq!(bytes(Makes::Replaced, &["aaa", "", "bb"], None), 11);
        assert_eq!(bytes(Makes::ReplacedByPattern, &["aaa", "(.)", "\\1\\1"], None), 25);
        assert_eq!(bytes(Makes::Joined, &["aaa", "b"], None), 4);
        assert_eq!(bytes(Makes::JoinedBy, &["--", "aaa", "b", "c"], None), 9);
        let series = |numbers: &[i64]| {
            let numbers = numbers.iter().map(|number| Arc::new(Int64Array::from(vec![*number])) as ArrayRef);
            Makes::Series.bytes(&numbers.collect::<Vec<_>>()).unwrap() / NUMBER_BYTES
        };
        for (numbers, members) in
            [(&[1, 3][..], 3), (&[3], 4), (&[3, 1], 0), (&[3, 1, -1], 3), (&[1, 9, 4], 3), (&[1, 9, 0], 0)]
        {
            assert_eq!(series(numbers), members, "{numbers:?}");
        }
    }
}
