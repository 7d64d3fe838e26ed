//! How much of a config the tables hold. Anybody may write a run of any size; no honest one comes near these bounds.
//! What exceeds them is left out and named in the anomalies, so that nobody can fill the memory of a process that
//! folds the log.

use annals_log::json::{Text, Value};

/// The length of a hotkey, a role and other short texts; a longer one is cut, and equals nothing that counts.
pub(crate) const TEXT_BYTES_MAX: usize = 256;
/// A list of hotkeys: a subnet has 256.
pub(crate) const LIST: Bound = Bound { items: 16_384, item: 1 << 10, all: 1 << 20 };
/// The entries of a validator's `stats`.
pub(crate) const STATS: Bound = Bound { items: 4_096, item: 16 << 10, all: 4 << 20 };
/// A miner's specs: a few KB.
pub(crate) const SPECS: Bound = Bound { items: 1_024, item: 32 << 10, all: 32 << 10 };
/// Numbers, short texts, and whatever a run has in their place.
pub(crate) const SCALAR: Bound = Bound { items: TEXT_BYTES_MAX, item: 1 << 10, all: 1 << 10 };

/// How many items a value may have, and their weight, each and together.
pub(crate) struct Bound {
    items: usize,
    item: usize,
    all: usize,
}

impl Bound {
    /// Whether a list, an object, or the characters of a text are within the bound.
    pub(crate) fn holds(&self, value: &Value) -> bool {
        let item = |value: &Value| Some(weight(value, self.item)).filter(|&weight| weight <= self.item);
        let member = |(key, value): (&Text, &Value)| {
            let key_bytes = key.as_bytes().len();
            Some(key_bytes + item(value).filter(|_| key_bytes <= TEXT_BYTES_MAX)?)
        };
        let (count, items): (usize, Option<usize>) = match value {
            Value::List(items) => (items.len(), items.iter().map(item).sum()),
            Value::Object(object) => (object.len(), object.iter().map(member).sum()),
            Value::Text(text) => (text.as_bytes().len(), Some(text.as_bytes().len())),
            Value::Number(number) => (0, Some(number.as_str().len())),
            Value::Null | Value::Bool(_) => (0, Some(0)),
        };
        count <= self.items && items.is_some_and(|items| OF_ANY + items <= self.all)
    }
}

/// About the bytes that a value takes beside its text.
const OF_ANY: usize = 8;

/// Returns about the bytes that a value takes; counting stops once they exceed `max`.
fn weight(value: &Value, max: usize) -> usize {
    let sum = |mut sum: usize, value: &Value| {
        if sum <= max {
            sum += weight(value, max - sum);
        }
        sum
    };
    match value {
        Value::Null | Value::Bool(_) => OF_ANY,
        Value::Number(number) => OF_ANY + number.as_str().len(),
        Value::Text(text) => OF_ANY + text.as_bytes().len(),
        Value::List(items) => items.iter().fold(OF_ANY, sum),
        Value::Object(object) => {
            object.iter().fold(OF_ANY, |so_far, (key, value)| sum(so_far + key.as_bytes().len(), value))
        }
    }
}

/// Returns the text, cut to [`TEXT_BYTES_MAX`].
pub(crate) fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}

#[cfg(test)]
mod tests {
    use annals_log::json;

    use super::*;

    #[test]
    fn what_is_too_much_is_found_without_counting_it_all() {
        let holds = |text: &str| LIST.holds(&json::parse(text).unwrap());
        assert!(holds(r#"["5A",7,{"a":[]}]"#) && holds("7") && holds(r#""5A""#));
        assert!(!holds(&format!("[\"{}\"]", "x".repeat(1 << 10))));
        assert!(!holds(&format!("[{}1]", "1,".repeat(16_384))));
        assert!(!holds(&format!("[{}1]", format!("\"{}\",", "x".repeat(900)).repeat(2_000))));
        assert!(!holds(&format!("\"{}\"", "x".repeat(16_385))));
        assert!(!holds(&format!("{{\"{}\":1}}", "x".repeat(257))));
        assert!(!holds(&format!("[[{}1]]", "1,".repeat(1 << 10))));
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("5F"), "5F");
        assert_eq!(cut(&"\u{1f600}".repeat(100)).len(), 256);
        assert_eq!(cut(&format!("x{}", "\u{1f600}".repeat(100))).len(), 253);
    }
}
