//! What a worker does for whoever asks, and no more.

use std::time::{Duration, Instant};

use annals_gpu::Parameters;
use annals_log::Account;

/// The limits of a worker.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Operations of int8 of one attempt, over all rounds.
    pub operations_max: u64,
    /// Bytes that one attempt keeps during its sweeps.
    pub kept_bytes_max: u64,
    /// Attempts that a GPU begins within an hour.
    pub attempts_an_hour: u32,
    /// An attempt that nobody goes on with for so long makes way for the next.
    pub idle: Duration,
    /// The hotkeys that may ask; anybody with the token where there are none.
    pub validators: Vec<Account>,
}

impl Limits {
    /// Returns why `numbers` are more than one attempt may ask for; `None` if they are not.
    pub(crate) fn exceeded_by(&self, numbers: &Parameters) -> Option<String> {
        let operations = u128::from(numbers.rounds) * u128::from(numbers.operations_per_round());
        if operations > u128::from(self.operations_max) {
            let most = self.operations_max;
            return Some(format!("the challenge asks for {operations} operations, this worker does {most}"));
        }
        let kept = numbers.kept_bytes();
        (kept > self.kept_bytes_max).then(|| {
            format!("the challenge asks to keep {kept} bytes, this worker keeps {}", self.kept_bytes_max)
        })
    }

    /// Whether `validator` may ask.
    pub(crate) fn allows(&self, validator: Account) -> bool {
        self.validators.is_empty() || self.validators.contains(&validator)
    }
}

/// The attempts that a GPU began within the last hour.
#[derive(Debug, Default)]
pub(crate) struct Recent(Vec<Instant>);

impl Recent {
    const HOUR: Duration = Duration::from_secs(3_600);

    /// Counts an attempt that begins at `now`.
    ///
    /// # Errors
    /// There were as many within the last hour: after so long there is room for one more. Nothing is counted.
    pub(crate) fn begin(&mut self, now: Instant, attempts_an_hour: u32) -> Result<(), Duration> {
        self.0.retain(|begun| now.saturating_duration_since(*begun) < Self::HOUR);
        if self.0.len() >= attempts_an_hour as usize {
            let first = self.0.first().copied().unwrap_or(now);
            return Err(Self::HOUR.saturating_sub(now.saturating_duration_since(first)));
        }
        self.0.push(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_has_so_many_attempts_wherever_it_begins() {
        let (mut recent, begin) = (Recent::default(), Instant::now());
        let minutes = |minutes: u64| begin + Duration::from_secs(60 * minutes);
        assert_eq!(recent.begin(minutes(0), 2), Ok(()));
        assert_eq!(recent.begin(minutes(10), 2), Ok(()));
        assert_eq!(recent.begin(minutes(20), 2), Err(Duration::from_secs(60 * 40)));
        assert_eq!(recent.begin(minutes(60), 2), Ok(()));
        assert_eq!(recent.begin(minutes(61), 2), Err(Duration::from_secs(60 * 9)));
        assert_eq!(Recent::default().begin(begin, 0), Err(Duration::from_secs(3_600)));
    }
}
