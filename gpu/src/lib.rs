//! Proof of GPU: upstream's protocol and annals' own.

pub mod upstream;
