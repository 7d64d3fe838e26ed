//! A miner's worker: answers challenges of `gpu/PROTOCOL.md` over HTTP, one at a time a GPU.
//!
//! It is: the requests of the protocol, a token, and the limits that keep a flood of challenges from burning the
//! GPU. It is not: a prover, which whoever starts it brings, or a judge of who may ask, beyond a list of hotkeys.
//!
//! What always holds:
//! - a GPU has at most one attempt, and whoever began it has to go on with it or let it grow old;
//! - nothing is computed for a challenge that is not signed by its validator, or is larger than the limits;
//! - a request has at most 1 KiB, and its bytes are read for at most ten seconds.

mod attempts;
mod limits;
mod refusal;
mod server;

pub use attempts::{Attest, BoxedProver, Gpu, MakeProver};
pub use limits::Limits;
pub use server::{WorkerOptions, serve};
