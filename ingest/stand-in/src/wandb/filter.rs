//! Filters of runs: Mongo's operators, on the columns that W&B has.

use std::cmp::Ordering;

use annals_log::json::{self, Object, Text, Value};
use regex::Regex;

use super::column::{Column, time};
use super::compare::{compare, same};
use super::refusal::Refusal;
use super::run::ServedRun;

/// How deep lists and objects of a filter may nest: those of upstream's readers are 6 deep.
const DEPTH_MAX: u32 = 64;

/// The runs that are asked for.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    /// All of the filters hold; without any, of every run.
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Column(Column, Test),
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    Equals(Value),
    In(Vec<Value>),
    /// The order of the column to the value is one of these.
    Is(&'static [Ordering], Value),
    Exists(bool),
    Matches(Regex),
}

impl Filter {
    /// Reads the `filters` of a request: JSON text, or nothing.
    ///
    /// # Errors
    /// Names what is unknown.
    pub(super) fn read(filters: Option<&Text>) -> Result<Self, Refusal> {
        let Some(text) = filters.filter(|text| !text.as_bytes().is_empty()) else {
            return Ok(Self::And(Vec::new()));
        };
        match json::parse(&text.to_json_source()) {
            Ok(Value::Null) => Ok(Self::And(Vec::new())),
            Ok(filters) if is_deeper(&filters, DEPTH_MAX) => {
                Err(wrong(&format!("is nested over {DEPTH_MAX} deep")))
            }
            Ok(Value::Object(filters)) => Self::of(&filters),
            Ok(other) => Err(wrong(&format!("is no object: {}", other.to_json()))),
            Err(error) => Err(wrong(&format!("is no JSON, {error}"))),
        }
    }

    fn of(filters: &Object) -> Result<Self, Refusal> {
        let all = filters.iter().map(|(key, value)| Self::of_member(&key.to_lossy(), value));
        all.collect::<Result<_, _>>().map(Self::And)
    }

    fn of_member(key: &str, value: &Value) -> Result<Self, Refusal> {
        let several = || match value {
            Value::List(filters) => filters.iter().map(|filter| Self::of_value(key, filter)).collect(),
            _ => Err(wrong(&format!("has no list behind {key}"))),
        };
        match key {
            "$and" => several().map(Self::And),
            "$or" => several().map(Self::Or),
            "$nor" => Ok(Self::Not(Box::new(Self::Or(several()?)))),
            "$not" => Ok(Self::Not(Box::new(Self::of_value(key, value)?))),
            _ if key.starts_with('$') => Err(unknown_operator(key)),
            _ => Self::of_column(&Column::of(key)?, value),
        }
    }

    fn of_value(key: &str, value: &Value) -> Result<Self, Refusal> {
        match value {
            Value::Object(filters) => Self::of(filters),
            _ => Err(wrong(&format!("has no object behind {key}"))),
        }
    }

    fn of_column(column: &Column, asked: &Value) -> Result<Self, Refusal> {
        let operators =
            asked.as_object().filter(|asked| asked.iter().any(|(key, _)| key.as_bytes().starts_with(b"$")));
        let Some(operators) = operators else {
            return Ok(Self::Column(column.clone(), Test::Equals(operand(column, asked)?)));
        };
        let all =
            operators.iter().map(|(operator, value)| Self::of_operator(column, &operator.to_lossy(), value));
        all.collect::<Result<_, _>>().map(Self::And)
    }

    fn of_operator(column: &Column, operator: &str, value: &Value) -> Result<Self, Refusal> {
        use Ordering::{Equal, Greater, Less};
        let one = || operand(column, value);
        let several = || match value {
            Value::List(values) => values.iter().map(|value| operand(column, value)).collect(),
            _ => Err(wrong(&format!("has no list behind {operator}"))),
        };
        let not = |test| Self::Not(Box::new(Self::Column(column.clone(), test)));
        let test = match operator {
            "$eq" => Test::Equals(one()?),
            "$ne" => return Ok(not(Test::Equals(one()?))),
            "$in" => Test::In(several()?),
            "$nin" => return Ok(not(Test::In(several()?))),
            "$gt" => Test::Is(&[Greater], one()?),
            "$gte" => Test::Is(&[Greater, Equal], one()?),
            "$lt" => Test::Is(&[Less], one()?),
            "$lte" => Test::Is(&[Less, Equal], one()?),
            "$exists" => Test::Exists(value.is_truthy()),
            "$regex" => {
                let text = value.as_text().ok_or_else(|| wrong("has no text behind $regex"))?;
                // Unlike MongoDB's, these patterns have no back-references and no look-around.
                let pattern = Regex::new(&text.to_lossy());
                Test::Matches(
                    pattern.map_err(|error| wrong(&format!("has a $regex that cannot be read: {error}")))?,
                )
            }
            "$not" => return Ok(Self::Not(Box::new(Self::of_column(column, value)?))),
            _ => return Err(unknown_operator(operator)),
        };
        Ok(Self::Column(column.clone(), test))
    }

