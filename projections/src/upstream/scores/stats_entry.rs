//! A uid in a validator's memory: what becomes a row of its table `stats`.

use annals_log::json::Value;

use super::exception::SyncException;
use super::python_number::integer;

/// `self.stats[uid]`; a field that upstream has not written is `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StatsEntry {
    /// Who has the uid.
    pub hotkey: String,
    /// `dict`, `None`, or what another validator wrote.
    pub gpu_specs: Option<Value>,
    /// 0 to 100, in upstream's mind.
    pub score: Option<Value>,
    /// Whether a valid validator has it allocated.
    pub is_allocated: bool,
    /// Whether the score is this validator's own.
    pub is_own: Option<bool>,
    /// A number, or `None` as the database had it.
    pub reliability_score: Option<Option<f64>>,
}

impl StatsEntry {
    /// Makes the entry that v1.9.0 writes for a uid it does not query.
    pub(crate) fn unqueryable(hotkey: &str, is_allocated: bool) -> Self {
        Self {
            hotkey: hotkey.to_owned(),
            gpu_specs: Some(Value::Null),
            score: Some(integer(0)),
            is_allocated,
            is_own: Some(true),
            reliability_score: Some(Some(0.0)),
        }
    }

    /// Prints the line of the summary, as far as that can raise.
    ///
    /// # Errors
    /// `Type`: the count of GPUs is no number, or the reliability is `None`.
    pub(crate) fn print(&self) -> Result<(), SyncException> {
        self.gpu_specs.as_ref().map_or(Ok(()), print_specs)?;
        if self.reliability_score == Some(None) { Err(SyncException::Type) } else { Ok(()) }
    }
}

/// Prints the specs of a line of the summary, as far as that can raise.
///
/// # Errors
/// `Type`: the count of GPUs cannot be compared with 0.
pub(crate) fn print_specs(specs: &Value) -> Result<(), SyncException> {
    let Value::Object(specs) = specs else { return Ok(()) };
    match specs.get("num_gpus") {
        None | Some(Value::Number(_) | Value::Bool(_)) => Ok(()),
        Some(_) => Err(SyncException::Type),
    }
}
