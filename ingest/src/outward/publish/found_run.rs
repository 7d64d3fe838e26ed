//! A run of the hotkey, as the server lists it.

use annals_log::json::Object;

/// A run of the hotkey, as the server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRun {
    /// Its id.
    pub run_id: String,
    /// Its creation time, as the server writes it.
    pub created_at: String,
    /// The time of its last heartbeat, as the server writes it.
    pub heartbeat_at: String,
    /// Its state, as the server writes it.
    pub state: String,
}

impl FoundRun {
    /// Reads a node of the list; `None` when it has no run id.
    pub(super) fn read(node: &Object) -> Option<Self> {
        let text = |key| Some(node.get(key)?.as_text()?.to_lossy().into_owned());
        let told = |key| text(key).unwrap_or_else(|| "never".to_owned());
        Some(Self {
            run_id: text("name")?,
            created_at: told("createdAt"),
            heartbeat_at: told("heartbeatAt"),
            state: told("state"),
        })
    }
}
