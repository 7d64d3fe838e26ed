//! The recorder's clock, and how it is noticed that somebody set it.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::event::{ClockStepped, StepSeen};

/// A clock that is this far from where it should be was set. Clocks that are merely wrong are slewed, which a steady
/// clock shares.
const STEP_MIN_MS: i64 = 1_000;
/// The clock, by its own reading, is compared with the steady one at most once in this time: asking the kernel for
/// the steady one takes as long as half a sync.
const COMPARED_AFTER_MS: i64 = 100;

/// Where `recorded_at_ms` comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's.
    #[default]
    System,
    /// Whatever was stored last, in milliseconds since 1970 UTC; moving it is no step. Only for logs whose entry 0 says
    /// `fixture`.
    Fixed(Arc<AtomicI64>),
    /// For tests of what happens when a clock is set. Only for such logs, too.
    Hands(Arc<Hands>),
}

/// A clock whose hands a test moves, beside a steady one that nobody sets.
#[derive(Debug)]
pub struct Hands {
    wall_ms: AtomicI64,
    steady_ms: AtomicI64,
}

impl Hands {
    /// A clock that stands at `wall_ms`.
    pub fn at(wall_ms: i64) -> Arc<Self> {
        Arc::new(Self { wall_ms: AtomicI64::new(wall_ms), steady_ms: AtomicI64::new(0) })
    }

    /// Time passes.
    pub fn pass(&self, ms: i64) {
        self.wall_ms.fetch_add(ms, Ordering::Relaxed);
        self.steady_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Somebody sets the clock, by so much.
    pub fn step(&self, ms: i64) {
        self.wall_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock {
    /// A clock that stands at `ms` until somebody moves it.
    pub fn fixed(ms: i64) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(ms)))
    }

    /// Milliseconds since 1970 UTC, negative before.
    pub fn now_ms(&self) -> i64 {
        match self {
            Self::System => match SystemTime::now().duration_since(UNIX_EPOCH) {
                Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
                Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
            },
            Self::Fixed(ms) => ms.load(Ordering::Relaxed),
            Self::Hands(hands) => hands.wall_ms.load(Ordering::Relaxed),
        }
    }

    /// Whether it is the machine's, and no fixture's.
    pub(crate) fn is_real(&self) -> bool {
        matches!(self, Self::System)
    }
}

/// Reads a clock from commit to commit, and notices when it was set in between.
pub(crate) struct Timekeeper {
    clock: Clock,
    steady: Steady,
    /// The readings of both clocks when they were last compared.
    last: Option<(i64, i64)>,
}

impl Timekeeper {
    pub(crate) fn of(clock: Clock) -> Self {
        Self { clock, steady: Steady::new(), last: None }
    }

    /// What the clock says, whether it was set or not.
    pub(crate) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// What the clock says, and whether it was set since the last reading.
    pub(crate) fn read(&mut self) -> (i64, Option<ClockStepped>) {
        let to_ms = self.clock.now_ms();
        if let Some((wall_ms, _)) = self.last
            && (0..COMPARED_AFTER_MS).contains(&to_ms.saturating_sub(wall_ms))
        {
            // If it was set to just there, it shows at the next comparison.
            return (to_ms, None);
        }
        let steady_ms = match &self.clock {
            Clock::System => self.steady.now_ms(),
            Clock::Hands(hands) => hands.steady_ms.load(Ordering::Relaxed),
            Clock::Fixed(_) => return (to_ms, None),
        };
        let Some((wall_ms, before_ms)) = self.last.replace((to_ms, steady_ms)) else { return (to_ms, None) };
        let from_ms = wall_ms.saturating_add(steady_ms.saturating_sub(before_ms));
        let stepped = to_ms.abs_diff(from_ms) > STEP_MIN_MS.unsigned_abs();
        (to_ms, stepped.then_some(ClockStepped { from_ms, to_ms, seen: StepSeen::Recording }))
    }

