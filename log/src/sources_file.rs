//! `index/SOURCES`: the memory of the sources as a session left it, so that the next one reads only what came after.
//! It counts only if the log's own key attests it, and it stands on this log; else the entries are read from the
//! first. Whoever could make up what a source has told would have a recorder skip events, or record them twice.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::attest::Attester;
use crate::disk::{Disk, Readers, read_small, refuse_linked, write_small};
use crate::event::{Known, kinds_digest};
use crate::folder::{self, Folder};
use crate::hash::Hash;
use crate::place::{LogId, TreeSize};
use crate::reader::Reader;
use crate::sources::{SourceMemory, Sources};
use crate::wire::Fields;

const FILE_NAME: &str = "SOURCES";
const MAGIC: [u8; 4] = *b"ASRC";
/// Of the file, and of the meaning of [`Known`].
const VERSION: u32 = 2;
/// What is attested, beside the bytes.
const ATTESTED_NAME: &str = "index/SOURCES";
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

/// Returns what a holder of the log's key saved, and the size and root that it belongs to; the caller checks that
/// they are on this log. `None` when there is no such file.
pub(crate) fn load(reader: &Reader) -> Option<(Standpoint, Sources)> {
    let (disk, folder) = reader.files();
    let bytes = read_small(disk, &path(folder), BYTES_MAX).ok()?;
    decode(&bytes, &Attester::of(reader).ok()?)
}

/// Saves in the place of what was saved before, at once.
pub(crate) fn save(
    disk: &dyn Disk,
    folder: &Folder,
    attester: &Attester,
    at: Standpoint,
    sources: &Sources,
) -> io::Result<()> {
    refuse_linked(&folder.join(folder::INDEX))?;
    disk.create_folder(&folder.join(folder::INDEX), Readers::Anyone)?;
    write_small(disk, &path(folder), &encode(at, sources, attester), Readers::Anyone)
}

fn encode(at: Standpoint, sources: &Sources, attester: &Attester) -> Vec<u8> {
    let (size, kinds) = (at.size.0.to_be_bytes(), kinds_digest().0);
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
    let note = attester.attest(ATTESTED_NAME, Hash::of(&bytes));
    bytes.extend(note.as_bytes());
    count(note.len(), &mut bytes);
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

fn decode(bytes: &[u8], attester: &Attester) -> Option<(Standpoint, Sources)> {
    let (bytes, note_bytes) = bytes.split_last_chunk()?;
    let note_bytes = usize::try_from(u32::from_be_bytes(*note_bytes)).ok()?;
    let (bytes, note) = bytes.split_at_checked(bytes.len().checked_sub(note_bytes)?)?;
    if !attester.has_attested(ATTESTED_NAME, Hash::of(bytes), std::str::from_utf8(note).ok()?) {
        return None;
    }
    let mut fields = Fields::of(bytes);
    if fields.array() != Some(MAGIC) || fields.u32() != Some(VERSION) {
        return None;
    }
    // Who knows other kinds of events has folded them in, or passed them over.
    if fields.array() != Some(kinds_digest().0) {
        return None;
    }
    let (log_id, size) = (LogId(fields.array()?), TreeSize(fields.u64()?));
    let at = Standpoint { log_id, size, root: Hash(fields.array()?) };
    let sources: BTreeMap<_, _> =
        (0..fields.u32()?).map(|_| decode_memory(&mut fields)).collect::<Option<_>>()?;
    fields.is_at_end().then_some((at, Sources(sources)))
}

fn decode_memory(fields: &mut Fields<'_>) -> Option<(String, Arc<SourceMemory>)> {
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
    Some((name, Arc::new(SourceMemory { sequence, cursor, batch_sha256, seen })))
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

#[cfg(feature = "fuzzing")]
fn fuzz_attester() -> Attester {
    let signer = crate::vkey::NoteSigner::from_seed("a/b", [1; 32]).expect("it is a name");
    Attester::with(signer, LogId([3; 16]))
}

/// Reads a file that is attested, whatever is in it: what is taken is written so that it is read as the same.
#[cfg(feature = "fuzzing")]
pub(crate) fn fuzz(content: &[u8]) {
    let attester = fuzz_attester();
    let note = attester.attest(ATTESTED_NAME, Hash::of(content));
    let mut file = [content, note.as_bytes()].concat();
    count(note.len(), &mut file);
    if let Some((at, sources)) = decode(&file, &attester) {
        assert_eq!(decode(&encode(at, &sources, &attester), &attester), Some((at, sources)));
    }
}

/// What is attested in a file that was saved.
#[cfg(feature = "fuzzing")]
pub(crate) fn fuzz_seed() -> Vec<u8> {
    let known = Known { digest: Some(Hash([1; 32])), position: Some(7), payload: None };
    let seen = [("run".to_owned(), known)].into();
    let memory = SourceMemory { sequence: 3, cursor: b"9".to_vec(), batch_sha256: Some(Hash([2; 32])), seen };
    let at = Standpoint { log_id: LogId([3; 16]), size: TreeSize(9), root: Hash([4; 32]) };
    let mut file = encode(at, &Sources([("wandb".to_owned(), memory.into())].into()), &fuzz_attester());
    let note = file.windows(8).rposition(|word| word == b"annals d").expect("a note stands behind it");
    file.truncate(note);
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vkey::NoteSigner;

    fn attester(seed: u8, log_id: u8) -> Attester {
        Attester::with(NoteSigner::from_seed("a/b", [seed; 32]).unwrap(), LogId([log_id; 16]))
    }

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
        let sources = BTreeMap::from([("wandb".to_owned(), memory.into()), ("b".to_owned(), Arc::default())]);
        let at = Standpoint { log_id: LogId([3; 16]), size: TreeSize(99), root: Hash::of(b"root") };
        (at, Sources(sources))
    }

    #[test]
    fn a_memory_survives_its_bytes_and_no_flipped_bit_and_no_cut() {
        let (at, sources) = saved();
        let attester = attester(1, 3);
        let whole = encode(at, &sources, &attester);
        assert_eq!(decode(&whole, &attester), Some((at, sources)));
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode(&bytes, &attester), None, "bit {bit}");
        }
        for length in 0..whole.len() {
            assert_eq!(decode(&whole[..length], &attester), None, "cut at {length}");
        }
    }

    #[test]
    fn a_memory_that_another_key_or_another_log_attests_counts_for_nothing() {
        let (at, sources) = saved();
        let ours = attester(1, 3);
        for other in [attester(2, 3), attester(1, 4)] {
            assert_eq!(decode(&encode(at, &sources, &other), &ours), None);
        }
    }
}
