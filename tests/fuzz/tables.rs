//! The saved state under a right digest. Files of closed rows are left as they were: Arrow's own reader takes them.

use std::path::Path;
use std::sync::LazyLock;

use annals_log::{Hash, Reader};
use annals_projections::Projections;

use crate::golden::{GOLDEN, reader};

const DIGEST_BYTES: usize = 32;

struct Saved {
    folder: tempfile::TempDir,
    reader: Reader,
}

static SAVED: LazyLock<Saved> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let reader = reader(&GOLDEN.disk).unwrap();
    let mut tables = Projections::begin_in(folder.path(), None).unwrap();
    tables.catch_up(&reader, reader.size(), |_| {}).unwrap();
    tables.save(folder.path(), &reader, true).unwrap();
    Projections::load(folder.path(), &mut reader.clone()).expect("what was saved is taken");
    Saved { folder, reader }
});

fn state(folder: &Path) -> std::path::PathBuf {
    folder.join("state")
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut whole = std::fs::read(state(SAVED.folder.path())).unwrap();
    whole.truncate(whole.len() - DIGEST_BYTES);
    vec![whole]
}

pub(crate) fn run(content: &[u8]) {
    let Saved { folder, reader } = &*SAVED;
    std::fs::write(state(folder.path()), [content, &Hash::of(content).0].concat()).unwrap();
    load_and_save(folder.path(), reader);
}

/// What was loaded goes on with the log, and is saved as it is loaded again.
fn load_and_save(folder: &Path, reader: &Reader) {
    let Ok(mut tables) = Projections::load(folder, &mut reader.clone()) else { return };
    if tables.catch_up(reader, reader.size(), |_| {}).is_err() {
        return;
    }
    for table in tables.snapshots() {
        table.closed.scan().for_each(drop);
    }
    tables.save(folder, reader, false).unwrap();
    let mut again = Projections::load(folder, &mut reader.clone()).expect("it was saved a moment ago");
    assert_eq!(roots(&mut again), roots(&mut tables));
}

fn roots(tables: &mut Projections) -> Vec<(&'static str, Hash)> {
    tables.state_roots().into_iter().map(|(schema, root)| (schema.name, root)).collect()
}
