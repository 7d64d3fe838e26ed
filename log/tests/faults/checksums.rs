//! What says something else under right checksums: nobody's disk does it, whoever hands a log over may. Only the tree
//! and the signatures over it can tell.

use super::attacker::{
    COMMIT, ENTRY_COUNT, FIRST, Files, LENGTHS, LOG_ID, Mark, RECORD_COUNT, RECORDED, SEAL_BYTES,
    SEGMENT_HEADER_BYTES, base64, edge, entries, frames_of, is_sealed, leaf, newest, parts, read_u32,
    read_u64, reseal_block, reseal_frame, root, segments, with_entries, with_frames, with_line, with_part,
    write_u32, write_u64,
};
use super::world::World;

/// Changes one frame of the log, whichever, by `change`, which says what it did.
fn in_a_frame(
    files: &mut Files,
    rng: &mut fastrand::Rng,
    change: impl FnOnce(&mut Vec<u8>, &mut fastrand::Rng) -> Option<String>,
) -> Option<String> {
    let names = segments(files);
    let name = &names[rng.usize(..names.len())];
    let mut frames = frames_of(&files[name]);
    let at = rng.usize(..frames.len());
    let before = frames[at].clone();
    let what = change(&mut frames[at], rng)?;
    if frames[at] == before {
        return None;
    }
    let segment = with_frames(&files[name], &frames);
    files.insert(name.clone(), segment);
    Some(format!("{name}, frame {at}: {what}"))
}

/// Another byte where one was.
fn change_byte(bytes: &mut [u8], rng: &mut fastrand::Rng) -> Option<usize> {
    let at = (!bytes.is_empty()).then(|| rng.usize(..bytes.len()))?;
    bytes[at] = bytes[at].wrapping_add(rng.u8(1..));
    Some(at)
}

fn change_entry(entries: &mut [Vec<u8>], rng: &mut fastrand::Rng) -> Option<String> {
    let (at, other) = (rng.usize(..entries.len()), rng.usize(..entries.len()));
    match rng.u8(..5) {
        0 => entries.swap(at, other),
        1 => entries[at] = entries[other].clone(),
        2 => {
            let length = rng.usize(..entries[at].len());
            entries[at].truncate(length);
        }
        _ => drop(change_byte(&mut entries[at], rng)?),
    }
    Some(format!("entry {at} of it"))
}

pub(super) fn entry(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    in_a_frame(files, rng, |frame, rng| {
        let mut entries = entries(frame);
        let what = change_entry(&mut entries, rng)?;
        *frame = with_entries(frame, &entries);
        Some(what)
    })
}

/// Everything that can be made right without the key is: all roots, edges, seals and the watermark. Signatures stay.
pub(super) fn entry_and_roots(world: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let what = entry(world, files, rng)?;
    let keeps_last = rng.bool();
    let (mut leaves, names) = (Vec::new(), segments(files));
    for (number, name) in names.iter().enumerate() {
        let mut segment = files[name].clone();
        for (place, hash) in edge(&leaves).iter().enumerate() {
            segment[52 + place * 32..84 + place * 32].copy_from_slice(hash);
        }
        reseal_block(&mut segment[..SEGMENT_HEADER_BYTES]);
        let mut frames = frames_of(&segment);
        let count = frames.len();
        for (place, frame) in frames.iter_mut().enumerate() {
            leaves.extend(entries(frame).iter().map(|entry| leaf(entry)));
            let is_last = number + 1 == names.len() && place + 1 == count;
            if !(is_last && keeps_last) {
                let note = with_line(&frame[parts(frame)[3].clone()], 2, &base64(&root(&edge(&leaves))));
                *frame = with_part(frame, 3, &note);
            }
        }
        let mut segment = with_frames(&segment, &frames);
        if is_sealed(&segment) {
            let seal = segment.len() - SEAL_BYTES;
            segment[seal + 32..seal + 64].copy_from_slice(&root(&edge(&leaves)));
            reseal_block(&mut segment[seal..]);
        }
        files.insert(name.clone(), segment);
    }
    if !keeps_last {
        let mark = Mark { root: root(&edge(&leaves)), ..newest(&files["watermark"])? };
        files.insert("watermark".into(), [mark.slot(), mark.slot()].concat());
    }
    Some(format!("{what}; the last checkpoint kept: {keeps_last}"))
}

pub(super) fn entry_count(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    in_a_frame(files, rng, |frame, rng| {
        let mut entries = entries(frame);
        let at = rng.usize(..entries.len());
        let what = match rng.u8(..3) {
            0 if entries.len() > 1 => {
                entries.remove(at);
                "an entry less"
            }
            1 => {
                entries.insert(at, entries[at].clone());
                "an entry twice"
            }
            _ => {
                let count = read_u32(frame, ENTRY_COUNT).wrapping_add([1, u32::MAX, 1 << 20][rng.usize(..3)]);
                write_u32(frame, ENTRY_COUNT, count);
                reseal_frame(frame);
                return Some(format!("its count is {count}"));
            }
        };
        *frame = with_entries(frame, &entries);
        Some(what.to_owned())
    })
}

