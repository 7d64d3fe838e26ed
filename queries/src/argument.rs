//! Arguments: values for parameters, as a person writes them.

use std::fmt::{self, Display, Formatter};

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;

use crate::exact::read_text;

/// A value for a parameter, as a person writes it: `7` for the next of `$1`, `$2` and so on, `uid=7` for `$uid`.
///
/// A value is a literal of SQL: a number, `true`, `false`, `null`, a text in single quotes. Whatever is none of these
/// is a text, too. Where the question wants a type, the value is read as that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    name: Option<String>,
    written: String,
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        match text.split_once('=').filter(|(name, _)| is_name(name)) {
            Some((name, written)) => Self { name: Some(name.to_owned()), written: written.to_owned() },
            None => Self { name: None, written: text.to_owned() },
        }
    }
}

/// The value alone.
impl Display for Argument {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.written)
    }
}

impl Argument {
    /// Returns the text that it is read from.
    pub fn to_text(&self) -> String {
        match &self.name {
            Some(name) => format!("{name}={}", self.written),
            None => self.written.clone(),
        }
    }

    /// Gives each the name of its parameter: those without one are numbered in their order.
    pub(crate) fn named(arguments: &[Self]) -> impl Iterator<Item = (String, &Self)> {
        let mut unnamed = 0;
        arguments.iter().map(move |argument| match &argument.name {
            Some(name) => (format!("${name}"), argument),
            None => {
                unnamed += 1;
                (format!("${unnamed}"), argument)
            }
        })
    }

    /// Returns the value with the type of the literal that it is.
    pub(crate) fn literal(&self) -> ScalarValue {
        let written = self.written.as_str();
        let begins_as_number = written.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        if self.is_null() {
            ScalarValue::Null
        } else if written.eq_ignore_ascii_case("true") {
            true.into()
        } else if written.eq_ignore_ascii_case("false") {
            false.into()
        } else if let Ok(whole) = written.parse::<i64>() {
            whole.into()
        } else if let Some(number) = written.parse::<f64>().ok().filter(|_| begins_as_number) {
            number.into()
        } else {
            ScalarValue::Utf8(Some(self.text()))
        }
    }

    /// Returns the value as one of `wanted`; `None` where it is no such value.
    pub(crate) fn of_type(&self, wanted: &DataType) -> Option<ScalarValue> {
        let value = if self.is_null() { ScalarValue::Null } else { ScalarValue::Utf8(Some(self.text())) };
        read_text(value, wanted)
    }

    fn is_null(&self) -> bool {
        self.written.eq_ignore_ascii_case("null")
    }

    /// Takes the quotes away, where there are any: a quote inside is written twice, as in SQL.
    fn text(&self) -> String {
        let quoted = self.written.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        quoted.map_or_else(|| self.written.clone(), |inside| inside.replace("''", "'"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_stands_before_the_first_equals_sign() {
        for (text, name, written) in [
            ("7", None, "7"),
            ("uid=7", Some("uid"), "7"),
            ("1=a=b", Some("1"), "a=b"),
            ("a b=c", None, "a b=c"),
            ("=c", None, "=c"),
            ("empty=", Some("empty"), ""),
        ] {
            let wanted = Argument { name: name.map(str::to_owned), written: written.to_owned() };
            assert_eq!(Argument::from(text), wanted);
            assert_eq!(wanted.to_text(), text);
        }
        let arguments = ["a", "uid=b", "c"].map(Argument::from);
        let names: Vec<String> = Argument::named(&arguments).map(|(name, _)| name).collect();
        assert_eq!(names, ["$1", "$uid", "$2"]);
    }

    #[test]
    fn a_value_has_the_type_of_the_literal_that_it_is() {
        for (text, value) in [
            ("7", ScalarValue::from(7_i64)),
            ("-7", (-7_i64).into()),
            ("1.5", 1.5.into()),
            ("1e3", 1000.0.into()),
            ("TRUE", true.into()),
            ("Null", ScalarValue::Null),
            ("nan", "nan".into()),
            ("infinity", "infinity".into()),
            ("'null'", "null".into()),
            ("'7'", "7".into()),
            ("'it''s'", "it's".into()),
            ("it's", "it's".into()),
            ("", "".into()),
            ("5Grw", "5Grw".into()),
        ] {
            assert_eq!(Argument::from(text).literal(), value, "{text}");
        }
    }

    #[test]
    fn a_value_is_read_as_the_type_that_is_wanted() {
        let of_type = |text: &str, wanted| Argument::from(text).of_type(&wanted);
        assert_eq!(of_type("7", DataType::Utf8), Some("7".into()));
        assert_eq!(of_type("7", DataType::UInt16), Some(ScalarValue::UInt16(Some(7))));
        assert_eq!(of_type("'7'", DataType::Float64), Some(7.0.into()));
        assert_eq!(of_type("null", DataType::Int64), Some(ScalarValue::Int64(None)));
        assert_eq!(of_type("true", DataType::Boolean), Some(true.into()));
        for (text, wanted) in [
            ("seven", DataType::Int64),
            ("1.5", DataType::Int64),
            ("-1", DataType::UInt16),
            ("70000", DataType::UInt16),
            ("maybe", DataType::Boolean),
            ("yesterday", DataType::Date32),
        ] {
            assert_eq!(of_type(text, wanted), None, "{text}");
        }
    }
}
