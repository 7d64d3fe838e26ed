//! A log as an attacker has it: the bytes of its files, taken apart and sealed again by LOG-FORMAT.md alone. Nothing
//! here is of `annals-log`, so that whoever attacks does not share a mistake with who defends.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// Every file of a folder by its relative path.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(crate) const SLOT_BYTES: usize = 4096;
pub(crate) const SEGMENT_HEADER_BYTES: usize = 4096;
pub(crate) const FRAME_HEADER_BYTES: usize = 80;
pub(crate) const SEAL_BYTES: usize = 80;

/// Fields of a frame's header by their place.
pub(crate) const LOG_ID: Range<usize> = 8..24;
pub(crate) const COMMIT: usize = 24;
pub(crate) const FIRST: usize = 32;
pub(crate) const RECORDED: usize = 40;
pub(crate) const ENTRY_COUNT: usize = 48;
pub(crate) const RECORD_COUNT: usize = 56;
/// Bytes of the entries, the payload records, the blobs and the checkpoint.
pub(crate) const LENGTHS: [usize; 4] = [52, 60, 64, 68];
const BODY_CRC: usize = 72;

/// What one slot of a watermark says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mark {
    pub(crate) log_id: [u8; 16],
    pub(crate) size: u64,
    pub(crate) commit: u64,
    pub(crate) root: [u8; 32],
}

/// CRC-32C, bit by bit.
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 };
        }
    }
    !crc
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub(crate) fn read_u32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

pub(crate) fn read_u64(bytes: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap())
}

pub(crate) fn write_u32(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
}

pub(crate) fn write_u64(bytes: &mut [u8], at: usize, value: u64) {
    bytes[at..at + 8].copy_from_slice(&value.to_be_bytes());
}

/// Makes the checksum of a block right: a slot, a segment's header, a seal.
pub(crate) fn reseal_block(block: &mut [u8]) {
    let crc = crc32c(&block[8..]);
    write_u32(block, 4, crc);
}

/// Makes both checksums of a frame right.
pub(crate) fn reseal_frame(frame: &mut [u8]) {
    let crc = crc32c(&frame[FRAME_HEADER_BYTES..]);
    write_u32(frame, BODY_CRC, crc);
    reseal_block(&mut frame[..FRAME_HEADER_BYTES]);
}

/// Where the frames of a segment are, as far as they are whole in form; checksums are not looked at.
pub(crate) fn frames(segment: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = SEGMENT_HEADER_BYTES;
    while segment.get(at..at + 4) == Some(b"AFRM") && at + FRAME_HEADER_BYTES <= segment.len() {
        let body: usize = LENGTHS.iter().map(|&field| read_u32(segment, at + field) as usize).sum();
        let end = at + FRAME_HEADER_BYTES + body;
        if end > segment.len() {
            break;
        }
        found.push(at..end);
        at = end;
    }
    found
}

/// The frames of a segment, each with its bytes.
pub(crate) fn frames_of(segment: &[u8]) -> Vec<Vec<u8>> {
    frames(segment).into_iter().map(|frame| segment[frame].to_vec()).collect()
}

/// Behind the last frame, or behind the seal.
pub(crate) fn end_of(segment: &[u8]) -> usize {
    if is_sealed(segment) {
        return segment.len();
    }
    frames(segment).last().map_or(SEGMENT_HEADER_BYTES, |frame| frame.end)
}

pub(crate) fn is_sealed(segment: &[u8]) -> bool {
    let at = segment.len().saturating_sub(SEAL_BYTES);
    segment[at..].starts_with(b"ASEL")
}

