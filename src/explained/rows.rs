//! The rows of an answer, read back.

use annals_queries::Answer;
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::output::json;

/// Returns the rows of an answer as what they tell.
///
/// # Errors
/// `Internal`: the answer has other columns.
pub(super) fn rows_of<T: DeserializeOwned>(answer: &Answer) -> Result<Vec<T>, Failure> {
    serde_json::from_str(&json(answer)?).map_err(|error| {
        Failure::Internal(format!("an answer has not the columns that were asked for: {error}"))
    })
}
