//! Making a log of any size.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};

use annals_log::{
    AppendError, Clock, Durability, FixtureIdentity, Hash, Log, LogId, NewLog, Options, Pending, Reader,
};

use super::mix::Mix;
use super::project::{Portion, Project};
use super::time::minute_ms;
use crate::failure::Failure;
use crate::recording::policy_event;

/// What says that it was opened, started and stopped, a policy, and a whole minute of the project.
pub(crate) const ENTRIES_MIN: u64 = 14;
const SUBNET: u16 = 27;
/// Commits that may be on their way to the disk while the next is composed.
const COMMITS_WAITING_MAX: usize = 1;
/// Portions that may be made before they are recorded; each has half a megabyte or more.
const PORTIONS_AHEAD_MAX: usize = 2;

/// A log that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Generated {
    pub(crate) entries: u64,
    pub(crate) root: Hash,
    /// Of its segments, without what is set aside for later entries.
    pub(crate) bytes: u64,
}

/// Makes a log of `entries` entries in `root`, which must be empty or not exist. Mix, seed and number decide all its
/// bytes; a longer one of the same mix and seed begins with the same entries, but for the last minute and the stop.
/// `progress` is called with the size reached.
///
/// # Errors
/// `Usage`: the folder is not empty, or the entries are fewer than [`ENTRIES_MIN`]; nothing was written. Else a part of
/// a log may be left.
pub(crate) fn generate(
    root: &Path,
    mix: Mix,
    seed: u64,
    entries: u64,
    mut progress: impl FnMut(u64),
) -> Result<Generated, Failure> {
    if entries < ENTRIES_MIN {
        let text = format!(
            "{entries} entries: a log that is made has {ENTRIES_MIN} at least, those included that say how it was made"
        );
        return Err(Failure::Usage(text));
    }
    let now_ms = Arc::new(AtomicI64::new(minute_ms(0)));
    let clock = Clock::Fixed(Arc::clone(&now_ms));
    let options = Options {
        durability: Durability::Lagged,
        recorder: "annals fixture".to_owned(),
        clock: clock.clone(),
        ..Options::default()
    };
    let fixture = Some(identity(mix, seed));
    let mut log = Log::create(root, NewLog { netuid: SUBNET, fixture, ..NewLog::default() }, options)?;
    let project = Project::of(seed, mix.shares());
    log.append(vec![policy_event(&project.policy(), &clock)])?;
    // The last entry says that the recorder stopped.
    let left = entries - 1 - log.size().0;
    let (made, portions) = mpsc::sync_channel(PORTIONS_AHEAD_MAX);
    std::thread::scope(|scope| {
        scope.spawn(move || make(project, left, &made));
        record(&mut log, portions, &now_ms, &mut progress)
    })?;
    let closed = log.close()?;
    progress(closed.size.0);
    let bytes = Reader::open(root)?.segments()?.iter().map(|segment| segment.bytes).sum();
    Ok(Generated { entries: closed.size.0, root: closed.checkpoint.claim().root, bytes })
}

/// Makes portions of `left` entries together, for as long as somebody takes them.
fn make(mut project: Project, mut left: u64, made: &SyncSender<Portion>) {
    while left > 0 {
        let portion = project.portion(left);
        left -= portion.commits.iter().map(|events| events.len() as u64).sum::<u64>();
        if made.send(portion).is_err() {
            return;
        }
    }
}

/// Takes the portions by value: when it fails, nobody makes more of them.
fn record(
    log: &mut Log,
    portions: Receiver<Portion>,
    now_ms: &AtomicI64,
    mut progress: impl FnMut(u64),
) -> Result<(), AppendError> {
    let mut waiting: VecDeque<Pending> = VecDeque::new();
    for Portion { commits, recorded_at_ms } in portions {
        now_ms.store(recorded_at_ms, Ordering::Relaxed);
        for events in commits {
            waiting.push_back(log.stage(events)?);
            if waiting.len() > COMMITS_WAITING_MAX
                && let Some(pending) = waiting.pop_front()
            {
                progress(pending.wait()?.size.0);
            }
        }
    }
    for pending in waiting {
        progress(pending.wait()?.size.0);
    }
    Ok(())
}

/// What is random in any other log: here the seed decides it.
fn identity(mix: Mix, seed: u64) -> FixtureIdentity {
    let of = |what: &str| Hash::of(format!("annals fixture {} {seed}: {what}", mix.as_str()).as_bytes()).0;
    let mut log_id = [0; 16];
    log_id.copy_from_slice(&of("log id")[..16]);
    FixtureIdentity { log_id: LogId(log_id), seed: of("key") }
}
