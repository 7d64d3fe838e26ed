//! The policy of the day.

use annals_log::{Policy, QueryableUid, Validators};

use super::project::{MINERS, Project, run_id};

/// What upstream hard-codes, as it would be among these keys: validator 0 plays Neural Internet.
pub(super) fn of(project: &Project) -> Policy {
    let mut queryable: Vec<_> = (0..MINERS)
        .filter(|&miner| project.is_queryable(miner))
        .map(|miner| {
            let uid = u16::try_from(project.miners[miner].uid).unwrap();
            QueryableUid { uid, hotkey: Some(project.hotkey_of(miner)) }
        })
        .collect();
    queryable.sort_by_key(|queryable| queryable.uid);
    Policy {
        validators: Validators::Declared(
            project.validators.iter().map(|validator| validator.hotkey.clone()).collect(),
        ),
        queryable: Some(queryable),
        checklist_hotkey: project.validators[0].hotkey.clone(),
        checklist_run: run_id("validator", 0),
        ..Policy::of_upstream(27)
    }
}
