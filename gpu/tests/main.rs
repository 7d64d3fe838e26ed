//! Both protocols: upstream's own results, forgers, a stranger's verifier, and the word of a GPU's maker.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test stops at what it did not expect"
)]

// `cargo test --workspace gpu` asks for all of them by this name.
#[path = "."]
mod gpu {
    pub(crate) mod attempt;
    mod attestation;
    mod device;
    mod forgers;
    mod golden;
    pub(crate) mod seed;
    mod stranger;
    mod upstream;
    mod words;
}

use gpu::{attempt, seed};
