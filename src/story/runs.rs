//! The runs that a story has begun: whose they are, and what they list as allocated.

use std::collections::BTreeMap;

use super::file::{EndingPart, Name, PublishPart, RolePart};
use super::mistake::Mistake;
use super::persons;

/// Runs by their ids.
#[derive(Default)]
pub(super) struct Runs(BTreeMap<String, Run>);

/// A run.
struct Run {
    hotkey: String,
    role: RolePart,
    allocated: Vec<String>,
}

impl Runs {
    /// Begins the run of a publication, or goes on with it. Returns its id, and the addresses that it now lists as
    /// allocated.
    pub(super) fn publish(&mut self, part: &PublishPart) -> Result<(String, &[String]), Mistake> {
        let hotkey = persons::address(&part.hotkey)?;
        let run_id = part
            .run
            .as_ref()
            .map_or_else(|| persons::run_id_of(part.hotkey.get_ref()), |run| run.get_ref().clone());
        let named = part.run.as_ref().unwrap_or(&part.hotkey);
        if run_id.is_empty() || !run_id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            let what = "is no id of a run: `run` gives it one of letters, digits, - and _";
            return Err(Mistake::of(named, format!("{run_id:?} {what}")));
        }
        let begun = Run { hotkey: hotkey.clone(), role: part.role, allocated: Vec::new() };
        let run = self.0.entry(run_id.clone()).or_insert(begun);
        if run.hotkey != hotkey || run.role != part.role {
            let what = format!("run {run_id} is of another hotkey or role: `run` names one of its own");
            return Err(Mistake::of(named, what));
        }
        if let Some(allocated) = &part.allocated_hotkeys {
            run.allocated = persons::addresses(allocated)?;
        }
        Ok((run_id, &run.allocated))
    }

    /// Returns the id of a run that has begun.
    pub(super) fn begun(&self, run: &Name) -> Result<String, Mistake> {
        let run_id = run.get_ref();
        if self.0.contains_key(run_id) {
            return Ok(run_id.clone());
        }
        let begun: Vec<&str> = self.0.keys().map(String::as_str).collect();
        let begun = if begun.is_empty() { "none".to_owned() } else { begun.join(", ") };
        Err(Mistake::of(run, format!("no run {run_id:?} has begun until here; begun: {begun}")))
    }

    /// Ends a run that has begun, and returns its id.
    pub(super) fn end(&mut self, run: &Name, state: EndingPart) -> Result<String, Mistake> {
        let run_id = self.begun(run)?;
        if state == EndingPart::Deleted {
            self.0.remove(&run_id);
        }
        Ok(run_id)
    }
}
