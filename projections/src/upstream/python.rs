//! What Python makes of JSON values: equality, order, truth, and `int()`, as far as upstream's results depend on them.

use std::cmp::Ordering;

use annals_log::json::{Number, Text, Value};
use bincode::{Decode, Encode};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// Python refuses to read longer integers.
const INTEGER_DIGITS_MAX: usize = 4300;

/// An exception that ends a call of upstream's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub(crate) enum Exception {
    /// A value has no such method: a `dict` was expected.
    Attribute,
    /// Values cannot be compared or hashed.
    Type,
    /// A text is not an integer.
    Value,
    /// W&B did not answer.
    Comm,
    /// A config is not JSON to a strict reader.
    JsonDecode,
}

/// A value as a field of upstream's `stats` entry: compared, hashed, shown.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Scalar {
    /// `None`.
    Null,
    /// `True`, `False`.
    Bool(bool),
    /// `int` or `float`, as it was written.
    Number(String),
    /// `str`.
    Text(String),
    /// `list` or `dict`, as JSON: it has no hash.
    Container(String),
}

/// Two values are equal here when they are in Python: `1`, `1.0` and `True`, but not `9007199254740993` and
/// `9007199254740992.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hashable<'a> {
    Null,
    Text(&'a str),
    /// All digits of the exact value.
    Integer(String),
    /// The bits of a double that is not an integer.
    Float(u64),
    /// `NaN` equals nothing, but Python's JSON reader returns the same object for every one, and tuples compare
    /// identity first.
    NotANumber,
}

impl Exception {
    /// Returns the Python name of the class.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Attribute => "AttributeError",
            Self::Type => "TypeError",
            Self::Value => "ValueError",
            Self::Comm => "CommError",
            Self::JsonDecode => "JSONDecodeError",
        }
    }
}

impl Scalar {
    pub(crate) fn of(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number.into_string()),
            Value::Text(text) => Self::Text(exact_text(text)),
            Value::List(_) | Value::Object(_) => Self::Container(value.to_json()),
        }
    }

    /// Returns it as JSON, `None` for null.
    pub(crate) fn to_json(&self) -> Option<String> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(value) => value.to_string(),
            Self::Number(written) => written.clone(),
            Self::Text(text) => Value::Text(text.as_str().into()).to_json(),
            Self::Container(json) => json.clone(),
        })
    }

    /// Returns the text, if it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the nearest double of a number, and 1 or 0 for a bool, as Python does.
    pub(crate) fn to_f64(&self) -> Option<f64> {
        Some(match self {
            Self::Bool(value) => f64::from(u8::from(*value)),
            Self::Number(written) => to_f64(written),
            _ => return None,
        })
    }

    /// Returns the integer, if it is one that fits.
    pub(crate) fn to_i64(&self) -> Option<i64> {
        match self {
            Self::Number(written) => exact(written).and_then(|digits| digits.parse().ok()),
            _ => None,
        }
    }

    /// `self > 0`.
    ///
    /// # Errors
    /// `TypeError` when it is not a number.
    pub(crate) fn is_positive(&self) -> Result<bool, Exception> {
        self.to_f64().map(|value| value > 0.0).ok_or(Exception::Type)
    }

    /// `self != 0`.
    pub(crate) fn is_not_zero(&self) -> bool {
        self.to_f64() != Some(0.0)
    }

    /// `self > other`.
    ///
    /// # Errors
    /// `TypeError` unless both are numbers or both are texts.
    pub(crate) fn is_greater(&self, other: &Self) -> Result<bool, Exception> {
        if let (Self::Text(one), Self::Text(other)) = (self, other) {
            return Ok(one > other);
        }
        let (Some(one), Some(two)) = (self.to_f64(), other.to_f64()) else { return Err(Exception::Type) };
        let order = one.partial_cmp(&two).map(|order| order.then_with(|| self.compare_digits(other)));
        Ok(order == Some(Ordering::Greater))
    }

    /// Compares two numbers whose nearest doubles are the same.
    fn compare_digits(&self, other: &Self) -> Ordering {
        match (self.digits(), other.digits()) {
            (Some(one), Some(other)) => compare_integers(&one, &other),
            // An integer beyond all doubles is less than infinity, and more than minus infinity.
            (Some(one), None) => {
                if one.starts_with('-') {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            (None, Some(_)) => other.compare_digits(self).reverse(),
            (None, None) => Ordering::Equal,
        }
    }

    fn digits(&self) -> Option<String> {
        match self {
            Self::Bool(value) => Some(u8::from(*value).to_string()),
            Self::Number(written) => exact(written),
            _ => None,
        }
    }

    /// Returns what it is equal to in a tuple.
    ///
    /// # Errors
    /// `TypeError` for lists and dicts.
    pub(crate) fn hashable(&self) -> Result<Hashable<'_>, Exception> {
        Ok(match self {
            Self::Null => Hashable::Null,
            Self::Text(text) => Hashable::Text(text),
            Self::Container(_) => return Err(Exception::Type),
            Self::Bool(_) | Self::Number(_) => match (self.digits(), self.to_f64()) {
                (Some(digits), _) => Hashable::Integer(digits),
                (None, Some(value)) if !value.is_nan() => Hashable::Float(value.to_bits()),
                _ => Hashable::NotANumber,
            },
        })
    }
}

/// Returns a text that differs for every other text: a lone surrogate becomes its JSON escape.
pub(crate) fn exact_text(text: Text) -> String {
    text.into_string().unwrap_or_else(|text| text.to_json_source().into_owned())
}

fn to_f64(written: &str) -> f64 {
    written.parse().expect("the grammar of JSON numbers is within that of Rust's floats")
}

