//! The policy of a story: upstream's, for the hotkeys that the story names.

use annals_log::{Policy, QueryableUid, Upstream, Validators};
use indexmap::IndexMap;

use super::file::{PolicyPart, VersionPart};
use super::mistake::Mistake;
use super::persons;

/// Returns the policy; every uid of `miners` answers.
pub(super) fn policy(
    netuid: u16,
    part: &PolicyPart,
    miners: &IndexMap<u16, String>,
) -> Result<Policy, Mistake> {
    let upstreams = Policy::of_upstream(netuid);
    let queryable =
        miners.iter().map(|(uid, hotkey)| QueryableUid { uid: *uid, hotkey: Some(hotkey.clone()) });
    let checklist_hotkey = part.checklist.as_ref().map(persons::address).transpose()?;
    let first_run = part.checklist.as_ref().map(|name| persons::run_id_of(name.get_ref()));
    let checklist_run = part.checklist_run.clone().or(first_run);
    Ok(Policy {
        upstream: part.upstream.map_or(upstreams.upstream, |version| match version {
            VersionPart::V1_8_3 => Upstream::V1_8_3,
            VersionPart::V1_9_0 => Upstream::V1_9_0,
        }),
        flag: part.flag.unwrap_or(upstreams.flag),
        validators: Validators::Declared(persons::addresses(&part.validators)?),
        queryable: Some(queryable.collect()),
        blacklisted_hotkeys: persons::addresses(&part.blacklisted_hotkeys)?,
        checklist_hotkey: checklist_hotkey.unwrap_or(upstreams.checklist_hotkey),
        checklist_run: checklist_run.unwrap_or(upstreams.checklist_run),
        ..upstreams
    })
}