/// The segment with other frames. A seal follows right behind them and tells the new length; without one zeros fill the
/// file up to the length it had.
pub(crate) fn with_frames(segment: &[u8], frames: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = segment[..SEGMENT_HEADER_BYTES].to_vec();
    frames.iter().for_each(|frame| bytes.extend(frame));
    if is_sealed(segment) {
        let mut seal = segment[segment.len() - SEAL_BYTES..].to_vec();
        write_u64(&mut seal, 72, (bytes.len() + SEAL_BYTES) as u64);
        reseal_block(&mut seal);
        bytes.extend(seal);
    } else {
        bytes.resize(bytes.len().max(segment.len()), 0);
    }
    bytes
}

/// The four parts of a frame's body: entries, payload records, blobs, checkpoint.
pub(crate) fn parts(frame: &[u8]) -> [Range<usize>; 4] {
    let mut at = FRAME_HEADER_BYTES;
    LENGTHS.map(|field| {
        let start = at;
        at += read_u32(frame, field) as usize;
        start..at
    })
}

/// The same frame with one part replaced, its length and the checksums made right.
pub(crate) fn with_part(frame: &[u8], part: usize, bytes: &[u8]) -> Vec<u8> {
    let old = parts(frame)[part].clone();
    let mut new = [&frame[..old.start], bytes, &frame[old.end..]].concat();
    write_u32(&mut new, LENGTHS[part], u32::try_from(bytes.len()).unwrap());
    reseal_frame(&mut new);
    new
}

/// The entries of a frame, without their lengths.
pub(crate) fn entries(frame: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = &frame[parts(frame)[0].clone()];
    let mut entries = Vec::new();
    while let [high, low, after @ ..] = rest {
        let (entry, after) = after.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        entries.push(entry.to_vec());
        rest = after;
    }
    entries
}

/// The same frame with other entries; their count, lengths and checksums are right.
pub(crate) fn with_entries(frame: &[u8], entries: &[Vec<u8>]) -> Vec<u8> {
    let length = |entry: &Vec<u8>| u16::try_from(entry.len()).unwrap().to_be_bytes();
    let bytes: Vec<u8> = entries.iter().flat_map(|entry| [&length(entry)[..], entry].concat()).collect();
    let mut frame = with_part(frame, 0, &bytes);
    write_u32(&mut frame, ENTRY_COUNT, u32::try_from(entries.len()).unwrap());
    reseal_frame(&mut frame);
    frame
}

/// The root in a checkpoint's text, its third line.
pub(crate) fn root_in(note: &[u8]) -> Option<[u8; 32]> {
    let line = note.split(|&byte| byte == b'\n').nth(2)?;
    STANDARD.decode(line).ok()?.try_into().ok()
}

/// The note with another line number `line`, from 0.
pub(crate) fn with_line(note: &[u8], line: usize, text: &str) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = note.split(|&byte| byte == b'\n').collect();
    lines[line] = text.as_bytes();
    lines.join(&b'\n')
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The tree's right edge over leaves: roots of its complete subtrees, largest first.
pub(crate) fn edge(leaves: &[[u8; 32]]) -> Vec<[u8; 32]> {
    let mut edge = Vec::new();
    for (size, leaf) in leaves.iter().enumerate() {
        let (mut size, mut node) = (size, *leaf);
        while size & 1 == 1 {
            node = join(edge.pop().unwrap(), node);
            size >>= 1;
        }
        edge.push(node);
    }
    edge
}

/// The RFC 6962 root that an edge leads to.
pub(crate) fn root(edge: &[[u8; 32]]) -> [u8; 32] {
    edge.iter().rev().copied().reduce(|right, left| join(left, right)).unwrap_or_else(|| sha256(&[]))
}

fn join(left: [u8; 32], right: [u8; 32]) -> [u8; 32] {
    sha256(&[&[1][..], &left, &right].concat())
}

pub(crate) fn leaf(entry: &[u8]) -> [u8; 32] {
    sha256(&[&[0][..], entry].concat())
}

