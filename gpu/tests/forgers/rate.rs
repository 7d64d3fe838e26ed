//! How often a forger is caught, beside what was promised.

use std::io::Write as _;

use annals_gpu::Outcome;

/// Attempts of one kind of forger.
pub(crate) struct Rate {
    name: &'static str,
    seeds: u32,
    attempts: u32,
    caught: u32,
}

impl Rate {
    pub(crate) fn of(name: &'static str) -> Self {
        Self { name, seeds: 0, attempts: 0, caught: 0 }
    }

    /// Another seed, for one attempt or many.
    pub(crate) fn seed(&mut self) {
        self.seeds += 1;
    }

    pub(crate) fn count(&mut self, outcome: Outcome) {
        self.attempts += 1;
        self.caught += u32::from(outcome != Outcome::Passed);
    }

    /// Prints the rate, and panics if it is further from the promised one than five deviations and one of a hundred: a
    /// right one is, once in 100,000 tests.
    pub(crate) fn is_promised(&self, promised: f64) {
        let (attempts, rate) = (f64::from(self.attempts), f64::from(self.caught) / f64::from(self.attempts));
        let Self { name, seeds, .. } = self;
        let (caught, expected) = (100.0 * rate, 100.0 * promised);
        let line =
            format!("{seeds} seeds, {attempts} attempts, {caught:.1} % caught, promised {expected:.1} %");
        // Not by `println`, which the test runner keeps to itself.
        let mut stdout = std::io::stdout();
        writeln!(stdout, "forger: {name}: {line}").unwrap();
        let deviation = (promised * (1.0 - promised) / attempts).sqrt();
        assert!((rate - promised).abs() <= 5.0 * deviation + 0.01, "{name}");
    }

    pub(crate) fn is_always_caught(&self) {
        assert_eq!(self.caught, self.attempts, "{}", self.name);
        self.is_promised(1.0);
    }
}

/// Returns the part of attempts that are caught if `wrong` of 100 tiles are wrong and `openings` are drawn.
pub(crate) fn promised(wrong: u32, openings: u32) -> f64 {
    1.0 - (1.0 - f64::from(wrong) / 100.0).powi(i32::try_from(openings).unwrap())
}
