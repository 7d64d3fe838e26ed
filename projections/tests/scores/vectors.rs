//! The vectors: cases of upstream's own `sync_scores`, with what its code gave.

use std::path::PathBuf;

use annals_log::json::{self, Object, Value};

use super::values;

/// A file of cases.
pub(crate) struct Vectors {
    /// Where the cases come from.
    path: PathBuf,
    file: Object,
}

impl Vectors {
    /// Reads the file that the environment names, or else the fixture.
    pub(crate) fn read() -> Self {
        let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/golden/scores_vectors.json");
        let path = std::env::var_os("ANNALS_SCORES").map_or_else(|| PathBuf::from(fixture), PathBuf::from);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let Value::Object(file) = values::plain(json::parse(&text).unwrap()) else { panic!("no object") };
        assert_eq!(values::text(&file, "schema"), "ni-sn27-scores/1", "{}", path.display());
        Self { path, file }
    }

    pub(crate) fn cases(&self) -> Vec<&Object> {
        let cases = values::list(&self.file, "cases");
        assert!(!cases.is_empty(), "{} has no cases", self.path.display());
        cases.iter().map(|case| case.as_object().unwrap()).collect()
    }

    /// The hotkey that upstream was made to take for the checklist's.
    pub(crate) fn checklist_hotkey(&self) -> String {
        values::text(values::object(&self.file, "ni_hotkey"), "replaced_by").to_owned()
    }

    /// What upstream hard-codes in a version.
    pub(crate) fn constants(&self, version: &str) -> &Object {
        values::object(values::object(&self.file, "constants"), version)
    }
}
