//! The rows that a run logged.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use annals_log::json::{self, Object, Text, Value};

use super::refusal::Refusal;
use super::values::{IntoValue as _, count, object, step, whole};

/// Rows by step. Those without a step come after all others.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows(BTreeMap<Key, Row>);

/// The step; where there is none, `u64::MAX` and the row itself.
type Key = (u64, Text);

#[derive(Debug, Clone)]
struct Row {
    /// The row as it was logged.
    text: Text,
    /// When it begins to be served, in milliseconds since 1970 UTC.
    since_ms: i64,
}

impl Rows {
    /// Adds a row. Of two with one step, the one that is served earlier is kept.
    pub(super) fn add(&mut self, text: Text, since_ms: i64) {
        let row = Row { text, since_ms };
        match self.0.entry(key_of(&row.text)) {
            Entry::Vacant(place) => drop(place.insert(row)),
            Entry::Occupied(mut known) if since_ms < known.get().since_ms => drop(known.insert(row)),
            Entry::Occupied(_) => {}
        }
    }

    /// Puts a row in the place of the one that has its step.
    pub(super) fn put(&mut self, text: Text, since_ms: i64) {
        self.0.insert(key_of(&text), Row { text, since_ms });
    }

    pub(super) fn last_step(&self) -> Option<u64> {
        ServedRows::default().with(self, i64::MAX).last_step()
    }
}

/// Returns a row as W&B tells it: a text that is JSON.
pub(super) fn text_of_row(row: Value) -> Text {
    match row {
        Value::Text(text) => text,
        other => other.to_json().into(),
    }
}

fn key_of(text: &Text) -> Key {
    match step_of(text) {
        Some(step) => (step, Text::default()),
        None => (u64::MAX, text.clone()),
    }
}

/// The rows that a client asks for, as in `sampledHistory(specs)`.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// Only rows that have all of these keys are wanted, and only these members of them.
    pub(super) keys: Option<Vec<Text>>,
    pub(super) from_step: Option<u64>,
    /// The step after the last one that is wanted.
    pub(super) to_step: Option<u64>,
    /// How many rows are wanted at most.
    pub(super) samples: Option<u64>,
}

/// The rows of a run in layers, as they are served: a row of a later layer replaces that of an earlier one.
#[derive(Default)]
pub(super) struct ServedRows<'a>(Vec<Layer<'a>>);

struct Layer<'a> {
    rows: &'a Rows,
    /// Rows after this time are not served yet.
    until_ms: i64,
}

impl<'a> Layer<'a> {
    fn rows_from(&self, step: u64) -> impl DoubleEndedIterator<Item = (&'a Key, &'a Text)> + use<'a> {
        let (rows, until_ms) = (self.rows, self.until_ms);
        let rows = rows.0.range((step, Text::default())..).filter(move |(_, row)| row.since_ms <= until_ms);
        rows.map(|(key, row)| (key, &row.text))
    }
}

impl<'a> ServedRows<'a> {
    /// Puts another layer on top.
    pub(super) fn with(mut self, rows: &'a Rows, until_ms: i64) -> Self {
        self.0.push(Layer { rows, until_ms });
        self
    }

    /// Whether there is a row of this step, or, where it has none, this row.
    pub(super) fn has(&self, text: &Text) -> bool {
        let key = key_of(text);
        self.0.iter().any(|layer| layer.rows.0.get(&key).is_some_and(|row| row.since_ms <= layer.until_ms))
    }

    pub(super) fn len(&self) -> usize {
        self.within(&Wanted::default()).len()
    }

