//! Bytes that are not what was written: by a bad disk, a bad cable, or a full one.

use super::attacker::Files;
use super::world::World;

/// Any file that has bytes.
pub(super) fn any_name(files: &Files, rng: &mut fastrand::Rng) -> String {
    let names: Vec<_> = files.iter().filter(|(_, bytes)| !bytes.is_empty()).map(|(name, _)| name).collect();
    names[rng.usize(..names.len())].clone()
}

fn any_file<'a>(files: &'a mut Files, rng: &mut fastrand::Rng) -> (String, &'a mut Vec<u8>) {
    let name = any_name(files, rng);
    let bytes = files.get_mut(&name).unwrap();
    (name, bytes)
}

pub(super) fn flip(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let (name, bytes) = any_file(files, rng);
    let at = rng.usize(..bytes.len());
    bytes[at] ^= 1 << rng.u8(..8);
    Some(format!("{name}: byte {at}"))
}

pub(super) fn overwrite(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let (name, bytes) = any_file(files, rng);
    let at = rng.usize(..bytes.len());
    let end = bytes.len().min(at + rng.usize(1..300));
    bytes[at..end].fill_with(|| rng.u8(..));
    Some(format!("{name}: bytes {at} to {end}"))
}

fn sector(bytes: &[u8], size: usize, rng: &mut fastrand::Rng) -> std::ops::Range<usize> {
    let start = rng.usize(..bytes.len()) / size * size;
    start..bytes.len().min(start + size)
}

pub(super) fn zero_sector(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let (name, bytes) = any_file(files, rng);
    let sector = sector(bytes, [512, 4096][rng.usize(..2)], rng);
    bytes[sector.clone()].fill(0);
    Some(format!("{name}: {sector:?}"))
}

/// A write that went to another place of this file, or of another.
pub(super) fn misdirect(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let size = [512, 4096][rng.usize(..2)];
    let (from_name, from) = any_file(files, rng);
    let from_sector = sector(from, size, rng);
    let written = from[from_sector.clone()].to_vec();
    let (name, bytes) = any_file(files, rng);
    let sector = sector(bytes, size, rng);
    let length = written.len().min(sector.len());
    bytes[sector.start..sector.start + length].copy_from_slice(&written[..length]);
    Some(format!("{from_name} {from_sector:?} to {name} {sector:?}"))
}

pub(super) fn cut(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let (name, bytes) = any_file(files, rng);
    let length = if rng.u8(..6) == 0 { 0 } else { rng.usize(..bytes.len()) };
    bytes.truncate(length);
    Some(format!("{name} at {length}"))
}

pub(super) fn extend(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let (name, bytes) = any_file(files, rng);
    let count = rng.usize(1..5_000);
    match rng.u8(..3) {
        0 => bytes.extend(vec![0; count]),
        1 => bytes.extend(std::iter::repeat_with(|| rng.u8(..)).take(count).collect::<Vec<_>>()),
        _ => bytes.extend(bytes[bytes.len().saturating_sub(count)..].to_vec()),
    }
    Some(format!("{name} by {count}"))
}
