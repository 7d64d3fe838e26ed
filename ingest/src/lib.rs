//! What comes in from outside: sources, each of two halves, and the driver that takes what they bring into the log.
//!
//! A [`Feed`] *fetches* raw answers (from the network, or from a recording of it), a [`Source`] *decodes* them into
//! events. Decoding is a pure fold over raw answers: the same answers after the same log give the same events, on any
//! machine.
//!
//! It is not: a client of the tables (it knows none), or a judge of what it hears. What cannot be read becomes part of
//! an event that names the place, and nothing else is lost with it.
//!
//! Acting outward, on the chain that is also listened to, lives in `outward/`: each act once, and recorded.
//!
//! To add a source: its room `sources/<name>/` with what decodes and what asks, its lines in `sources/mod.rs`, a
//! cassette in `fixtures/`.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test stops at what it did not expect"))]

mod cassette;
mod decoder;
mod driver;
mod failed_request;
mod feed;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing {
    //! What `tests/fuzz` reaches in here.
    pub use crate::sources::FuzzedRuntime as Runtime;
}
mod keypair;
mod left_out;
pub mod outward;
mod pauses;
mod raw;
#[cfg(test)]
#[path = "../tests/seed.rs"]
mod seed;
mod source;
pub mod sources;
mod steady_clock;
mod supervisor;
mod wandb_api;
pub mod wandb_exchange;

pub use cassette::{Cassette, CassetteError, CassetteWriter};
pub use driver::{Driver, IngestError, Taken};
pub use feed::{Feed, FeedError, Lag};
pub use raw::{Answer, Exchange, Outcome, Raw, Request};
pub use source::{Decoded, Source, SourceError};
pub use supervisor::{News, Recorder, Sleep, Supervisor, Until};
pub use wandb_api::{ApiError, ApiKey, ApiOptions, FiltersError, KeyError, RunsAsked, WandbApi};
