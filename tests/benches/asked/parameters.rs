//! Values for the parameters of named questions that are in the log.

use annals_queries::{Argument, NamedQuestion, QuestionParameter};

use super::LargeLog;

/// A question with a value for one of its parameters, or for none.
pub(crate) struct Form {
    /// The question's name, and the parameter's.
    pub(crate) name: String,
    pub(crate) sql: &'static str,
    /// To be asked in turn; never empty.
    pub(crate) arguments: Vec<Vec<Argument>>,
}

/// The most values of a parameter that are asked for.
const VALUES_MAX: usize = 20;

/// The forms of a question: without a value where it needs none, and with each parameter alone. Names those for which
/// the log has no value.
pub(crate) fn forms(log: &LargeLog, question: &NamedQuestion) -> (Vec<Form>, Vec<String>) {
    let (mut forms, mut without) = (Vec::new(), Vec::new());
    let form = |name, values: Vec<Vec<Argument>>| Form { name, sql: question.sql, arguments: values };
    if question.parameters.iter().all(|parameter| !parameter.is_required) {
        forms.push(form(question.name.to_owned(), vec![given(question, None)]));
    }
    for parameter in &question.parameters {
        let name = format!("{} --{}", question.name, parameter.name);
        let values = spread(log.texts(in_log(parameter)));
        if values.is_empty() {
            without.push(name);
            continue;
        }
        let given = values.iter().map(|value| given(question, Some((parameter.name, value))));
        forms.push(form(name, given.collect()));
    }
    (forms, without)
}

/// All parameters, and a value for at most one of them.
fn given(question: &NamedQuestion, value: Option<(&str, &str)>) -> Vec<Argument> {
    let argument = |parameter: &QuestionParameter| {
        let value = value.filter(|(name, _)| *name == parameter.name).map_or("null", |(_, value)| value);
        Argument::from(format!("{}={value}", parameter.name).as_str())
    };
    question.parameters.iter().map(argument).collect()
}

/// A question for values that answers have.
fn in_log(parameter: &QuestionParameter) -> &'static str {
    match parameter.name {
        "uid" => "select distinct uid::text from stats where uid is not null order by 1",
        "run" => "select run_id from wandb_runs order by 1",
        "source" => "select distinct source from coverage order by 1",
        "table" => "select distinct name from system.state_roots order by 1",
        "block" => "select block_number::text from blocks order by 1",
        "hours" => "select (6 * value)::text from generate_series(1, 8)",
        "size" => "select distinct valid_from::text from stats_history order by 1",
        "time" | "from" | "to" => {
            "select distinct recorded_at(valid_from)::text from stats_history order by 1"
        }
        "hotkey" if parameter.about.starts_with("the miner") => {
            "select distinct hotkey from stats_votes where hotkey is not null order by 1"
        }
        "hotkey" | "validator" => {
            "select distinct validator from stats_votes where validator is not null order by 1"
        }
        other => panic!("values of a parameter ${other} are not known here"),
    }
}

/// Some of the values, from all over them.
fn spread(values: Vec<String>) -> Vec<String> {
    let step = values.len().div_ceil(VALUES_MAX).max(1);
    values.into_iter().step_by(step).collect()
}