pub(super) fn payload_record(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    in_a_frame(files, rng, |frame, rng| {
        let mut records = frame[parts(frame)[1].clone()].to_vec();
        if rng.u8(..4) == 0 {
            let count = read_u32(frame, RECORD_COUNT).wrapping_add([1, u32::MAX][rng.usize(..2)]);
            write_u32(frame, RECORD_COUNT, count);
            reseal_frame(frame);
            return Some(format!("{count} payload records"));
        }
        let at = change_byte(&mut records, rng)?;
        *frame = with_part(frame, 1, &records);
        Some(format!("byte {at} of the payload records"))
    })
}

pub(super) fn blob(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    in_a_frame(files, rng, |frame, rng| {
        let mut blobs = frame[parts(frame)[2].clone()].to_vec();
        let at = change_byte(&mut blobs, rng)?;
        if rng.u8(..4) == 0 {
            blobs.truncate(at);
        }
        *frame = with_part(frame, 2, &blobs);
        Some(format!("byte {at} of the blobs"))
    })
}

pub(super) fn header_number(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    in_a_frame(files, rng, |frame, rng| {
        let field = [COMMIT, FIRST, RECORDED, LOG_ID.start][rng.usize(..4)];
        let change = [1, 3, u64::MAX, rng.u64(..100_000), rng.u64(..)][rng.usize(..5)];
        let value = read_u64(frame, field).wrapping_add(change);
        write_u64(frame, field, value);
        reseal_frame(frame);
        Some(format!("the number at {field} is {value}"))
    })
}

/// The lengths of the parts say that their borders are elsewhere, or that the frame ends elsewhere.
pub(super) fn length(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    in_a_frame(files, rng, |frame, rng| {
        let (one, other) = (LENGTHS[rng.usize(..4)], LENGTHS[rng.usize(..4)]);
        let moved = [1, 2, rng.u32(1..500), 1 << 31][rng.usize(..4)];
        let (more, less) =
            (read_u32(frame, one).wrapping_add(moved), read_u32(frame, other).wrapping_sub(moved));
        write_u32(frame, one, more);
        if rng.bool() {
            write_u32(frame, other, less);
        }
        reseal_frame(frame);
        Some(format!("the length at {one} is {more}"))
    })
}

pub(super) fn checkpoint(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    in_a_frame(files, rng, |frame, rng| {
        let note = frame[parts(frame)[3].clone()].to_vec();
        let (what, note) = match rng.u8(..6) {
            0 => ("another origin", with_line(&note, 0, "annals.local/sn27/somebody-else")),
            1 => ("another size", with_line(&note, 1, &rng.u64(..200).to_string())),
            2 => ("another root", with_line(&note, 2, &base64(&[rng.u8(..); 32]))),
            3 => (
                "no signature",
                note.split_inclusive(|&byte| byte == b'\n').take(4).flatten().copied().collect(),
            ),
            4 => ("empty", Vec::new()),
            _ => {
                let mut note = note;
                let signed = note.iter().position(|&byte| byte == b' ').unwrap_or(0).max(note.len() - 60);
                note[signed] = if note[signed] == b'A' { b'B' } else { b'A' };
                ("another signature", note)
            }
        };
        *frame = with_part(frame, 3, &note);
        Some(format!("its checkpoint has {what}"))
    })
}

pub(super) fn segment_header(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let names = segments(files);
    let name = names[rng.usize(..names.len())].clone();
    let segment = files.get_mut(&name)?;
    let hashes = 32 * read_u32(segment, 48) as usize;
    // Version, generation, log id, first index, commit, how many hashes, and if there are some one of them.
    let at = [8, 15, 16 + rng.usize(..16), 39, 47, 51, 51 + rng.usize(..=hashes)][rng.usize(..7)];
    segment[at] = segment[at].wrapping_add(rng.u8(1..));
    reseal_block(&mut segment[..SEGMENT_HEADER_BYTES]);
    Some(format!("{name}: byte {at}"))
}

pub(super) fn seal(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let sealed: Vec<_> = segments(files).into_iter().filter(|name| is_sealed(&files[name])).collect();
    let name = sealed[rng.usize(..sealed.len())].clone();
    let segment = files.get_mut(&name)?;
    let seal = segment.len() - SEAL_BYTES;
    let at = [8 + rng.usize(..16), 31, 32 + rng.usize(..32), 71, 79][rng.usize(..5)];
    segment[seal + at] = segment[seal + at].wrapping_add(rng.u8(1..));
    reseal_block(&mut segment[seal..]);
    Some(format!("{name}: byte {at} of the seal"))
}
