//! One writing for each value, whoever wrote it down last: what is signed is the SHA-256 of it.

use super::{Number, Object, Text, Value};

/// An exponent with more digits is left as it was written: no double is told apart by it.
const EXPONENT_DIGITS_MAX: usize = 18;

impl Value {
    /// As JSON in which equal values have equal bytes: no white space, keys in the order of their code points, strings
    /// with the escapes of [`Value::to_json`], numbers as of [`Number::to_canonical`].
    pub fn to_canonical(&self) -> String {
        let mut out = String::new();
        self.write_canonical(&mut out);
        out
    }

    fn write_canonical(&self, out: &mut String) {
        match self {
            Self::Number(number) => out.push_str(&number.to_canonical()),
            Self::Text(text) => text.write_json(out),
            Self::List(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    out.push_str(if place > 0 { "," } else { "" });
                    item.write_canonical(out);
                }
                out.push(']');
            }
            Self::Object(object) => object.write_canonical(out),
            Self::Null | Self::Bool(_) => out.push_str(&self.to_json()),
        }
    }
}

impl Object {
    fn write_canonical(&self, out: &mut String) {
        let mut members: Vec<(&Text, &Value)> = self.iter().collect();
        members.sort_by_key(|(key, _)| *key);
        out.push('{');
        for (place, (key, value)) in members.into_iter().enumerate() {
            out.push_str(if place > 0 { "," } else { "" });
            key.write_json(out);
            out.push(':');
            value.write_canonical(out);
        }
        out.push('}');
    }
}

impl Number {
    /// The exact value, in one writing: `-` if it is below 0, the digits without zeros at either end, `e`, the power of
    /// ten that the last digit stands for; `0` for every zero. So `57`, `57.0` and `5.7e+01` are `57e0`, for a server
    /// may write any of them; 9007199254740993 and 9007199254740992.0 stay apart. `NaN` and infinities are as written,
    /// and so is a number whose exponent has more than 18 digits.
    pub fn to_canonical(&self) -> String {
        normal(&self.0).unwrap_or_else(|| self.0.to_string())
    }

    /// The value, if it is a whole number from 0 on, however it is written: 7, 7.0, 7e0.
    pub fn to_whole(&self) -> Option<u64> {
        let canonical = self.to_canonical();
        let (digits, zeros) = canonical.split_once('e').unwrap_or((&canonical, "0"));
        digits.parse::<u64>().ok()?.checked_mul(10_u64.checked_pow(zeros.parse().ok()?)?)
    }
}

/// `None` where there is no exponent to count with.
fn normal(written: &str) -> Option<String> {
    let (sign, unsigned) = match written.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", written),
    };
    if !unsigned.starts_with(|digit: char| digit.is_ascii_digit()) {
        return None;
    }
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let exponent_digits = exponent.trim_start_matches(['+', '-']).len();
    let exponent: i64 = (exponent_digits <= EXPONENT_DIGITS_MAX).then(|| exponent.parse().ok())??;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    let without_end = digits.trim_end_matches('0');
    let significant = without_end.trim_start_matches('0');
    if significant.is_empty() {
        return Some("0".to_owned());
    }
    let count = |digits: &str| i64::try_from(digits.len()).expect("a text is far shorter than 2^63");
    let last = exponent - count(fraction) + count(&digits) - count(without_end);
    Some(format!("{sign}{significant}e{last}"))
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    fn canonical(json: &str) -> String {
        parse(json).unwrap().to_canonical()
    }

    #[test]
    fn what_a_server_may_write_otherwise_is_written_alike() {
        let ours = r#"{"b":[57.0,0.0,1795287797.7166364],"a":{"é":"\u0001\ud800","\u0041":null}}"#;
        let theirs =
            "{\"a\": {\"A\": null, \"\\u00e9\": \"\u{1}\\ud800\"}, \"b\": [57, -0, 1.7952877977166364e+09]}";
        assert_eq!(canonical(ours), canonical(theirs));
        let written = "{\"a\":{\"A\":null,\"é\":\"\\u0001\\ud800\"},\"b\":[57e0,0,17952877977166364e-7]}";
        assert_eq!(canonical(ours), written);
    }

    #[test]
    fn a_number_keeps_its_exact_value() {
        for (written, canonical_text) in [
            ("0", "0"),
            ("-0.00e7", "0"),
            ("100", "1e2"),
            ("-1.50", "-15e-1"),
            ("0.001", "1e-3"),
            ("12E-2", "12e-2"),
            ("9007199254740993", "9007199254740993e0"),
            ("9007199254740992.0", "9007199254740992e0"),
            ("1e400", "1e400"),
            ("10e0000000000000000000001", "10e0000000000000000000001"),
            ("NaN", "NaN"),
            ("-Infinity", "-Infinity"),
            ("Infinity", "Infinity"),
        ] {
            assert_eq!(canonical(written), canonical_text, "{written}");
        }
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        let whole = |json: &str| match parse(json).unwrap() {
            super::Value::Number(number) => number.to_whole(),
            _ => panic!("a number"),
        };
        for (written, value) in [("7", 7), ("7.0", 7), ("70e-1", 7), ("1.2E2", 120), ("-0.0", 0)] {
            assert_eq!(whole(written), Some(value), "{written}");
        }
        assert_eq!(whole("18446744073709551615"), Some(u64::MAX));
        for written in ["7.5", "-7", "18446744073709551616", "1e400", "NaN", "Infinity"] {
            assert_eq!(whole(written), None, "{written}");
        }
    }

    #[test]
    fn lists_keep_their_order_and_texts_are_no_numbers() {
        assert_ne!(canonical("[1,2]"), canonical("[2,1]"));
        assert_ne!(canonical("\"1e0\""), canonical("1"));
        assert_ne!(canonical("true"), canonical("1"));
    }
}
