//! The failure to write an answer in some form, which is ours.

use std::fmt::Display;

use crate::failure::Failure;

pub(super) fn internal(error: impl Display) -> Failure {
    Failure::Internal(format!("the rows could not be written: {error}"))
}
