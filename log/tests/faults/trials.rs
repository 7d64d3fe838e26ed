//! Many trials at once, none of which may hang.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// They wait for disks and for second looks more than they compute.
const THREADS: usize = 8;
/// No trial takes a hundredth of it.
const HANGS_AFTER: Duration = Duration::from_secs(300);

/// How often damage is tried.
pub(super) fn wanted() -> usize {
    number("ANNALS_DAMAGE").unwrap_or(2_000)
}

pub(super) fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|number| number.parse().unwrap())
}

/// Makes the trials of these numbers, and hands what came of each over, in no order.
pub(super) fn each<T: Send>(
    numbers: Range<usize>,
    attempt: impl Fn(usize) -> T + Sync,
    mut judge: impl FnMut(usize, T),
) {
    let next = AtomicUsize::new(numbers.start);
    std::thread::scope(|scope| {
        let (done, judged) = std::sync::mpsc::channel();
        for _ in 0..THREADS {
            let (done, attempt, next) = (done.clone(), &attempt, &next);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= numbers.end || done.send((number, attempt(number))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        loop {
            match judged.recv_timeout(HANGS_AFTER) {
                Ok((number, outcome)) => judge(number, outcome),
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    eprintln!(
                        "one of the {THREADS} trials before number {} hangs",
                        next.load(Ordering::Relaxed)
                    );
                    // A thread that hangs can't be ended, and would keep the test from failing.
                    std::process::abort();
                }
            }
        }
    });
}
