//! W&B's API, as far as it is spoken here: a request goes out, is tried again where that helps, and comes back as an
//! exchange. Sources ask with it, and so does whoever publishes.

mod api;
mod key;
mod patience;
pub(crate) mod questions;

pub(crate) use api::GRAPHQL;
pub use api::{Again, ApiError, ApiOptions, Posted, WandbApi};
pub use key::{ApiKey, KeyError};
pub use questions::{FiltersError, Project, RunsAsked};
