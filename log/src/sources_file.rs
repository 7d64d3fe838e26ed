//! `index/SOURCES`: the memory of the sources as a session left it, so that the next one reads only what came after.
//! Like a saved table it counts only if it is whole and stands on this log; else the entries are read from the first.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use crate::disk::{Disk, Readers, read_small, write_small};
use crate::event::{Known, Told};
use crate::folder::{self, Folder};
use crate::hash::Hash;
use crate::place::{LogId, TreeSize};
use crate::sources::{SourceMemory, Sources};
use crate::wire::Fields;

const FILE_NAME: &str = "SOURCES";
const MAGIC: [u8; 4] = *b"ASRC";
/// Of the file, and of the meaning of [`Known`].
const VERSION: u32 = 1;
/// A longer file is not believed: several millions of things told of.
const BYTES_MAX: u64 = 1 << 30;

/// Where in which log a memory stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standpoint {
    pub(crate) log_id: LogId,
    pub(crate) size: TreeSize,
    pub(crate) root: Hash,
}

fn path(folder: &Folder) -> PathBuf {
    folder.join(folder::INDEX).join(FILE_NAME)
}

/// What was saved, and where it stands; whether that is on this log, the caller finds out. `None` when there is no
/// whole file.
pub(crate) fn load(disk: &dyn Disk, folder: &Folder) -> Option<(Standpoint, Sources)> {
    decode(&read_small(disk, &path(folder), BYTES_MAX).ok()?)
}

/// Saves in the place of what was saved before, at once.
pub(crate) fn save(disk: &dyn Disk, folder: &Folder, at: Standpoint, sources: &Sources) -> io::Result<()> {
    disk.create_folder(&folder.join(folder::INDEX), Readers::Anyone)?;
    write_small(disk, &path(folder), &encode(at, sources), Readers::Anyone)
}

fn encode(at: Standpoint, sources: &Sources) -> Vec<u8> {
    let (size, kinds) = (at.size.0.to_be_bytes(), Told::kinds_digest().0);
    let mut bytes = [&MAGIC[..], &VERSION.to_be_bytes(), &kinds, &at.log_id.0, &size, &at.root.0].concat();
    count(sources.0.len(), &mut bytes);
    for (name, memory) in &sources.0 {
        text(name.as_bytes(), &mut bytes);
        bytes.extend(memory.sequence.to_be_bytes());
        text(&memory.cursor, &mut bytes);
        optional(memory.batch_sha256.map(|hash| hash.0), &mut bytes);
        count(memory.seen.len(), &mut bytes);
        for (key, known) in &memory.seen {
            text(key.as_bytes(), &mut bytes);
            optional(known.digest.map(|hash| hash.0), &mut bytes);
            optional(known.position.map(u64::to_be_bytes), &mut bytes);
            optional(known.payload.map(|hash| hash.0), &mut bytes);
        }
    }
    let digest = Hash::of(&bytes);
    bytes.extend(digest.0);
    bytes
}

fn count(count: usize, bytes: &mut Vec<u8>) {
    bytes.extend(u32::try_from(count).expect("memory ends long before").to_be_bytes());
}

fn text(text: &[u8], bytes: &mut Vec<u8>) {
    count(text.len(), bytes);
    bytes.extend(text);
}

fn optional<const N: usize>(field: Option<[u8; N]>, bytes: &mut Vec<u8>) {
    bytes.push(u8::from(field.is_some()));
    bytes.extend(field.into_iter().flatten());
}

fn decode(bytes: &[u8]) -> Option<(Standpoint, Sources)> {
    let (bytes, digest) = bytes.split_last_chunk::<32>()?;
    if Hash::of(bytes).0 != *digest {
        return None;
    }
    let mut fields = Fields::of(bytes);
    if fields.array() != Some(MAGIC) || fields.u32() != Some(VERSION) {
        return None;
    }
    // Who knows other kinds of events has folded them in, or passed them over.
    if fields.array() != Some(Told::kinds_digest().0) {
        return None;
    }
    let (log_id, size) = (LogId(fields.array()?), TreeSize(fields.u64()?));
    let at = Standpoint { log_id, size, root: Hash(fields.array()?) };
    let sources: BTreeMap<_, _> =
        (0..fields.u32()?).map(|_| decode_memory(&mut fields)).collect::<Option<_>>()?;
    fields.is_at_end().then_some((at, Sources(sources)))
}

