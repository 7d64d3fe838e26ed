//! The resident memory of this process over a long run.

/// The figures may lie this far from the middle of the lowest and the highest, as a part of it.
const FLAT_WITHIN: f64 = 0.1;
const TENTHS: u64 = 10;

/// The memory of a run of a known number of steps, while it goes on.
pub(crate) struct Curve {
    /// What runs, and what its steps are.
    run: &'static str,
    steps: &'static str,
    count: u64,
    /// In MiB: at the start, and after each step that was looked at, of each tenth apart.
    looks: Vec<Vec<f64>>,
}

impl Curve {
    /// A run that begins now; `count` is how many steps it will have.
    pub(crate) fn begin(run: &'static str, steps: &'static str, count: u64) -> Self {
        Self { run, steps, count, looks: vec![vec![resident_mib()]] }
    }

    /// Looks at the memory after step number `step`, from 1, of any steps, in order.
    pub(crate) fn look(&mut self, step: u64) {
        let tenth =
            usize::try_from(step.saturating_mul(TENTHS).div_ceil(self.count)).expect("it is at most 10");
        self.looks.resize(self.looks.len().max(tenth + 1), Vec::new());
        self.looks[tenth].push(resident_mib());
    }

    /// Prints the start and the middle of each tenth, whether the tenths are flat, and the most of all beside
    /// `target_mib`, if the run has one.
    ///
    /// The allocator keeps for a second or so what was let go of. A single look sees much or little of that; the middle
    /// of many shows whether more is held than before.
    pub(crate) fn print(self, target_mib: Option<f64>) {
        let Self { run, steps, count, looks } = self;
        let most = looks.iter().flatten().copied().fold(0.0, f64::max);
        let figures: Vec<f64> = looks.into_iter().filter_map(middle).collect();
        let shown: Vec<String> = figures.iter().map(|figure| format!("{figure:.1}")).collect();
        println!("{run} memory at the start and in the tenths of {count} {steps}: {} MiB", shown.join(" "));
        let tenths = figures.iter().skip(1).copied();
        let (low, high) = (tenths.clone().fold(f64::MAX, f64::min), tenths.fold(0.0, f64::max));
        let around = (high - low) / (high + low);
        let reached = |is: bool| if is { "reached" } else { "missed" };
        println!(
            "{run} memory: {low:.1} to {high:.1} MiB from the first tenth on, {:.1} % around their middle \
             (target {:.0} %: {})",
            around * 100.0,
            FLAT_WITHIN * 100.0,
            reached(around <= FLAT_WITHIN)
        );
        let target = target_mib.map(|target| format!(" (target {target} MiB: {})", reached(most <= target)));
        println!(
            "{run} memory: at most {most:.1} MiB after any of the {steps}{}",
            target.unwrap_or_default()
        );
    }
}

/// `None` where nothing was looked at.
fn middle(mut looks: Vec<f64>) -> Option<f64> {
    looks.sort_by(f64::total_cmp);
    looks.get(looks.len() / 2).copied()
}

/// Resident memory of this process, in MiB.
fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}