impl Mark {
    /// `None` for a slot whose magic or checksum is wrong.
    pub(crate) fn read(slot: &[u8]) -> Option<Self> {
        let is_whole =
            slot.len() == SLOT_BYTES && slot.starts_with(b"AWMK") && read_u32(slot, 4) == crc32c(&slot[8..]);
        is_whole.then(|| Self {
            log_id: slot[12..28].try_into().unwrap(),
            size: read_u64(slot, 28),
            commit: read_u64(slot, 36),
            root: slot[44..76].try_into().unwrap(),
        })
    }

    pub(crate) fn slot(&self) -> Vec<u8> {
        let mut slot = vec![0; SLOT_BYTES];
        slot[..4].copy_from_slice(b"AWMK");
        write_u32(&mut slot, 8, 1);
        slot[12..28].copy_from_slice(&self.log_id);
        write_u64(&mut slot, 28, self.size);
        write_u64(&mut slot, 36, self.commit);
        slot[44..76].copy_from_slice(&self.root);
        reseal_block(&mut slot);
        slot
    }
}

/// The mark of a watermark that counts: the one with the higher commit number. Zeros that were cut off say nothing.
pub(crate) fn newest(watermark: &[u8]) -> Option<Mark> {
    let mut slots = watermark.to_vec();
    slots.resize(2 * SLOT_BYTES, 0);
    slots.chunks(SLOT_BYTES).filter_map(Mark::read).max_by_key(|mark| mark.commit)
}

/// Puts `to` wherever `from` is. Returns how often that was.
pub(crate) fn replace_all(bytes: &mut [u8], from: &[u8], to: &[u8]) -> usize {
    assert_eq!(from.len(), to.len(), "nothing else moves");
    let places: Vec<_> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
    places.iter().for_each(|&at| bytes[at..at + to.len()].copy_from_slice(to));
    places.len()
}

/// Changes the content of a derived file and makes each plain digest of it right, in bytes or in hex, whatever the
/// form of the file is: behind the content, or in a text that follows it. What only a key can make is not made.
pub(crate) fn forge(file: &mut [u8], change: impl FnOnce(&mut [u8])) {
    // No text that a file ends with is longer.
    let tail = file.len().saturating_sub(4096);
    let mut hasher = Sha256::new_with_prefix(&file[..tail]);
    let mut found = (file.len(), [0; 32]);
    for (end, byte) in file.iter().enumerate().skip(tail) {
        let digest: [u8; 32] = hasher.clone().finalize().into();
        let (behind, hex) = (&file[end..], hex::encode(digest));
        if behind.starts_with(&digest) || behind.windows(hex.len()).any(|here| here == hex.as_bytes()) {
            found = (end, digest);
        }
        hasher.update([*byte]);
    }
    let (end, before) = found;
    let (content, behind) = file.split_at_mut(end);
    change(content);
    let after = sha256(content);
    if behind.len() >= before.len() {
        replace_all(behind, &before, &after);
        replace_all(behind, hex::encode(before).as_bytes(), hex::encode(after).as_bytes());
    }
}

/// Reads every file below a folder.
pub(crate) fn read_folder(root: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    files
}

/// Makes a folder hold these files and no others. Folders that a log has are there even if they are empty.
pub(crate) fn lay_out(files: &Files, root: &Path) {
    for folder in ["segments", "keys", "published"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    for name in read_folder(root).keys().filter(|name| !files.contains_key(*name)) {
        std::fs::remove_file(root.join(name)).unwrap();
    }
    for (name, bytes) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        if std::fs::read(&path).ok().as_ref() != Some(bytes) {
            std::fs::write(path, bytes).unwrap();
        }
    }
}

/// Names of the segments, in order.
pub(crate) fn segments(files: &Files) -> Vec<String> {
    let is_segment = |name: &str| {
        let digits = name.strip_prefix("segments/").and_then(|name| name.strip_suffix(".seg"));
        digits.is_some_and(|digits| digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    files.keys().filter(|name| is_segment(name)).cloned().collect()
}

pub(crate) fn published_name(size: u64) -> String {
    format!("published/{size:020}.checkpoint")
}