fn decode_memory(fields: &mut Fields<'_>) -> Option<(String, SourceMemory)> {
    let name = decode_key(fields)?;
    let (sequence, cursor) = (fields.u64()?, decode_text(fields)?.to_vec());
    let batch_sha256 = decode_optional(fields)?.map(Hash);
    let seen = (0..fields.u32()?)
        .map(|_| {
            let key = decode_key(fields)?;
            let digest = decode_optional(fields)?.map(Hash);
            let position = decode_optional(fields)?.map(u64::from_be_bytes);
            Some((key, Known { digest, position, payload: decode_optional(fields)?.map(Hash) }))
        })
        .collect::<Option<_>>()?;
    Some((name, SourceMemory { sequence, cursor, batch_sha256, seen }))
}

fn decode_text<'a>(fields: &mut Fields<'a>) -> Option<&'a [u8]> {
    let length = fields.u32()?;
    fields.bytes(usize::try_from(length).ok()?)
}

fn decode_key(fields: &mut Fields<'_>) -> Option<String> {
    String::from_utf8(decode_text(fields)?.to_vec()).ok()
}

/// `None` where neither a field nor its absence stands.
fn decode_optional<const N: usize>(fields: &mut Fields<'_>) -> Option<Option<[u8; N]>> {
    match fields.u8()? {
        0 => Some(None),
        1 => fields.array().map(Some),
        _ => None,
    }
}

/// Reads a file whose digest is made right: what is taken is written with the same bytes.
#[cfg(feature = "fuzzing")]
pub(crate) fn fuzz(content: &[u8]) {
    let file = [content, &Hash::of(content).0].concat();
    if let Some((at, sources)) = decode(&file) {
        assert_eq!(encode(at, &sources), file);
    }
}

#[cfg(feature = "fuzzing")]
pub(crate) fn fuzz_seed() -> Vec<u8> {
    let known = crate::event::Known { digest: Some(Hash([1; 32])), position: Some(7), payload: None };
    let seen = [("run".to_owned(), known)].into();
    let memory = SourceMemory { sequence: 3, cursor: b"9".to_vec(), batch_sha256: Some(Hash([2; 32])), seen };
    let at = Standpoint { log_id: LogId([3; 16]), size: TreeSize(9), root: Hash([4; 32]) };
    let mut file = encode(at, &Sources([("wandb".to_owned(), memory)].into()));
    file.truncate(file.len() - 32);
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved() -> (Standpoint, Sources) {
        let known =
            Known { digest: Some(Hash::of(b"state")), position: None, payload: Some(Hash::of(b"payload")) };
        let seen = BTreeMap::from([
            ("run-1".to_owned(), known),
            (String::new(), Known { position: Some(7), ..Known::default() }),
        ]);
        let memory = SourceMemory {
            sequence: 3,
            cursor: b"page".to_vec(),
            batch_sha256: Some(Hash::of(b"batch")),
            seen,
        };
        let sources =
            BTreeMap::from([("wandb".to_owned(), memory), ("b".to_owned(), SourceMemory::default())]);
        let at = Standpoint { log_id: LogId([3; 16]), size: TreeSize(99), root: Hash::of(b"root") };
        (at, Sources(sources))
    }

    #[test]
    fn a_memory_survives_its_bytes_and_no_flipped_bit_and_no_cut() {
        let (at, sources) = saved();
        let whole = encode(at, &sources);
        assert_eq!(decode(&whole), Some((at, sources)));
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode(&bytes), None, "bit {bit}");
        }
        for length in 0..whole.len() {
            assert_eq!(decode(&whole[..length]), None, "cut at {length}");
        }
    }
}
