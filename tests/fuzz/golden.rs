//! The log of `fixtures/log-format`, in memory: what every damaged copy of it is held against.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use annals_log::disk::Disk;
use annals_log::{LogIndex, Reader, Verification, Verified, VerifyError, Vkey};
use base64::Engine as _;

use crate::memory_disk::MemoryDisk;

/// Where the log lies on disks in memory; nothing lies there on the real one.
const ROOT: &str = "/annals-fuzz/log";
pub(crate) struct Golden {
    pub(crate) disk: MemoryDisk,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) vkey: Vkey,
}

pub(crate) static GOLDEN: LazyLock<Golden> = LazyLock::new(|| {
    let folder = fixture("log-format/log");
    let mut disk = MemoryDisk::default();
    let mut add =
        |name: String| disk.0.insert(root().join(&name), std::fs::read(folder.join(name)).unwrap().into());
    add("watermark".to_owned());
    for part in ["segments", "published"] {
        for file in std::fs::read_dir(folder.join(part)).unwrap() {
            add(format!("{part}/{}", file.unwrap().file_name().to_str().unwrap()));
        }
    }
    let reader = reader(&disk).unwrap();
    assert!(verify(&disk).unwrap().is_sound());
    Golden { entries: entries_of(&reader).unwrap(), vkey: reader.vkey().clone(), disk }
});

pub(crate) fn root() -> &'static Path {
    Path::new(ROOT)
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../fixtures", name].iter().collect()
}

/// The entries in the golden files of the kinds: every kind that there is, also those that are younger than the log.
pub(crate) fn entries_of_kinds() -> Vec<Vec<u8>> {
    let mut files: Vec<_> =
        std::fs::read_dir(fixture("log-format/kinds")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut entries = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        // Each is a line of hex, before a line with its fields.
        entries
            .extend(text.lines().filter_map(|line| hex::decode(line).ok()).filter(|entry| !entry.is_empty()));
    }
    entries
}

pub(crate) fn reader(disk: &MemoryDisk) -> Result<Reader, annals_log::ReadError> {
    Reader::open_on(&(Arc::new(disk.clone()) as Arc<dyn Disk>), root())
}

pub(crate) fn entries_of(reader: &Reader) -> Result<Vec<Vec<u8>>, annals_log::ReadError> {
    let mut entries = Vec::new();
    let mut scan = reader.scan(LogIndex(0)..reader.size().next_index());
    while let Some(frame) = scan.next_frame()? {
        entries.extend(frame.entries().map(|(_, entry)| entry.to_vec()));
    }
    Ok(entries)
}

impl Golden {
    pub(crate) fn file(&self, name: &str) -> &[u8] {
        &self.disk.0[&root().join(name)]
    }

    /// Names and bytes of the files in a part of it.
    pub(crate) fn files(&self, part: &str) -> Vec<(String, &[u8])> {
        let files = self.disk.0.iter().filter(|(path, _)| path.parent() == Some(&root().join(part)));
        let name = |path: &Path| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        files.map(|(path, bytes)| (name(path), &bytes[..])).collect()
    }

    /// The log with its key, as whoever records it has it: the fixture's seed is known.
    pub(crate) fn with_key(&self) -> MemoryDisk {
        let key = base64::engine::general_purpose::STANDARD.encode([&[1][..], &[27; 32]].concat());
        let public = self.vkey.to_string();
        let (named, _) = public.rsplit_once('+').unwrap();
        let (name, id) = named.rsplit_once('+').unwrap_or((named, ""));
        self.with("keys/ed25519", format!("PRIVATE+KEY+{name}+{id}+{key}\n").into_bytes())
    }

    /// The log with other bytes in one of its files.
    pub(crate) fn with(&self, name: &str, bytes: Vec<u8>) -> MemoryDisk {
        let mut disk = self.disk.clone();
        disk.0.insert(root().join(name), bytes.into());
        disk
    }

    /// Reads all of a damaged copy in every way. Whatever is called sound has these entries, and no others.
    pub(crate) fn check(&self, disk: &MemoryDisk) {
        let verified = verify(disk);
        let Ok(mut reader) = reader(disk) else {
            return assert!(
                !verified.is_ok_and(|verified| verified.is_sound()),
                "sound, and cannot be opened"
            );
        };
        let read = entries_of(&reader);
        // Proofs stand alone: none may prove what the log never had.
        for index in [0, reader.size().0 / 2, reader.size().0.saturating_sub(1)] {
            if let Ok(proof) = reader.prove(LogIndex(index))
                && proof.verify(&self.vkey).is_ok()
            {
                assert_eq!(Some(proof.entry()), self.entry(index), "a false entry was proven");
            }
        }
        if let Ok(verified) = verified
            && verified.is_sound()
        {
            let entries = read.expect("a sound log can be read");
            assert_eq!(entries.len() as u64, verified.size().0);
            assert!(self.entries.starts_with(&entries), "sound, with other entries");
        }
    }

    fn entry(&self, index: u64) -> Option<&[u8]> {
        self.entries.get(usize::try_from(index).ok()?).map(Vec::as_slice)
    }
}

pub(crate) fn verify(disk: &MemoryDisk) -> Result<Verified, VerifyError> {
    let disk = Arc::new(disk.clone()) as Arc<dyn Disk>;
    Verification { threads: 1, disk, ..Verification::default() }.run(root())
}
