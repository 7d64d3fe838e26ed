//! The columns that runs are filtered and ordered by.

use std::borrow::Cow;

use annals_log::json::{self, Text, Value};

use super::refusal::Refusal;
use super::run::ServedRun;

/// A column of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    /// A field of the node.
    Field(&'static str),
    /// A field of the node that tells a time.
    Time(&'static str),
    /// The seconds from its creation to its last heartbeat.
    Duration,
    /// The list of tags: a test holds of it when it holds of one item.
    Tags,
    /// `user.username`.
    Username,
    /// A path in the config, as clients show it.
    Config(Vec<String>),
    /// A path in `summaryMetrics`.
    Summary(Vec<String>),
}

/// Columns by the names that the server knows.
const COLUMNS: &[(&[&str], Column)] = &[
    (&["name"], Column::Field("name")),
    (&["display_name", "displayName"], Column::Field("displayName")),
    (&["state"], Column::Field("state")),
    (&["group"], Column::Field("group")),
    (&["jobType", "job_type"], Column::Field("jobType")),
    (&["sweep", "sweepName"], Column::Field("sweepName")),
    (&["description"], Column::Field("description")),
    (&["notes"], Column::Field("notes")),
    (&["host"], Column::Field("host")),
    (&["created_at", "createdAt"], Column::Time("createdAt")),
    (&["heartbeat_at", "heartbeatAt"], Column::Time("heartbeatAt")),
    (&["duration"], Column::Duration),
    (&["tags"], Column::Tags),
    (&["username"], Column::Username),
];

impl Column {
    /// Returns the column of a name.
    ///
    /// # Errors
    /// No column has this name. W&B answers that with HTTP 400, too.
    pub(super) fn of(name: &str) -> Result<Self, Refusal> {
        let known = COLUMNS.iter().find(|(names, _)| names.contains(&name));
        if let Some((_, column)) = known {
            return Ok(column.clone());
        }
        let path =
            |prefix| name.strip_prefix(prefix).map(|path: &str| path.split('.').map(str::to_owned).collect());
        if let Some(path) = path("config.") {
            return Ok(Self::Config(path));
        }
        path("summary_metrics.").map(Self::Summary).ok_or_else(|| {
            Refusal::bad_request(format!(
                "runs have no column {name:?}: it is neither filtered nor ordered by"
            ))
        })
    }

    /// Returns the value that a run has; `None` when it has none. A time that can be read is in milliseconds.
    pub(super) fn value_of<'a>(&self, run: &'a ServedRun) -> Option<Cow<'a, Value>> {
        let found = match self {
            Self::Field(name) => run.field(name),
            Self::Time(name) => return run.field(name).map(|told| Cow::Owned(time(told))),
            Self::Duration => return duration(run).map(Cow::Owned),
            Self::Tags => run.field("tags"),
            Self::Username => run.field("user")?.as_object()?.get("username"),
            Self::Config(path) => run.config_at(path),
            Self::Summary(path) => run.summary_at(path),
        };
        found.map(Cow::Borrowed)
    }
}

/// Returns a time as a number, so that its forms compare. A value that is no time stays as it is.
pub(super) fn time(value: &Value) -> Value {
    time_ms(value).map_or_else(|| value.clone(), |ms| Value::Number(ms.into()))
}

fn time_ms(value: &Value) -> Option<i64> {
    value.as_text().and_then(Text::as_str).and_then(annals_log::told_time_ms)
}

fn duration(run: &ServedRun) -> Option<Value> {
    let ms = time_ms(run.field("heartbeatAt")?)?.checked_sub(time_ms(run.field("createdAt")?)?)?;
    if ms % 1000 == 0 {
        return Some(Value::Number((ms / 1000).into()));
    }
    let (sign, ms) = (if ms < 0 { "-" } else { "" }, ms.unsigned_abs());
    json::parse(&format!("{sign}{}.{:03}", ms / 1000, ms % 1000)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_seconds_and_there_is_none_of_a_run_that_was_never_heard_of() {
        let cases = [
            (r#""2026-03-14T01:30:00""#, Some("5400")),
            (r#""2026-03-14T00:00:01.05Z""#, Some("1.050")),
            (r#""2026-03-13T23:59:59.250Z""#, Some("-0.750")),
            ("null", None),
        ];
        for (heartbeat, expected) in cases {
            let node = format!(r#"{{"createdAt":"2026-03-14T00:00:00","heartbeatAt":{heartbeat}}}"#);
            let run = ServedRun::read(&node).unwrap();
            let duration = Column::of("duration").unwrap().value_of(&run).map(|value| value.to_json());
            assert_eq!(duration.as_deref(), expected, "{heartbeat}");
        }
    }
}
