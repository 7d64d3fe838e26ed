//! The moments of a story, checked one after the other: what is done in one depends on those before.

use annals_log::json::Object;
use annals_log::{Upstream, told_time_ms};
use indexmap::IndexMap;

use super::act::{Act, Deed, Moment};
use super::entry::Surroundings;
use super::file::{EditPart, EndPart, MomentPart, PublishPart};
use super::json;
use super::mistake::{Mistake, line_of};
use super::publish::publish;
use super::runs::Runs;

/// Checks moments in their order.
pub(super) struct Moments<'a> {
    /// The story's text.
    pub(super) text: &'a str,
    /// Hotkeys by uid.
    pub(super) miners: &'a IndexMap<u16, String>,
    pub(super) upstream: Upstream,
    /// Those that have begun until now.
    pub(super) runs: Runs,
}

impl Moments<'_> {
    /// Takes the next moment.
    pub(super) fn take(&mut self, part: &MomentPart) -> Result<Moment, Mistake> {
        let at = part.at.get_ref();
        let told_ms = at.offset.and_then(|_| told_time_ms(&at.to_string()));
        let at_ms = told_ms.ok_or_else(|| {
            Mistake::of(&part.at, format!("{at} is no moment: one is as 2026-03-14T09:00:00Z"))
        })?;
        let mut acts = Vec::new();
        for part in &part.publish {
            acts.push(self.publish(part, at_ms)?);
        }
        for part in &part.edit {
            acts.push(self.edit(part)?);
        }
        for part in &part.end {
            acts.push(self.end(part)?);
        }
        Ok(Moment { line: line_of(self.text, part.at.span().start), at_ms, acts, poll: part.poll })
    }

    fn publish(&mut self, part: &PublishPart, at_ms: i64) -> Result<Act, Mistake> {
        // As upstream writes it: the three parts of its version.
        let version = match self.upstream {
            Upstream::V1_8_3 => 183,
            Upstream::V1_9_0 => 190,
        };
        let (run_id, allocated) = self.runs.publish(part)?;
        let around = Surroundings { miners: self.miners, allocated, at_ms };
        let publish = publish(part, version, &around)?;
        let line = line_of(self.text, part.hotkey.span().start);
        Ok(Act { line, run_id, deed: Deed::Publish(publish.into()) })
    }

    fn edit(&mut self, part: &EditPart) -> Result<Act, Mistake> {
        let run_id = self.runs.begun(&part.run)?;
        let set = match &part.set {
            Some(set) => json::object(set.get_ref()).map_err(|what| Mistake::of(set, what))?,
            None => Object::default(),
        };
        let line = line_of(self.text, part.run.span().start);
        Ok(Act { line, run_id, deed: Deed::Edit { set, remove: part.remove.clone() } })
    }

    fn end(&mut self, part: &EndPart) -> Result<Act, Mistake> {
        let run_id = self.runs.end(&part.run, part.state)?;
        let line = line_of(self.text, part.run.span().start);
        Ok(Act { line, run_id, deed: Deed::End(part.state) })
    }
}
