//! An entry of `stats`, with the members that upstream's `retrieve_stats` gives it.

use annals_log::json::{Number, Object, Value};
use annals_log::utc_text;
use indexmap::IndexMap;
use toml::Spanned;

use super::file::EntryPart;
use super::json::float;
use super::mistake::Mistake;
use super::persons;

/// The rest of the story, for what an entry leaves out.
pub(super) struct Surroundings<'a> {
    /// Hotkeys by uid.
    pub(super) miners: &'a IndexMap<u16, String>,
    /// The addresses that the validator lists as allocated.
    pub(super) allocated: &'a [String],
    /// The time of the moment.
    pub(super) at_ms: i64,
}

/// Returns the entry on a uid.
pub(super) fn entry(
    uid: u16,
    part: &Spanned<EntryPart>,
    around: &Surroundings<'_>,
) -> Result<Value, Mistake> {
    let wrong = |what: String| Mistake::of(part, what);
    let told = part.get_ref();
    let hotkey = match (&told.hotkey, around.miners.get(&uid)) {
        (Some(name), _) => persons::address(name)?,
        (None, Some(hotkey)) => hotkey.clone(),
        (None, None) => {
            let what = format!("uid {uid} is not in [miners], so its entry has to say the `hotkey`");
            return Err(wrong(what));
        }
    };
    let gpu_specs = match (&told.gpu_name, told.num_gpus) {
        (Some(name), count) => Value::Object(Object::from_iter([
            ("gpu_name".into(), Value::Text(name.as_str().into())),
            ("num_gpus".into(), number(count.unwrap_or(1))),
        ])),
        (None, None) => Value::Null,
        (None, Some(_)) => return Err(wrong("`num_gpus` without a `gpu_name`".to_owned())),
    };
    let is_allocated = told.allocated.unwrap_or_else(|| around.allocated.contains(&hotkey));
    let created_at = told.created_at.clone().unwrap_or_else(|| sqlite(around.at_ms));
    let score = |score| float(score).map_err(wrong);
    Ok(Value::Object(Object::from_iter([
        ("uid".into(), number(uid.into())),
        ("hotkey".into(), Value::Text(hotkey.into())),
        ("gpu_specs".into(), gpu_specs),
        ("score".into(), score(told.score)?),
        ("allocated".into(), Value::Bool(is_allocated)),
        ("own_score".into(), Value::Bool(told.own_score.unwrap_or(true))),
        ("reliability_score".into(), score(told.reliability_score.unwrap_or(0.0))?),
        ("created_at".into(), Value::Text(created_at.into())),
    ])))
}

fn number(number: u64) -> Value {
    Value::Number(Number::from(number))
}

/// The time as SQLite writes it, to the second.
fn sqlite(at_ms: i64) -> String {
    utc_text(at_ms / 1000 * 1000).replace('T', " ").replace('Z', "")
}
