//! What an entry says of a state root.

use annals_log::{Fact as _, LogIndex, ProjectionState, ProjectionStateRetracted, ReadError};

use crate::entry_view::EntryView;

/// What an entry says of a state root.
pub(crate) enum RootTold {
    /// A root was recorded, in an entry of this schema.
    Recorded { table: String, schema: u16, state: ProjectionState },
    /// The root that entry `of` recorded was taken back.
    Retracted { table: String, of: LogIndex, why: String },
}

impl RootTold {
    /// Reads an entry; `None` for one that says nothing of a state root.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn read(entry: &mut EntryView<'_>) -> Result<Option<Self>, ReadError> {
        let (table, schema) = (entry.envelope.native_id, entry.envelope.schema);
        Ok(match entry.envelope.kind {
            ProjectionState::KIND => entry.fact().map(|state: Option<ProjectionState>| {
                state.map(|state| Self::Recorded { table: table.to_owned(), schema, state })
            })?,
            ProjectionStateRetracted::KIND => {
                let told: Option<ProjectionStateRetracted> = entry.fact()?;
                told.map(|told| Self::Retracted {
                    table: table.to_owned(),
                    of: LogIndex(told.log_index),
                    why: told.why,
                })
            }
            _ => None,
        })
    }
}
