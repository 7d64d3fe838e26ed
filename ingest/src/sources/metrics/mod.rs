//! Source `metrics`: what neurons' metrics endpoints say.
//!
//! Strangers post the addresses, so an address is judged before it is asked, and whatever answers may be hostile: one
//! request on a connection of its own, within bounds of time, bytes and memory that hold for all endpoints together.

mod address;
mod asked;
mod body;
mod coding;
mod failed;
mod form;
mod get;
mod limits;
mod tls;
mod wire;

pub use address::{Allowed, Refusal, refusal};
pub use asked::{Asked, AskedError};
pub use body::{Body, BodyMemory};
pub use failed::{Failed, FailedKind};
pub use form::Form;
pub use get::{Got, ScrapeGet};
pub use limits::GetLimits;
pub use tls::{Tls, TlsError};
