//! Upstream's score of what was proven.

/// GPUs beyond this many count nothing.
const GPUS_MAX: f64 = 8.0;

/// Returns the score of `gpus` GPUs of a name (`calc_score_pog`), 1 for eight of the best. `scores` is the table of
/// the configuration. What upstream's code swallows as an error is 0: no name, an unknown one, no number.
pub fn pog_score<N: AsRef<str>>(gpu_name: Option<&str>, gpus: Option<f64>, scores: &[(N, f64)]) -> f64 {
    let named = scores.iter().find(|(name, _)| Some(name.as_ref()) == gpu_name);
    let (Some((_, score)), Some(gpus)) = (named, gpus) else { return 0.0 };
    let best = scores.iter().fold(f64::NEG_INFINITY, |best, (_, score)| best.max(*score));
    let scaled = score * gpus.min(GPUS_MAX) * (100.0 / (best * GPUS_MAX));
    // Upstream's zeros are integers, which have no sign.
    scaled / 100.0 + 0.0
}