    /// Whether a run is asked for.
    pub(super) fn holds_of(&self, run: &ServedRun) -> bool {
        match self {
            Self::And(filters) => filters.iter().all(|filter| filter.holds_of(run)),
            Self::Or(filters) => filters.iter().any(|filter| filter.holds_of(run)),
            Self::Not(filter) => !filter.holds_of(run),
            Self::Column(column, test) => {
                let value = column.value_of(run);
                match (column, value.as_deref()) {
                    (Column::Tags, Some(Value::List(tags))) => {
                        test.holds_of(value.as_deref()) || tags.iter().any(|tag| test.holds_of(Some(tag)))
                    }
                    (_, value) => test.holds_of(value),
                }
            }
        }
    }
}

impl Test {
    /// Whether it holds of a value. A value that is not there equals null, as in Mongo, and passes no other test.
    fn holds_of(&self, value: Option<&Value>) -> bool {
        let found = value.unwrap_or(&Value::Null);
        match self {
            Self::Equals(wanted) => same(found, wanted),
            Self::In(wanted) => wanted.iter().any(|wanted| same(found, wanted)),
            Self::Is(orders, limit) => compare(found, limit).is_some_and(|order| orders.contains(&order)),
            Self::Exists(wanted) => value.is_some() == *wanted,
            Self::Matches(pattern) => found.as_text().is_some_and(|text| pattern.is_match(&text.to_lossy())),
        }
    }
}

/// Returns the value to compare a column with. Times are compared as times, and W&B fails on numbers in their place.
fn operand(column: &Column, value: &Value) -> Result<Value, Refusal> {
    match (column, time(value)) {
        (Column::Time(_), Value::Null) => Ok(Value::Null),
        (Column::Time(_), Value::Number(ms)) if value.as_text().is_some() => Ok(Value::Number(ms)),
        // So does W&B: opentensor/validators#136.
        (Column::Time(name), Value::Number(number)) => Err(Refusal {
            status: 500,
            message: format!("{name} is compared with the number {}: W&B fails on that", number.as_str()),
        }),
        (Column::Time(name), _) => {
            Err(wrong(&format!("compares {name} with {}, which is no time in ISO 8601", value.to_json())))
        }
        _ => Ok(value.clone()),
    }
}

fn is_deeper(value: &Value, depth: u32) -> bool {
    let Some(below) = depth.checked_sub(1) else { return matches!(value, Value::List(_) | Value::Object(_)) };
    match value {
        Value::List(items) => items.iter().any(|item| is_deeper(item, below)),
        Value::Object(members) => members.iter().any(|(_, member)| is_deeper(member, below)),
        _ => false,
    }
}

fn unknown_operator(operator: &str) -> Refusal {
    wrong(&format!("has an operator that is unknown here: {operator}"))
}

