//! Upstream's protocol, held to the results of upstream's own code.

mod provers;
mod vectors;
