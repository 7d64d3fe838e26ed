//! Upstream's protocol, held to the results of upstream's own code.

mod hankel;
mod vectors;
