//! Challenges and transcripts of proof of GPU, protocol 2.

use std::sync::LazyLock;

use annals_gpu::{Challenge, Figures, NoBeacons, Outcome, Transcript};

use crate::golden::fixture;

static RIGHT: LazyLock<Vec<u8>> = LazyLock::new(|| std::fs::read(fixture("pog/right.pog")).unwrap());

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let wrong = std::fs::read(fixture("pog/wrong-tile.pog")).unwrap();
    vec![RIGHT.clone(), wrong, RIGHT[..352].to_vec(), RIGHT[..RIGHT.len() / 2].to_vec()]
}

pub(crate) fn run(input: &[u8]) {
    if let Ok(challenge) = Challenge::from_bytes(input) {
        assert_eq!(challenge.to_bytes(), input);
        challenge.parameters.checked().unwrap();
    }
    let outcome = Transcript::verify_bytes(input, None, &NoBeacons).outcome;
    let Ok(transcript) = Transcript::from_bytes(input) else {
        assert_eq!(outcome, Outcome::Malformed);
        return;
    };
    assert_eq!(transcript.to_bytes(), input);
    // What its validator has not signed passes nowhere.
    assert!(outcome != Outcome::Passed || input == *RIGHT, "forged");
    let numbers = &transcript.challenge.parameters;
    let figures = Figures::of(numbers, &transcript.times);
    assert!(figures.resident_bytes <= numbers.kept_bytes());
}
