//! Runs that the log knows and a sweep does not list.

use annals_log::{Hash, SourceMemory, WandbPoll, WandbRun, WandbRunUnseen};

/// The runs that the log knows, but those that are gone. None where it has polls of several projects: a run id is of
/// one project, and the log does not say of which.
pub(super) fn known_runs(memory: &SourceMemory) -> impl Iterator<Item = &str> {
    let is_of_one_project = memory.known_under(WandbPoll::SWEEP_KEYS).count() <= 1;
    let is_run = |key: &str| !key.contains(WandbRun::KEY_MARK);
    let known = memory.known_under("").filter(move |_| is_of_one_project);
    known.filter(move |(key, known)| is_run(key) && known.digest.is_some()).map(|(key, _)| key)
}

/// When the last whole sweep was over, if it asked for the same as this one and did not list the run either.
pub(super) fn unseen_since(memory: &SourceMemory, asked: &str, run_id: &str) -> Option<i64> {
    let sweep = memory.known(&WandbPoll::sweep_key(asked))?;
    if sweep.digest != Some(Hash::of(asked.as_bytes())) {
        return None;
    }
    let unseen_at = memory.known(&WandbRunUnseen::key(run_id))?.position?;
    (sweep.position == Some(unseen_at)).then(|| i64::try_from(unseen_at).ok()).flatten()
}
