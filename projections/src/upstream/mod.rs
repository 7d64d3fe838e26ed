//! Upstream's rules that more than one world follows: what Python makes of values, specs of machines, bounds,
//! and how a validator scores.

pub(crate) mod bounds;
pub(crate) mod python;
pub(crate) mod scores;
pub(crate) mod spec_columns;
pub(crate) mod specs;
