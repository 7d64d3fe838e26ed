//! `to_char`: times as texts, by PostgreSQL's patterns (its manual, 9.8), or by those of `strftime`, which have a `%`.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray as _, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{ScalarValue, exec_err, plan_err};
use datafusion::error::Result;
use datafusion::functions::datetime;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

pub(super) fn function() -> ScalarUDF {
    let signature = Signature::user_defined(Volatility::Immutable);
    ScalarUDF::new_from_impl(ToChar { own: datetime::to_char(), signature })
}

/// DataFusion's own, with patterns in the words of `strftime`.
#[derive(Debug, PartialEq, Eq, Hash)]
struct ToChar {
    own: Arc<ScalarUDF>,
    signature: Signature,
}

impl ScalarUDFImpl for ToChar {
    fn name(&self) -> &str {
        self.own.name()
    }

    fn aliases(&self) -> &[String] {
        self.own.aliases()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            [time, _] if time.is_temporal() || *time == DataType::Null => {
                Ok(vec![time.clone(), DataType::Utf8])
            }
            [text, _] if text.is_string() => {
                Ok(vec![DataType::Timestamp(TimeUnit::Nanosecond, None), DataType::Utf8])
            }
            _ => plan_err!(
                "to_char takes a time and a pattern: for a number write round(x, 2) or a cast, as in x::text"
            ),
        }
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.own.return_type(types)
    }

    fn invoke_with_args(&self, mut arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value, pattern] = &mut arguments.args[..] else { return self.own.invoke_with_args(arguments) };
        if let ColumnarValue::Scalar(text) = pattern {
            if let Some(text) = text.try_as_str().flatten() {
                *pattern = ColumnarValue::Scalar(ScalarValue::Utf8(Some(strftime(text)?)));
            }
        } else {
            let patterns = cast(&pattern.to_array(arguments.number_rows)?, &DataType::Utf8)?;
            let written = patterns.as_string::<i32>().iter().map(|text| text.map(strftime).transpose());
            let written: ArrayRef = Arc::new(written.collect::<Result<StringArray>>()?);
            *pattern = ColumnarValue::Array(written);
        }
        // DataFusion takes no constant time with patterns in a column.
        if matches!(pattern, ColumnarValue::Array(_)) && matches!(value, ColumnarValue::Scalar(_)) {
            *value = ColumnarValue::Array(value.to_array(arguments.number_rows)?);
        }
        self.own.invoke_with_args(arguments)
    }
}

/// Patterns and what `strftime` calls them, the longest first where one begins another.
const WORDS: [(&str, &str); 51] = [
    ("FMMonth", "%B"),
    ("FMDay", "%A"),
    ("FMDDD", "%-j"),
    ("FMDD", "%-d"),
    ("FMMM", "%-m"),
    ("FMHH24", "%-H"),
    ("FMHH12", "%-I"),
    ("HH24", "%H"),
    ("HH12", "%I"),
    ("HH", "%I"),
    ("MI", "%M"),
    ("SS", "%S"),
    ("MS", "%3f"),
    ("US", "%6f"),
    ("FF3", "%3f"),
    ("FF6", "%6f"),
    ("A.M.", ""),
    ("AM", "%p"),
    ("PM", "%p"),
    ("am", "%P"),
    ("pm", "%P"),
    ("Y,YYY", ""),
    ("YYYY", "%Y"),
    ("YYY", ""),
    ("YY", "%y"),
    ("Y", ""),
    ("IYYY", "%G"),
    ("IYY", ""),
    ("IY", "%g"),
    ("IDDD", ""),
    ("ID", "%u"),
    ("IW", "%V"),
    ("I", ""),
    ("MONTH", ""),
    ("month", ""),
    ("Month", ""),
    ("MON", ""),
    ("mon", ""),
    ("Mon", "%b"),
    ("MM", "%m"),
    ("DAY", ""),
    ("day", ""),
    ("Day", ""),
    ("DY", ""),
    ("dy", ""),
    ("Dy", "%a"),
    ("DDD", "%j"),
    ("DD", "%d"),
    ("OF", ""),
    ("TZ", "UTC"),
    ("Q", ""),
];

/// The same pattern for `strftime`; one with a `%` is one already.
///
/// # Errors
/// A pattern of PostgreSQL's that `strftime` has no word for.
fn strftime(pattern: &str) -> Result<String> {
    if pattern.contains('%') {
        return Ok(pattern.to_owned());
    }
    let mut written = String::new();
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        if character == '"' {
            let quoted = &rest[1..];
            let end = quoted.find('"').unwrap_or(quoted.len());
            written.push_str(&quoted[..end]);
            rest = quoted.get(end + 1..).unwrap_or("");
            continue;
        }
        let word = WORDS.iter().find(|(word, _)| rest.starts_with(word) || is_spelled_otherwise(word, rest));
        match word {
            Some((word, "")) => return unknown(word, pattern),
            Some((word, meant)) => {
                written.push_str(meant);
                rest = &rest[word.len()..];
            }
            None if character.is_ascii_alphabetic() => return unknown(&character.to_string(), pattern),
            None => {
                written.push(character);
                rest = &rest[character.len_utf8()..];
            }
        }
    }
    Ok(written)
}

/// The case of a word matters for names alone.
fn is_spelled_otherwise(word: &str, rest: &str) -> bool {
    let is_number = word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let is_name = ["AM", "PM", "MONTH", "MON", "DAY", "DY", "TZ"].contains(&word);
    is_number && !is_name && rest.get(..word.len()).is_some_and(|given| given.eq_ignore_ascii_case(word))
}

fn unknown(word: &str, pattern: &str) -> Result<String> {
    exec_err!(
        "to_char does not know {word} in '{pattern}': it knows YYYY, YY, MM, Mon, DD, DDD, Dy, HH24, HH12, MI, SS, MS, \
         US, AM, IYYY, IW, ID, TZ and \"texts\", or strftime's words, as %Y-%m-%d"
    )
}

#[cfg(test)]
mod tests {
    use super::strftime;

    #[test]
    fn patterns_of_postgresql_are_known_or_refused() {
        for (pattern, right) in [
            ("YYYY-MM-DD HH24:MI:SS", "%Y-%m-%d %H:%M:%S"),
            ("yyyy-mm-dd\"T\"hh24:mi:ss.MS", "%Y-%m-%dT%H:%M:%S.%3f"),
            ("DD Mon YYYY, HH12:MI am", "%d %b %Y, %I:%M %P"),
            ("IYYY-\"W\"IW-ID", "%G-W%V-%u"),
            ("%d.%m.%Y", "%d.%m.%Y"),
            ("", ""),
        ] {
            assert_eq!(strftime(pattern).unwrap(), right, "{pattern}");
        }
        for pattern in ["YYYY, Month", "Q", "DDth", "fm9"] {
            assert!(strftime(pattern).is_err(), "{pattern}");
        }
    }
}