    pub(super) fn last_step(&self) -> Option<u64> {
        let last = |layer: &Layer<'_>| {
            layer.rows_from(0).rev().map(|((step, _), _)| *step).find(|step| *step < u64::MAX)
        };
        self.0.iter().filter_map(last).max()
    }

    /// Returns the row that was logged last.
    pub(super) fn last(&self) -> Option<&'a Text> {
        let last = self.0.iter().filter_map(|layer| layer.rows_from(0).next_back());
        last.max_by_key(|(key, _)| *key).map(|(_, text)| text)
    }

    /// Returns `history`: the texts of the rows.
    pub(super) fn texts(&self, wanted: &Wanted) -> Value {
        let texts = self.within(wanted).into_values().collect();
        Value::List(sampled(texts, wanted.samples).into_iter().cloned().map(Value::Text).collect())
    }

    /// Returns `sampledHistory` or `liveData`: the rows themselves.
    pub(super) fn objects(&self, wanted: &Wanted) -> Value {
        let rows = self.within(wanted).into_values().filter_map(|text| {
            let Ok(Value::Object(row)) = json::parse(&text.to_json_source()) else { return None };
            let Some(keys) = &wanted.keys else { return Some(Value::Object(row)) };
            let member = |key: &Text| Some((key.clone(), row.get(key.as_str()?)?.clone()));
            keys.iter().map(member).collect::<Option<Object>>().map(Value::Object)
        });
        Value::List(sampled(rows.collect(), wanted.samples))
    }

    fn within(&self, wanted: &Wanted) -> BTreeMap<&'a Key, &'a Text> {
        let (from, to) = (wanted.from_step.unwrap_or(0), wanted.to_step);
        let of_layer = |layer: &Layer<'a>| {
            layer.rows_from(from).take_while(move |((step, _), _)| to.is_none_or(|to| *step < to))
        };
        self.0.iter().flat_map(of_layer).collect()
    }

    /// Returns `historyKeys`: the keys of the rows, and the kinds of their values.
    pub(super) fn keys(&self) -> Value {
        let mut kinds: BTreeMap<Text, BTreeMap<&str, u64>> = BTreeMap::new();
        for text in self.within(&Wanted::default()).into_values() {
            let Ok(Value::Object(row)) = json::parse(&text.to_json_source()) else { continue };
            for (key, value) in row.iter() {
                *kinds.entry(key.clone()).or_default().entry(kind(value)).or_default() += 1;
            }
        }
        let set = kinds.keys().map(|key| Value::Text(key.clone())).collect();
        let members = kinds.into_iter().map(|(key, kinds)| {
            let count = |(kind, count): (&str, u64)| {
                Value::Object(object([("type", kind.into_value()), ("count", count.into_value())]))
            };
            let counts = Value::List(kinds.into_iter().map(count).collect());
            (key, Value::Object(object([("typeCounts", counts)])))
        });
        let keys = Value::Object(members.collect());
        let set = Value::Object(object([("keys", Value::List(set))]));
        let last = self.last_step().into_value();
        Value::Object(object([("sets", Value::List(vec![set])), ("keys", keys), ("lastStep", last)]))
    }
}

impl Wanted {
    /// Reads one of the `specs`, a JSON text. Unlike in `history`, the row of `maxStep` is among those meant: W&B asks
    /// its own store for one step more (wandb/wandb#12010, where a client learned it).
    ///
    /// # Errors
    /// It is no spec.
    pub(super) fn read(spec: &Text) -> Result<Self, Refusal> {
        let wrong = |what: &str| Refusal::bad_request(format!("the spec {} {what}", spec.to_lossy()));
        let Ok(Value::Object(spec)) = json::parse(&spec.to_json_source()) else {
            return Err(wrong("is no JSON object"));
        };
        let mut wanted = Self::default();
        for (key, value) in spec.iter() {
            match (key.as_str(), value) {
                (_, Value::Null) => {}
                (Some("keys"), Value::List(keys)) => {
                    wanted.keys = Some(keys.iter().filter_map(Value::as_text).cloned().collect());
                }
                (Some("minStep"), value) => {
                    wanted.from_step = Some(step(whole(value)).ok_or_else(|| wrong(NO_STEP))?);
                }
                (Some("maxStep"), value) => {
                    let behind = whole(value).and_then(|last| last.checked_add(1));
                    wanted.to_step = Some(step(behind).ok_or_else(|| wrong(NO_STEP))?);
                }
                (Some("samples"), value) => {
                    let samples =
                        count(value).ok_or_else(|| wrong("has samples that are no number of rows"))?;
                    wanted.samples = Some(samples);
                }
                _ => return Err(wrong(&format!("asks for what is unknown here: {}", key.to_lossy()))),
            }
        }
        Ok(wanted)
    }
}

/// What is answered about a step that is none.
const NO_STEP: &str = "has a step that is no whole number";

fn step_of(text: &Text) -> Option<u64> {
    let Ok(Value::Object(row)) = json::parse(&text.to_json_source()) else { return None };
    count(row.get("_step")?)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nil",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::Text(_) => "string",
        Value::List(_) => "list",
        Value::Object(_) => "map",
    }
}