fn wrong(what: &str) -> Refusal {
    Refusal::bad_request(format!("the filter {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: &str = r#"{"name":"0djlnjjs","displayName":"validator-5F9K","state":"running","tags":["a","b"],
        "createdAt":"2026-03-14T00:00:00","heartbeatAt":null,"user":{"username":"ni"},
        "config":"{\"role\":{\"desc\":null,\"value\":\"validator\"},\"config\":{\"value\":{\"netuid\":27}},\"allocated_hotkeys\":{\"value\":null},\"version\":{\"value\":190},\"bare\":7,\"flag\":{\"value\":true},\"big\":{\"value\":9007199254740993}}",
        "summaryMetrics":"{\"_step\":12,\"stats\":{\"7\":1.5}}"}"#;

    fn holds(filter: &str) -> bool {
        let run = ServedRun::read(NODE).unwrap();
        Filter::read(Some(&filter.into())).unwrap().holds_of(&run)
    }

    fn refused(filter: &str) -> String {
        let refusal = Filter::read(Some(&filter.into())).unwrap_err();
        assert_eq!(refusal.status, 400);
        refusal.message
    }

    #[test]
    fn the_rules_of_upstreams_filters_hold() {
        let held = [
            r#"{"$and":[{"config.role":"validator"},{"config.config.netuid":27},{"config.allocated_hotkeys":{"$exists":true}}]}"#,
            r#"{"config.config.netuid":27.0}"#,
            r#"{"config.hotkey":{"$exists":false}}"#,
            r#"{"config.bare":7}"#,
            r#"{"config.role.value":"validator"}"#,
            r#"{"state":"running","display_name":"validator-5F9K","displayName":{"$in":["x","validator-5F9K"]}}"#,
            r#"{"name":"0djlnjjs","tags":"a","username":"ni"}"#,
            "{}",
            "null",
        ];
        for filter in held {
            assert!(holds(filter), "{filter}");
        }
        let not = [
            r#"{"config.config.netuid":"27"}"#,
            r#"{"config.flag":1}"#,
            r#"{"config.hotkey":{"$exists":true}}"#,
            r#"{"config.hotkey":{"$in":["5GmvyePN"]}}"#,
            r#"{"config.big":9007199254740992.0}"#,
            r#"{"$or":[]}"#,
            r#"{"tags":"c"}"#,
        ];
        for filter in not {
            assert!(!holds(filter), "{filter}");
        }
    }

    #[test]
    fn every_operator_has_its_meaning_and_its_opposite() {
        let pairs = [
            (r#"{"config.version":{"$eq":190}}"#, r#"{"config.version":{"$ne":190}}"#),
            (r#"{"config.version":{"$gt":189.5,"$lt":191}}"#, r#"{"config.version":{"$gt":190}}"#),
            (r#"{"config.version":{"$gte":190}}"#, r#"{"config.version":{"$lt":190}}"#),
            (r#"{"config.version":{"$lte":190}}"#, r#"{"config.version":{"$gt":"190"}}"#),
            (
                r#"{"config.role":{"$in":["miner","validator"]}}"#,
                r#"{"config.role":{"$nin":["miner","validator"]}}"#,
            ),
            (r#"{"config.absent":{"$ne":1}}"#, r#"{"config.absent":{"$gt":-1}}"#),
            (r#"{"config.absent":null}"#, r#"{"config.absent":{"$not":{"$exists":false}}}"#),
            (r#"{"displayName":{"$regex":"^valid"}}"#, r#"{"displayName":{"$regex":"^5F"}}"#),
            (
                r#"{"$or":[{"state":"x"},{"state":"running"}]}"#,
                r#"{"$nor":[{"state":"x"},{"state":"running"}]}"#,
            ),
            (r#"{"$not":{"state":"x"}}"#, r#"{"$not":{}}"#),
            (r#"{"summary_metrics.stats.7":{"$gt":1}}"#, r#"{"summary_metrics._step":{"$gt":12}}"#),
            (
                r#"{"createdAt":{"$gt":"2026-03-13T23:59:59Z"}}"#,
                r#"{"created_at":{"$gt":"2026-03-14T01:00:00+01:00"}}"#,
            ),
            (r#"{"heartbeat_at":null}"#, r#"{"heartbeat_at":{"$lt":"2030-01-01T00:00:00Z"}}"#),
            (r#"{"tags":{"$in":["b"]}}"#, r#"{"tags":{"$nin":["b"]}}"#),
        ];
        for (held, not) in pairs {
            assert!(holds(held), "{held}");
            assert!(!holds(not), "{not}");
        }
    }

    #[test]
    fn what_is_unknown_is_named() {
        assert!(refused(r#"{"colour":"red"}"#).contains("\"colour\""));
        assert!(refused(r#"{"$and":[{"state":{"$near":1}}]}"#).contains("$near"));
        assert!(refused(r#"{"$where":"1"}"#).contains("$where"));
        assert!(refused(r#"{"createdAt":{"$gt":"yesterday"}}"#).contains("\"yesterday\""));
        assert!(refused(r#"{"name":{"$regex":"("}}"#).contains("unclosed group"));
        assert!(refused("[]").contains("no object"));
        assert!(refused("{").contains("no JSON"));
    }

    #[test]
    fn a_number_in_the_place_of_a_time_fails_as_with_wandb() {
        for filter in [r#"{"createdAt":{"$gt":1767225600}}"#, r#"{"created_at":{"$in":[1.5]}}"#] {
            let refusal = Filter::read(Some(&filter.into())).unwrap_err();
            assert_eq!(refusal.status, 500, "{}", refusal.message);
        }
    }
}
