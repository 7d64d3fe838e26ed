//! A validator's view: whose scores they are, and which database tells its own results.

use std::collections::BTreeMap;

use super::validator_db::ValidatorDb;

/// One validator, as far as the log knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct View {
    /// Its hotkey; `None` for a database that does not say whose it is.
    pub(super) validator: Option<String>,
    /// The name of its database; `None` where none is recorded.
    pub(super) database: Option<String>,
}

/// Returns a view for each database, and for each valid validator that has none.
///
/// A database is that of the one hotkey whose run it resumes. Where it has several, or none, one that is valid decides,
/// if there is only one.
pub(super) fn views(databases: &BTreeMap<String, ValidatorDb>, valid: &[String]) -> Vec<View> {
    let mut views: Vec<View> = Vec::new();
    for (name, db) in databases {
        let hotkeys = &db.read.hotkeys;
        let own: Vec<_> = match hotkeys.len() {
            1 => hotkeys.iter().collect(),
            _ => hotkeys.iter().filter(|hotkey| valid.contains(hotkey)).collect(),
        };
        let validator = if let [one] = own[..] { Some(one.clone()) } else { None };
        views.push(View { validator, database: Some(name.clone()) });
    }
    let with_database: Vec<_> = views.iter().filter_map(|view| view.validator.clone()).collect();
    for hotkey in valid {
        if !with_database.contains(hotkey) {
            views.push(View { validator: Some(hotkey.clone()), database: None });
        }
    }
    views
}
