//! How large an attempt is.

use annals_gpu::Parameters;
use serde::Deserialize;

/// The sizes that have names. A validator that wants others says so in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Size {
    /// For a CPU: seconds, and no figure that says anything of a GPU
    Small,
    /// For a card of 24 GB
    Medium,
    /// For a card of 80 GB and more
    Full,
}

impl Size {
    /// The numbers of an attempt of this size, with so many milliseconds for each phase.
    pub(crate) fn parameters(self) -> Parameters {
        match self {
            Self::Small => Parameters {
                size: 256,
                rounds: 8,
                kept_rounds: 4,
                sweeps: 4,
                round_openings: 64,
                sweep_openings: 64,
                rounds_ms_max: 60_000,
                sweeps_ms_max: 60_000,
            },
            // 24 outputs of 839 MB are 20 GB.
            Self::Medium => Parameters { kept_rounds: 24, ..Parameters::FULL },
            Self::Full => Parameters::FULL,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_size_is_one_that_an_attempt_can_have() {
        for size in [Size::Small, Size::Medium, Size::Full] {
            size.parameters().checked().unwrap();
        }
    }
}
