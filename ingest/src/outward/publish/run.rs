//! The run that is written to, and its state before that.

use annals_log::json::{self, Object, Text, Value};
use annals_log::{CONFIG_CLAIM_KEY, Hotkey, RunConfig};

use super::error::PublishError;
use super::found_run::FoundRun;
use super::server::{Told, WandbPost, at};
use super::state::Role;
use crate::source::{NAME_BYTES_MAX, shortened};
use crate::wandb_api::questions::OLDEST_FIRST;
use crate::wandb_api::{Again, GRAPHQL, Project};

/// At most this many runs of one name are told apart.
const RUNS_MAX: u32 = 50;

/// The run that is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunGiven {
    /// This one, which the server has.
    Id(String),
    /// The one that upstream's database has for the hotkey; it is made again if the server has lost it.
    Remembered(String),
    /// A new one, whatever runs there are.
    New,
    /// The one that the server has of the hotkey; a new one if it has none.
    Asked,
}

/// A run before it is written to.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Standing {
    display_name: Option<String>,
    /// The config as the server keeps it: each value in its wrapping.
    pub(super) config: Object,
    pub(super) summary: Object,
    /// How many rows it has.
    pub(super) history_lines: u64,
    pub(super) next_step: u64,
    /// The seconds that it had run when it last logged.
    pub(super) runtime: f64,
    /// Its last rows, as many as the server shows.
    tail: Vec<Object>,
}

/// The hotkey that is about to write to a run.
pub(super) struct Writer<'a> {
    pub(super) hotkey: &'a Hotkey,
    pub(super) role: Role,
    pub(super) netuid: u16,
    /// The name of the hotkey's runs.
    pub(super) display_name: String,
}

/// Finds the one run of a name on a subnet; `None` when there is none.
///
/// # Errors
/// `Unanswered`; `Several`.
pub(super) async fn find(
    server: &mut impl WandbPost,
    project: &Project,
    netuid: u16,
    name: &str,
) -> Result<Option<String>, PublishError> {
    const ASKED: &str = "the runs of the hotkey were asked for";
    let data =
        ask(server, ASKED, &project.runs_called(name, netuid).page(OLDEST_FIRST, RUNS_MAX, None)).await?;
    let unreadable = |why: &str| PublishError::Unanswered { asked: ASKED, why: why.to_owned() };
    if data.get("project").is_none_or(|told| *told == Value::Null) {
        let Project { entity, name } = project;
        return Err(unreadable(&format!("there is no project {entity}/{name}, or this key may not read it")));
    }
    let Some(Value::List(edges)) = at(&data, &["project", "runs", "edges"]) else {
        return Err(unreadable("the answer has no list of runs"));
    };
    let runs: Option<Vec<_>> =
        edges.iter().map(|edge| FoundRun::read(at(edge.as_object()?, &["node"])?.as_object()?)).collect();
    let mut runs = runs.ok_or_else(|| unreadable("the answer lists a run without a name"))?;
    match runs.len() {
        0 => Ok(None),
        1 => Ok(runs.pop().map(|run| run.run_id)),
        _ => {
            let are_more = at(&data, &["project", "runs", "pageInfo", "hasNextPage"]);
            let are_more = are_more == Some(&Value::Bool(true));
            Err(PublishError::Several { name: name.to_owned(), runs, are_more })
        }
    }
}

/// Reads a run; `None` when the server does not have it.
///
/// # Errors
/// `Unanswered`; `Unreadable`.
pub(super) async fn standing(
    server: &mut impl WandbPost,
    project: &Project,
    run_id: &str,
) -> Result<Option<Standing>, PublishError> {
    const ASKED: &str = "the run was asked for";
    let data = ask(server, ASKED, &project.standing(run_id)).await?;
    match at(&data, &["model", "bucket"]) {
        Some(Value::Object(bucket)) => Standing::read(run_id, bucket).map(Some),
        Some(Value::Null) => Ok(None),
        // The server tells nothing of the runs of a project that is missing or may not be read.
        _ => {
            let Project { entity, name } = project;
            let why = format!(
                "the answer does not say whether there is a run {run_id}: perhaps there is no project {entity}/{name}, or this \
                 key may not read it"
            );
            Err(PublishError::Unanswered { asked: ASKED, why })
        }
    }
}

