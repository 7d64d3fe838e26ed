//! Seeds: random tests print theirs, and can be given one.

/// A generator that can be asked for again: `ANNALS_SEED=n` repeats a run.
pub(crate) fn seeded(test: &str) -> fastrand::Rng {
    let seed = std::env::var("ANNALS_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("{test}: ANNALS_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}
