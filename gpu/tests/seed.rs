//! Random tests print their seed first, and take it from `ANNALS_SEED`.

/// Returns a random source, after its seed was printed.
pub(crate) fn random(test: &str) -> fastrand::Rng {
    let given = std::env::var("ANNALS_SEED").ok().map(|seed| seed.parse().expect("ANNALS_SEED is a number"));
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    println!("{test}: ANNALS_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}
