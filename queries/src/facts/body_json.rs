//! Bodies as JSON texts, as each kind shows its own fields.

use annals_log::{EventView, ReadError};

use super::Entry;

/// Returns the body of an entry; `None` for kinds and schemas that are unknown here, and for a body that is not what
/// its kind says.
///
/// # Errors
/// A fault, when the body lies beside the entry.
pub(super) fn of(entry: &mut Entry<'_>) -> Result<Option<String>, ReadError> {
    let Some(row) = entry.envelope.kind.row() else { return Ok(None) };
    if row.schema().is_none() {
        return Ok(None);
    }
    let body = entry.body()?;
    let fields = row.fields(&EventView::of(&entry.envelope, &body));
    Ok(fields.map(|fields| fields.to_json()))
}
