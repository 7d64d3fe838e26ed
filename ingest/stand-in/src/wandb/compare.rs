//! Whether two values of a config are the same, and which comes first. It is as Mongo has it, with numbers that stay
//! exact.

use std::cmp::Ordering;

use annals_log::json::{Number, Object, Value};

/// Whether two values are the same. 27 is 27.0, and is neither "27" nor true; members of an object may have any order.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => compare_numbers(one, other) == Some(Ordering::Equal),
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => one.len() == other.len() && is_within(one, other),
        _ => one == other,
    }
}

fn is_within(one: &Object, other: &Object) -> bool {
    one.iter().all(|(key, value)| {
        let other = key.as_str().and_then(|key| other.get(key));
        other.is_some_and(|other| same(value, other))
    })
}

/// Returns the order of two values; `None` where they are not of one kind: no test of order holds for them.
pub(super) fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => compare_numbers(one, other),
        (Value::Text(one), Value::Text(other)) => Some(one.cmp(other)),
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        _ => None,
    }
}

/// Returns the order of any two values: one that is not there comes first, then null, false and true, numbers, texts,
/// then lists and objects by how they are written.
pub(super) fn rank(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    let of_kind = |value: Option<&Value>| match value {
        None => 0,
        Some(Value::Null) => 1,
        Some(Value::Bool(_)) => 2,
        Some(Value::Number(_)) => 3,
        Some(Value::Text(_)) => 4,
        Some(Value::List(_)) => 5,
        Some(Value::Object(_)) => 6,
    };
    of_kind(one).cmp(&of_kind(other)).then_with(|| match (one, other) {
        (Some(one), Some(other)) => {
            compare(one, other).unwrap_or_else(|| one.to_json().cmp(&other.to_json()))
        }
        _ => Ordering::Equal,
    })
}

/// Returns the order of two numbers: 9007199254740993 is more than 9007199254740992.0. `None` beside a NaN.
fn compare_numbers(one: &Number, other: &Number) -> Option<Ordering> {
    let by_double = one.to_f64().partial_cmp(&other.to_f64())?;
    if by_double != Ordering::Equal {
        return Some(by_double);
    }
    // Doubles that are equal may stand for integers that are not.
    Some(match (exact(one), exact(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => Ordering::Equal,
    })
}

/// Returns a whole number exactly; `None` of a fraction, and of a number that no `i128` holds.
fn exact(number: &Number) -> Option<i128> {
    if number.is_integer() {
        return number.as_str().parse().ok();
    }
    let double = number.to_f64();
    // Without exponent or fraction, and exact: so are all doubles of this size that are whole.
    let is_whole = double.abs() < 1e38 && double.fract() == 0.0;
    is_whole.then(|| format!("{double:.0}").parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use annals_log::json::parse;

    use super::*;

    fn are_same(one: &str, other: &str) -> bool {
        same(&parse(one).unwrap(), &parse(other).unwrap())
    }

    #[test]
    fn a_number_is_the_same_whole_or_with_a_point_and_is_no_text_and_no_truth() {
        for (one, other) in [("27", "27.0"), ("0", "-0.0"), ("1e2", "100"), ("[27]", "[27.0]")] {
            assert!(are_same(one, other), "{one} {other}");
        }
        for (one, other) in [("27", "\"27\""), ("1", "true"), ("0", "false"), ("0", "null"), ("27", "[27]")] {
            assert!(!are_same(one, other), "{one} {other}");
        }
        assert!(are_same(r#"{"a":1,"b":[2]}"#, r#"{"b":[2.0],"a":1}"#));
        assert!(!are_same(r#"{"a":1,"b":2}"#, r#"{"a":1}"#));
    }

    #[test]
    fn large_integers_do_not_fall_together() {
        assert!(!are_same("9007199254740993", "9007199254740992.0"));
        assert!(are_same("9007199254740992", "9007199254740992.0"));
        assert!(!are_same("184467440737095516150", "184467440737095516151"));
    }

    #[test]
    fn what_is_not_there_comes_first_and_texts_after_numbers() {
        let values = ["null", "false", "true", "-1", "2", "10", "\"10\"", "\"2\"", "[]", "{}"]
            .map(|json| parse(json).unwrap());
        assert_eq!(rank(None, Some(&values[0])), Ordering::Less);
        for pair in values.windows(2) {
            assert_eq!(rank(Some(&pair[0]), Some(&pair[1])), Ordering::Less, "{pair:?}");
        }
    }
}