/// Returns at most that many rows, at even distances from the first on.
fn sampled<T>(rows: Vec<T>, samples: Option<u64>) -> Vec<T> {
    let all = rows.len() as u64;
    let Some(samples) = samples.filter(|samples| *samples < all) else { return rows };
    let mut places = (0..samples).map(|sample| sample * all / samples).peekable();
    let numbered = (0..).zip(rows);
    numbered.filter_map(|(place, row)| places.next_if_eq(&place).map(|_| row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        let mut rows = Rows::default();
        for step in [2_u64, 0, 1, 5] {
            rows.add(
                format!(r#"{{"_step":{step},"loss":{step}.50}}"#).into(),
                10 * i64::try_from(step).unwrap(),
            );
        }
        rows.add(r#"{"_step":3,"stats":{}}"#.into(), 0);
        rows.add(r#"{"note":"without a step"}"#.into(), 0);
        rows
    }

    fn served(rows: &Rows, until_ms: i64) -> ServedRows<'_> {
        ServedRows::default().with(rows, until_ms)
    }

    #[test]
    fn rows_come_by_step_and_as_they_were_written() {
        let wanted = Wanted { from_step: Some(1), to_step: Some(5), ..Wanted::default() };
        let texts =
            r#"["{\"_step\":1,\"loss\":1.50}","{\"_step\":2,\"loss\":2.50}","{\"_step\":3,\"stats\":{}}"]"#;
        assert_eq!(served(&rows(), i64::MAX).texts(&wanted).to_json(), texts);
        let wanted = Wanted::read(&r#"{"keys":["_step","loss"],"samples":500,"maxStep":5}"#.into()).unwrap();
        let objects = r#"[{"_step":0,"loss":0.50},{"_step":1,"loss":1.50},{"_step":2,"loss":2.50},{"_step":5,"loss":5.50}]"#;
        assert_eq!(served(&rows(), i64::MAX).objects(&wanted).to_json(), objects);
    }

    #[test]
    fn too_many_rows_are_sampled_evenly() {
        let taken = |samples| sampled((0..10).collect::<Vec<_>>(), Some(samples));
        assert_eq!(taken(10), (0..10).collect::<Vec<_>>());
        assert_eq!(taken(4), [0, 2, 5, 7]);
        assert_eq!(taken(0), Vec::<i32>::new());
    }

    #[test]
    fn a_row_is_served_from_when_it_was_fetched() {
        assert_eq!(served(&rows(), 15).last_step(), Some(3));
        assert_eq!(served(&rows(), i64::MAX).last_step(), Some(5));
        let (rows, mut later) = (rows(), Rows::default());
        later.put(r#"{"_step":5,"loss":9}"#.into(), 0);
        let both = served(&rows, i64::MAX).with(&later, i64::MAX);
        assert_eq!((both.len(), served(&rows, 0).with(&later, 0).last_step()), (6, Some(5)));
        let wanted = Wanted { from_step: Some(5), to_step: Some(6), ..Wanted::default() };
        assert_eq!(both.texts(&wanted).to_json(), r#"["{\"_step\":5,\"loss\":9}"]"#);
        assert!(both.has(&r#"{"_step":5}"#.into()) && !both.has(&r#"{"_step":4}"#.into()));
        assert_eq!(both.last().unwrap().as_str(), Some(r#"{"note":"without a step"}"#));
    }

    #[test]
    fn of_a_row_that_was_fetched_twice_the_earlier_one_is_served() {
        let (mut one, mut other) = (Rows::default(), Rows::default());
        let fetches = [(r#"{"_step":1,"a":1}"#, 10), (r#"{"_step":1,"a":2}"#, 20)];
        fetches.iter().for_each(|(text, at_ms)| one.add((*text).into(), *at_ms));
        fetches.iter().rev().for_each(|(text, at_ms)| other.add((*text).into(), *at_ms));
        for rows in [one, other] {
            assert_eq!(served(&rows, 10).last().unwrap().as_str(), Some(fetches[0].0));
        }
    }

    #[test]
    fn steps_are_whole_numbers_and_none_is_below_0() {
        let spec = |spec: &str| Wanted::read(&spec.into()).map(|wanted| (wanted.from_step, wanted.to_step));
        assert_eq!(spec(r#"{"minStep":-7,"maxStep":-1}"#), Ok((Some(0), Some(0))));
        assert_eq!(spec(r#"{"minStep":3,"maxStep":null}"#), Ok((Some(3), None)));
        for wrong in [r#"{"minStep":1.5}"#, r#"{"maxStep":"1"}"#, r#"{"samples":-1}"#, r#"{"maxStep":1e99}"#]
        {
            assert_eq!(spec(wrong).unwrap_err().status, 400, "{wrong}");
        }
        let mut rows = Rows::default();
        rows.add(r#"{"_step":0}"#.into(), 0);
        rows.add(r#"{"_step":-1}"#.into(), 0);
        assert_eq!((served(&rows, 0).len(), served(&rows, 0).last_step()), (2, Some(0)));
    }
}