    /// What a log whose last entry was recorded at `recorded_at_ms` has to say of the clock when it is opened: only a
    /// clock that went back since shows. `is_right`: an operator has said so.
    pub(crate) fn behind(&self, recorded_at_ms: i64, is_right: bool) -> Option<ClockStepped> {
        let (from_ms, to_ms) = (recorded_at_ms, self.now_ms());
        let seen = if is_right { StepSeen::Declared } else { StepSeen::Opening };
        let is_behind = from_ms.saturating_sub(to_ms) > STEP_MIN_MS;
        (is_behind && !matches!(self.clock, Clock::Fixed(_))).then_some(ClockStepped { from_ms, to_ms, seen })
    }
}

/// A clock that nobody sets and that goes on while the machine sleeps, as Linux shows it in `/proc/uptime`. Where there
/// is no such file, a sleep passes for a step.
struct Steady {
    uptime: Option<File>,
    begun: Instant,
}

impl Steady {
    fn new() -> Self {
        Self { uptime: File::open("/proc/uptime").ok(), begun: Instant::now() }
    }

    fn now_ms(&self) -> i64 {
        let shown = self.uptime.as_ref().and_then(|file| {
            let mut text = [0; 64];
            let read = file.read_at(&mut text, 0).ok()?;
            uptime_ms(std::str::from_utf8(&text[..read]).ok()?)
        });
        shown.unwrap_or_else(|| i64::try_from(self.begun.elapsed().as_millis()).unwrap_or(i64::MAX))
    }
}

/// Of a line of seconds and hundredths, as `350735.47 234388.90`.
fn uptime_ms(line: &str) -> Option<i64> {
    let (seconds, hundredths) = line.split_whitespace().next()?.split_once('.')?;
    let (seconds, hundredths): (i64, i64) = (seconds.parse().ok()?, hundredths.parse().ok()?);
    seconds.checked_mul(1000)?.checked_add(hundredths.checked_mul(10)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timekeeper() -> (Arc<Hands>, Timekeeper) {
        let hands = Hands::at(1_000_000);
        let mut time = Timekeeper::of(Clock::Hands(Arc::clone(&hands)));
        assert_eq!(time.read(), (1_000_000, None));
        (hands, time)
    }

    #[test]
    fn time_that_passes_is_no_step_however_long() {
        let (hands, mut time) = timekeeper();
        for ms in [1, 999, 60_000, 86_400_000] {
            hands.pass(ms);
            assert_eq!(time.read().1, None);
        }
    }

    #[test]
    fn a_step_says_what_the_clock_should_have_said() {
        let (hands, mut time) = timekeeper();
        hands.pass(500);
        hands.step(3_600_000);
        let forward = ClockStepped { from_ms: 1_000_500, to_ms: 4_600_500, seen: StepSeen::Recording };
        assert_eq!(time.read(), (4_600_500, Some(forward)));
        assert_eq!(time.read().1, None, "it is told once");
        hands.step(-172_800_000);
        let (_, back) = time.read();
        assert_eq!(back.unwrap().to_ms, 4_600_500 - 172_800_000);
        hands.step(-1_000);
        assert_eq!(time.read().1, None, "a second is no step");
    }

    #[test]
    fn a_step_that_hides_the_time_that_passed_shows_at_the_next_comparison() {
        let (hands, mut time) = timekeeper();
        hands.pass(3_600_000);
        hands.step(-3_600_000 + 20);
        assert_eq!(time.read(), (1_000_020, None));
        hands.pass(200);
        let back = ClockStepped { from_ms: 4_600_200, to_ms: 1_000_220, seen: StepSeen::Recording };
        assert_eq!(time.read(), (1_000_220, Some(back)));
    }

    #[test]
    fn the_uptime_of_the_machine_is_read() {
        assert_eq!(uptime_ms("350735.47 234388.90\n"), Some(350_735_470));
        assert_eq!(uptime_ms("0.05 0.00\n"), Some(50));
        assert_eq!(uptime_ms("uptime"), None);
        let mut time = Timekeeper::of(Clock::System);
        let first = time.read().0;
        assert!(time.read().0 >= first - 1000);
    }
}