async fn ask(server: &mut impl WandbPost, asked: &'static str, body: &str) -> Result<Object, PublishError> {
    match Told::by(&server.post(GRAPHQL, body, Again::Allowed).await) {
        Told::Data(data) => Ok(data),
        Told::Refused(why) | Told::Lost(why) | Told::NotSent(why) => {
            Err(PublishError::Unanswered { asked, why })
        }
    }
}

/// Whether a run may have this id: it becomes part of a path, and the native id of an event.
pub(super) fn is_run_id(run_id: &str) -> bool {
    let is_wrong = |c: char| c.is_whitespace() || c.is_control() || r"/\#?%:".contains(c);
    !run_id.is_empty() && run_id.len() <= NAME_BYTES_MAX && !run_id.contains(is_wrong)
}

impl Standing {
    fn read(run_id: &str, bucket: &Object) -> Result<Self, PublishError> {
        let unreadable =
            |what, why: String| PublishError::Unreadable { run_id: run_id.to_owned(), what, why };
        let part = |key, what| {
            json_of(bucket.get(key)).map_err(|why| unreadable(what, why)).and_then(|value| match value {
                Value::Null => Ok(Object::default()),
                Value::Object(object) => Ok(object),
                _ => Err(unreadable(what, "it is no object".to_owned())),
            })
        };
        let (config, summary) = (part("config", "config")?, part("summaryMetrics", "summary")?);
        let history_lines = match bucket.get("historyLineCount").and_then(Value::as_number) {
            Some(count) => {
                count.to_whole().ok_or_else(|| unreadable("number of rows", count.as_str().to_owned()))?
            }
            None => 0,
        };
        let tail = json_of(bucket.get("historyTail")).map_err(|why| unreadable("last rows", why))?;
        let display_name = bucket.get("displayName").and_then(Value::as_text);
        let display_name = display_name.map(|name| name.to_lossy().into_owned());
        let mut standing = Self { display_name, config, summary, history_lines, ..Self::default() };
        standing.take_tail(&tail);
        Ok(standing)
    }

    /// Takes the next step after the last row, and after the summary, which has the last step too.
    fn take_tail(&mut self, tail: &Value) {
        let listed = match tail {
            Value::List(rows) => rows.as_slice(),
            _ => &[],
        };
        let row = |row: &Value| match row {
            Value::Object(row) => Some(row.clone()),
            text => json_of(Some(text)).ok()?.as_object().cloned(),
        };
        self.tail = listed.iter().filter_map(row).collect();
        let rows = self.tail.iter().chain([&self.summary]);
        let number = |row: &Object, key| row.get(key).and_then(Value::as_number).cloned();
        let steps = rows.clone().filter_map(|row| number(row, "_step")?.to_whole());
        let runtimes = rows.filter_map(|row| Some(number(row, "_runtime")?.to_f64()));
        let last = steps.max().filter(|_| self.history_lines > 0);
        // Rows that no step is known of had one each.
        self.next_step = last.map_or(self.history_lines, |step| step.saturating_add(1));
        self.runtime = runtimes.filter(|runtime| runtime.is_finite()).fold(0.0, f64::max);
    }

    /// Refuses a run that is another's.
    ///
    /// # Errors
    /// `OtherHotkey`, `OtherName`, `OtherRole`, `OtherSubnet`.
    pub(super) fn check(&self, run_id: &str, writer: &Writer<'_>) -> Result<(), PublishError> {
        let shown = self.shown();
        let run_id = run_id.to_owned();
        match shown.get("hotkey").and_then(Value::as_text).map(Text::to_lossy) {
            Some(theirs) if theirs.parse::<Hotkey>().ok().as_ref() != Some(writer.hotkey) => {
                let (theirs, ours) = (shortened(&theirs), writer.hotkey.to_string());
                return Err(PublishError::OtherHotkey { run_id, theirs, ours });
            }
            None if !shown.is_empty() && self.display_name.as_ref() != Some(&writer.display_name) => {
                let theirs = shortened(self.display_name.as_deref().unwrap_or("nothing"));
                return Err(PublishError::OtherName { run_id, theirs, ours: writer.display_name.clone() });
            }
            _ => {}
        }
        let ours = writer.role.as_str();
        if let Some(theirs) = shown.get("role").filter(|theirs| **theirs != Value::Text(ours.into())) {
            return Err(PublishError::OtherRole { run_id, theirs: shortened(&theirs.to_json()), ours });
        }
        match shown.get("config").and_then(Value::as_object).and_then(|config| config.get("netuid")) {
            Some(Value::Number(theirs)) if theirs.to_whole() != Some(writer.netuid.into()) => {
                let theirs = theirs.as_str().to_owned();
                Err(PublishError::OtherSubnet { run_id, theirs, ours: writer.netuid })
            }
            _ => Ok(()),
        }
    }

