//! The saved state, whole: an even first byte has it attested by the log's key, an odd one by nobody.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use annals_log::{Attester, Hash, Reader};
use annals_projections::Projections;

use crate::golden::{GOLDEN, reader};

const STATE: &str = "state";
/// Behind the blocks: the note, its length in 4 bytes, the digest of all that in 32.
const END_BYTES: usize = 36;

struct Saved {
    folder: tempfile::TempDir,
    /// As whoever records sees the log.
    with_key: Reader,
    without_key: Reader,
}

static SAVED: LazyLock<Saved> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let (with_key, without_key) = (reader(&GOLDEN.with_key()).unwrap(), reader(&GOLDEN.disk).unwrap());
    let mut tables = Projections::begin_in(folder.path(), None).unwrap();
    tables.catch_up(&with_key, with_key.size(), |_| {}).unwrap();
    tables.save(folder.path(), &with_key, true).unwrap();
    Projections::load(folder.path(), &mut with_key.clone()).expect("what was saved is taken");
    Saved { folder, with_key, without_key }
});

fn state() -> PathBuf {
    SAVED.folder.path().join(STATE)
}

fn write(content: &[u8], note: &str) {
    let length = u32::try_from(note.len()).unwrap().to_be_bytes();
    let file = [content, note.as_bytes(), &length].concat();
    std::fs::write(state(), [&file[..], &Hash::of(&file).0].concat()).unwrap();
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let whole = std::fs::read(state()).unwrap();
    let end = whole.len() - END_BYTES;
    let note_bytes = u32::from_be_bytes(whole[end..end + 4].try_into().unwrap()) as usize;
    [0, 1].map(|first| [&[first], &whole[..end - note_bytes]].concat()).into()
}

pub(crate) fn run(input: &[u8]) {
    let Saved { folder, with_key, without_key } = &*SAVED;
    match input.split_first() {
        Some((first, content)) if first % 2 == 0 => {
            let attester = Attester::of(with_key).unwrap();
            write(content, &attester.attest(STATE, Hash::of(content)));
            load_and_save(folder.path(), with_key);
        }
        Some((_, content)) => {
            write(content, "");
            // The log has the root of none of these tables at its size.
            for reader in [with_key, without_key] {
                assert!(
                    Projections::load(folder.path(), &mut reader.clone()).is_err(),
                    "taken on its own word"
                );
            }
        }
        None => {}
    }
}

/// What was loaded goes on with the log, and is saved as it is loaded again.
fn load_and_save(folder: &Path, reader: &Reader) {
    let Ok(mut tables) = Projections::load(folder, &mut reader.clone()) else { return };
    if tables.catch_up(reader, reader.size(), |_| {}).is_err() {
        return;
    }
    for table in tables.snapshot().tables {
        table.closed.scan(table.schema).for_each(drop);
    }
    if tables.save(folder, reader, false).is_ok() {
        let mut again = Projections::load(folder, &mut reader.clone()).expect("it was saved a moment ago");
        assert_eq!(roots(&mut again), roots(&mut tables));
    }
}

fn roots(tables: &mut Projections) -> Vec<(&'static str, Hash)> {
    tables.state_roots().into_iter().map(|(schema, root)| (schema.name, root)).collect()
}
