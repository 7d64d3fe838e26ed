//! Makes a log of any size.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};

use annals_log::{
    AppendError, Clock, Durability, Event, FixtureIdentity, Hash, Log, LogId, NewLog, Options, Pending,
    Reader,
};

use super::error::GenerateError;
use super::mix::{ENTRIES_MIN, Mix};
use super::project::{Portion, Project};
use super::time::minute_ms;

const SUBNET: u16 = 27;
/// The source of policies, in entries.
const POLICY_SOURCE: &str = "policy";
/// Commits that may be on their way to the disk while the next is composed.
const COMMITS_WAITING_MAX: usize = 1;
/// Portions that may be made before they are recorded; each has half a megabyte or more.
const PORTIONS_AHEAD_MAX: usize = 2;

/// A log that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// Its size.
    pub entries: u64,
    /// Its root at that size.
    pub root: Hash,
    /// The length of its segments, without the room that is set aside for later entries.
    pub bytes: u64,
}

/// Makes a log of `entries` entries in `root`, which must be empty or not exist. Mix, seed and number decide all its
/// bytes; a longer one of the same mix and seed begins with the same entries, but for the last minute and the stop.
/// `progress` is called with the size reached.
///
/// # Errors
/// [`GenerateError`].
pub fn generate(
    root: &Path,
    mix: Mix,
    seed: u64,
    entries: u64,
    mut progress: impl FnMut(u64),
) -> Result<Generated, GenerateError> {
    if entries < ENTRIES_MIN {
        return Err(GenerateError::TooFew(entries));
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
    log.append(vec![Event::new(POLICY_SOURCE, "", clock.now_ms(), &project.policy())])?;
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

/// Makes portions of `left` entries together, as long as they are taken.
fn make(mut project: Project, mut left: u64, made: &SyncSender<Portion>) {
    while left > 0 {
        let portion = project.portion(left);
        left -= portion.commits.iter().map(|events| events.len() as u64).sum::<u64>();
        if made.send(portion).is_err() {
            return;
        }
    }
}

/// Records the portions. They are taken by value: when this fails, no more of them are made.
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

/// Returns what is random in any other log; here mix and seed decide it.
fn identity(mix: Mix, seed: u64) -> FixtureIdentity {
    let of = |what: &str| Hash::of(format!("annals fixture {} {seed}: {what}", mix.as_str()).as_bytes()).0;
    let mut log_id = [0; 16];
    log_id.copy_from_slice(&of("log id")[..16]);
    FixtureIdentity { log_id: LogId(log_id), seed: of("key") }
}