    /// Whether its config shows the same, however the server writes it.
    pub(super) fn shows_config(&self, config: &RunConfig) -> bool {
        let shown = self.shown();
        let claim = |config: &RunConfig| config.get(CONFIG_CLAIM_KEY).map(Value::to_canonical);
        shown.content_sha256() == config.content_sha256() && claim(&shown) == claim(config)
    }

    /// Whether a row is among its last ones, however the server writes it.
    pub(super) fn shows_row(&self, row: &Object) -> bool {
        let canonical = |row: &Object| Value::Object(row.clone()).to_canonical();
        self.tail.iter().any(|shown| canonical(shown) == canonical(row))
    }

    /// Returns the config as readers see it.
    pub(super) fn shown(&self) -> RunConfig {
        RunConfig::read(&Text::from(self.config.to_json())).expect("it is JSON that we wrote")
    }
}

/// Reads what the server keeps as a JSON text.
fn json_of(value: Option<&Value>) -> Result<Value, String> {
    match value {
        None | Some(Value::Null) => Ok(Value::Null),
        Some(Value::Text(text)) if text.as_bytes().is_empty() => Ok(Value::Null),
        Some(Value::Text(text)) => json::parse(&text.to_json_source()).map_err(|error| error.to_string()),
        Some(other) => Ok(other.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(bucket: &str) -> Result<Standing, PublishError> {
        Standing::read("abcd1234", json::parse(bucket).unwrap().as_object().unwrap())
    }

    #[test]
    fn rows_go_on_behind_the_last_one() {
        let tail = r#""[\"{\\\"_step\\\":41,\\\"_runtime\\\":8.5}\"]""#;
        let told = standing(&format!(r#"{{"historyLineCount":40,"historyTail":{tail}}}"#)).unwrap();
        assert_eq!((told.history_lines, told.next_step, told.runtime), (40, 42, 8.5));
        let summary = r#""{\"_step\":43,\"_runtime\":9}""#;
        let told = format!(r#"{{"historyLineCount":40,"historyTail":{tail},"summaryMetrics":{summary}}}"#);
        let told = standing(&told).unwrap();
        assert_eq!((told.next_step, told.runtime), (44, 9.0));
        // Nothing is known of its rows but how many there are.
        assert_eq!(standing(r#"{"historyLineCount":40,"historyTail":"[]"}"#).unwrap().next_step, 40);
        // A run that was made and never logged.
        let begun =
            r#"{"historyLineCount":0,"historyTail":"[]","config":"","summaryMetrics":"{\"_step\":0}"}"#;
        let begun = standing(begun).unwrap();
        assert_eq!((begun.next_step, begun.config.len()), (0, 0));
    }

    #[test]
    fn what_would_be_lost_is_refused() {
        for (bucket, part) in [
            (r#"{"config":"{"}"#, "config"),
            (r#"{"config":"[1]"}"#, "config"),
            (r#"{"summaryMetrics":"nothing"}"#, "summary"),
            (r#"{"historyLineCount":-1}"#, "number of rows"),
        ] {
            let error = standing(bucket).unwrap_err().to_string();
            assert!(error.contains(part) && error.contains("Nothing was sent"), "{error}");
        }
    }

    #[test]
    fn an_id_is_part_of_a_path() {
        assert!(is_run_id("0djlnjjs") && is_run_id("my_run-7"));
        for wrong in ["", "a/b", "../x", "a b", "a?b", "a#b", "a%2f", "a\\b", "a:b", "a\nb", &"a".repeat(257)]
        {
            assert!(!is_run_id(wrong), "{wrong:?}");
        }
    }
}
