//! The name of the source, in entries and cassettes.

pub(super) const NAME: &str = "chain";
