//! Runs that the log knows and a sweep does not list.

use annals_log::{Hash, SourceMemory, WandbPoll, WandbRun, WandbRunUnseen};

/// Returns the runs that the log knows, without those that are gone. There are none where it has polls of several
/// projects: a run id belongs to one project, and the log does not say to which.
pub(super) fn known_runs(memory: &SourceMemory) -> impl Iterator<Item = &str> {
    let is_of_one_project = memory.known_under(WandbPoll::SWEEP_KEYS).count() <= 1;
    let is_run = |key: &str| !key.contains(WandbRun::KEY_MARK);
    let known = memory.known_under("").filter(move |_| is_of_one_project);
    known.filter(move |(key, known)| is_run(key) && known.digest.is_some()).map(|(key, _)| key)
}

/// Returns when the last whole sweep ended, if it asked for the same as this one and did not list the run either.
pub(super) fn unseen_since(memory: &SourceMemory, asked: &str, run_id: &str) -> Option<i64> {
    let sweep = memory.known(&WandbPoll::sweep_key(asked))?;
    if sweep.digest != Some(Hash::of(asked.as_bytes())) {
        return None;
    }
    let unseen_at = memory.known(&WandbRunUnseen::key(run_id))?.position?;
    (sweep.position == Some(unseen_at)).then(|| i64::try_from(unseen_at).ok()).flatten()
}
