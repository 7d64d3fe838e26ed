//! Acting outward: what the recorder itself tells the chain, signed by its hotkey, and what it writes into W&B for
//! another. Each act is sent once, and is an event.

mod call;
mod extrinsic;
pub mod publish;
mod refusal;
mod serve_prometheus;

pub use call::Call;
pub use extrinsic::{Extrinsic, Sent, Wait};
pub use serve_prometheus::{Announced, Announcement, MetricsEndpoint};

/// In entries.
const NAME: &str = "outward";
