//! The fields of a run: what was recorded of it, and what its rows tell.

use std::sync::Arc;

use annals_log::json::{Text, Value};

use super::arguments::Arguments;
use super::found::{Found, Type};
use super::history::{ServedRows, Wanted};
use super::project_name::ProjectName;
use super::refusal::Refusal;
use super::run::ServedRun;
use super::state::State;
use super::values::{IntoValue, count, object};

/// A run that the server has.
#[derive(Clone)]
pub(super) struct RunFields<'a> {
    pub(super) state: &'a State,
    pub(super) project: Arc<ProjectName>,
    pub(super) run: Arc<ServedRun>,
}

impl Type for RunFields<'_> {
    fn name(&self) -> &'static str {
        "Run"
    }

    fn field(&self, name: &str, arguments: &Arguments) -> Result<Found<'_>, Refusal> {
        Ok(match name {
            "config" => Found::Value(self.run.config()),
            "project" => Found::Project((*self.project).clone()),
            "projectId" => self.state.project_number(&self.project).to_string().into(),
            "stopped" => false.into(),
            "wandbConfig" => {
                let keys = arguments.texts("keys")?;
                let keys: Vec<_> = keys.iter().map(|key| key.to_lossy().into_owned()).collect();
                Found::Value(self.run.wandb_config(&keys))
            }
            "historyLineCount" => self.line_count(),
            "historyKeys" => self.keys(),
            "historyTail" => Found::Value(tail(self.rows().last())),
            "eventsTail" => Found::Value(tail(self.run.field("systemMetrics").and_then(Value::as_text))),
            "history" => {
                let (from_step, to_step) = (arguments.step("minStep")?, arguments.step("maxStep")?);
                let samples = arguments.number("samples")?;
                Found::Value(self.rows().texts(&Wanted { keys: None, from_step, to_step, samples }))
            }
            "sampledHistory" => {
                let rows = self.rows();
                let specs = arguments.texts("specs")?;
                let one = |spec: &Text| Ok(rows.objects(&Wanted::read(spec)?));
                Found::Value(Value::List(specs.iter().map(one).collect::<Result<_, Refusal>>()?))
            }
            "parquetHistory" => Found::Value(self.exported(arguments.texts("liveKeys")?)),
            _ => Found::Value(self.run.field(name).cloned().unwrap_or(Value::Null)),
        })
    }
}

impl RunFields<'_> {
    fn rows(&self) -> ServedRows<'_> {
        self.state.rows(&self.project, &self.run.run_id())
    }

    /// Returns the count that was recorded, or, where none was, the number of rows that there are.
    fn line_count(&self) -> Found<'_> {
        match self.run.field("historyLineCount") {
            Some(count) => Found::Value(count.clone()),
            None => self.rows().len().into(),
        }
    }

    /// Returns the keys that were recorded. The last step is that of the last row where the rows go further, or none
    /// was recorded: clients scan up to it.
    fn keys(&self) -> Found<'_> {
        let rows = self.rows();
        let Some(Value::Object(told)) = self.run.field("historyKeys") else {
            return Found::Value(rows.keys());
        };
        let mut told = told.clone();
        let told_step = told.get("lastStep").and_then(count);
        if rows.last_step() > told_step {
            told.insert("lastStep".into(), rows.last_step().into_value());
        }
        Found::Value(Value::Object(told))
    }

    /// Returns `parquetHistory`: the files, and the rows after them.
    fn exported(&self, keys: Vec<Text>) -> Value {
        let run_id = self.run.run_id();
        let (urls, next_step) = self.state.exports(&run_id);
        let wanted = Wanted { keys: Some(keys), from_step: Some(next_step), to_step: None, samples: None };
        let urls = urls.into_iter().map(IntoValue::into_value).collect();
        Value::Object(object([
            ("parquetUrls", Value::List(urls)),
            ("liveData", self.rows().objects(&wanted)),
        ]))
    }
}

/// Returns a list of one text, as a JSON text.
fn tail(last: Option<&Text>) -> Value {
    let last = last.map(|last| Value::Text(last.clone()));
    Value::List(last.into_iter().collect()).to_json().into_value()
}