/// Returns all digits of a number that is an integer in value, `None` for any other. A number written as a
/// float has the digits of its double: `1e23` is `99999999999999991611392`.
pub(crate) fn exact(written: &str) -> Option<String> {
    let digits = if written.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        written.to_owned()
    } else {
        let value = to_f64(written);
        if !value.is_finite() || value.fract() != 0.0 {
            return None;
        }
        format!("{value:.0}")
    };
    Some(if digits == "-0" { "0".to_owned() } else { digits })
}

/// Returns all digits of a number, see [`exact`].
pub(crate) fn exact_number(number: &Number) -> Option<String> {
    exact(number.as_str())
}

fn compare_integers(one: &str, other: &str) -> Ordering {
    match (one.strip_prefix('-'), other.strip_prefix('-')) {
        (None, None) => (one.len(), one).cmp(&(other.len(), other)),
        (Some(one), Some(other)) => (other.len(), other).cmp(&(one.len(), one)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
    }
}

/// Returns what `int(text)` does: all digits, without leading zeros, with a minus if it has one. White space around
/// it, a sign, single underscores between digits and the digits of every script are accepted. `None` is a
/// `ValueError`.
pub(crate) fn int(text: &str) -> Option<String> {
    let text = text.trim();
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut value = String::new();
    let mut count = 0;
    for group in digits.split('_') {
        if group.is_empty() {
            return None;
        }
        for character in group.chars() {
            let digit = digit_value(character)?;
            count += 1;
            if digit != 0 || !value.is_empty() {
                value.push(char::from_digit(digit, 10).expect("it is below ten"));
            }
        }
    }
    if count > INTEGER_DIGITS_MAX {
        return None;
    }
    Some(match (value.is_empty(), is_negative) {
        (true, _) => "0".to_owned(),
        (false, true) => format!("-{value}"),
        (false, false) => value,
    })
}

/// Returns the value of a decimal digit of any script. Unicode gives the ten digits of a script ten consecutive code
/// points, from zero up; scripts may follow each other without a gap.
fn digit_value(character: char) -> Option<u32> {
    let is_digit =
        |code| char::from_u32(code).is_some_and(|at| at.general_category() == GeneralCategory::DecimalNumber);
    let code = u32::from(character);
    if character.is_ascii() {
        return character.to_digit(10);
    }
    is_digit(code).then(|| (1..).find(|back| !is_digit(code - back)).map_or(0, |back| (back - 1) % 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(written: &str) -> Scalar {
        Scalar::Number(written.to_owned())
    }

    fn are_equal(one: &Scalar, other: &Scalar) -> bool {
        one.hashable() == other.hashable()
    }

    #[test]
    fn numbers_are_equal_by_their_exact_value() {
        assert!(are_equal(&number("100"), &number("100.0")));
        assert!(are_equal(&number("1e2"), &number("100")));
        assert!(are_equal(&number("1"), &Scalar::Bool(true)));
        assert!(are_equal(&number("-0.0"), &number("0")));
        assert!(are_equal(&number("9007199254740992"), &number("9007199254740992.0")));
        assert!(!are_equal(&number("9007199254740993"), &number("9007199254740992.0")));
        assert!(!are_equal(&number("47.5"), &number("47.50000000000001")));
        assert!(are_equal(&number("NaN"), &number("NaN")));
        assert!(!are_equal(&number("1"), &Scalar::Text("1".into())));
        assert!(!are_equal(&number("0"), &Scalar::Null));
        assert_eq!(Scalar::Container("[]".into()).hashable(), Err(Exception::Type));
    }

    #[test]
    fn numbers_order_by_their_exact_value_and_texts_by_code_point() {
        let greater = |one: &str, other: &str| number(one).is_greater(&number(other)).unwrap();
        assert!(greater("9007199254740993", "9007199254740992.0"));
        assert!(!greater("9007199254740992.0", "9007199254740993"));
        assert!(greater("-9007199254740992.0", "-9007199254740993"));
        assert!(greater("Infinity", &"9".repeat(400)));
        assert!(greater(&format!("-{}", "9".repeat(400)), "-Infinity"));
        assert!(!greater("NaN", "1") && !greater("1", "NaN") && !greater("1", "1.0"));
        assert!(number("2").is_greater(&Scalar::Bool(true)).unwrap());
        assert!(Scalar::Text("b".into()).is_greater(&Scalar::Text("a".into())).unwrap());
        for other in [Scalar::Null, Scalar::Text("1".into()), Scalar::Container("[]".into())] {
            assert_eq!(number("1").is_greater(&other), Err(Exception::Type));
        }
        assert_eq!(Scalar::Null.is_greater(&Scalar::Null), Err(Exception::Type));
    }

    #[test]
    fn an_integer_is_read_in_every_form_that_python_takes() {
        for (text, value) in [
            ("7", "7"),
            (" 7 ", "7"),
            ("+7", "7"),
            ("07", "7"),
            ("1_0", "10"),
            ("-1", "-1"),
            ("-0", "0"),
            ("\u{667}", "7"),
            ("\u{ff17}\u{1d7e1}", "79"),
            ("\u{a0}7\u{2003}", "7"),
            ("99999999999999999999", "99999999999999999999"),
        ] {
            assert_eq!(int(text).as_deref(), Some(value), "{text:?}");
        }
        for text in ["", " ", "abc", "7.0", "0x7", "1__0", "_1", "1_", "+ 7", "--7", "\u{b2}", "7\0", "7\x1f"]
        {
            assert_eq!(int(text), None, "{text:?}");
        }
    }
}
