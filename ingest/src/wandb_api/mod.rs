//! W&B's API, as far as it is spoken here: a request goes out, is tried again where that helps, and comes back as an
//! exchange. Sources ask with it, and so does whoever publishes.

mod api;
mod key;
mod netrc;
mod patience;
pub(crate) mod questions;

pub use api::{Again, ApiError, ApiOptions, Posted, WandbApi};
pub(crate) use api::{GRAPHQL, is_broken};
pub use key::{ApiKey, KeyError};
pub use questions::{FiltersError, Project, RunsAsked};
