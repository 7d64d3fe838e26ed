//! Whole files that are gone, or are those of another place, another time, another log.

use super::attacker::{Files, read_u64, reseal_block, segments, write_u64};
use super::bytes::any_name;
use super::world::World;

pub(super) fn remove(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let name = any_name(files, rng);
    files.remove(&name);
    Some(name)
}

pub(super) fn exchange(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let (name, other) = (any_name(files, rng), any_name(files, rng));
    files.insert(name.clone(), files[&other].clone());
    Some(format!("{other} as {name}"))
}

/// Puts the file of the same name that `from` has, if that is another.
fn put(files: &mut Files, from: &Files, name: &str) -> Option<String> {
    let bytes = from.get(name).filter(|bytes| files.get(name) != Some(*bytes))?;
    files.insert(name.to_owned(), bytes.clone());
    Some(name.to_owned())
}

pub(super) fn of_other_log(world: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let name = any_name(&world.other, rng);
    put(files, &world.other, &name)
}

pub(super) fn of_fork(world: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let name = any_name(&world.fork, rng);
    put(files, &world.fork, &name)
}

/// One file as it was some commits ago; of a watermark another kind of damage makes more.
pub(super) fn earlier(world: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let then = rng.usize(..world.older.len());
    let name = any_name(&world.older[then], rng);
    let put = put(files, &world.older[then], &name)?;
    Some(format!("{put}, as it was after commit {then}"))
}

fn two_segments(files: &Files, rng: &mut fastrand::Rng) -> Option<[String; 2]> {
    let mut names = segments(files);
    rng.shuffle(&mut names);
    Some([names.pop()?, names.pop()?])
}

pub(super) fn swap_segments(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let [one, other] = two_segments(files, rng)?;
    let (of_one, of_other) = (files[&one].clone(), files[&other].clone());
    files.extend([(one.clone(), of_other), (other.clone(), of_one)]);
    Some(format!("{one} and {other}"))
}

/// A segment twice, once with the first index and commit number of the one whose name it takes.
pub(super) fn rename_segment(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let [one, other] = two_segments(files, rng)?;
    let mut bytes = files[&one].clone();
    let header = &files[&other][..];
    let (first, commit) = (read_u64(header, 32), read_u64(header, 40));
    write_u64(&mut bytes, 32, first);
    write_u64(&mut bytes, 40, commit);
    reseal_block(&mut bytes[..4096]);
    files.insert(other.clone(), bytes);
    Some(format!("{one} as {other}"))
}

pub(super) fn segments_of_fork(world: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let with_watermark = rng.bool();
    segments(files).iter().for_each(|name| drop(files.remove(name)));
    let is_put = |name: &&String| name.starts_with("segments/") || with_watermark && *name == "watermark";
    let of_fork = world.fork.iter().filter(|(name, _)| is_put(name));
    files.extend(of_fork.map(|(name, bytes)| (name.clone(), bytes.clone())));
    Some(format!("with its watermark: {with_watermark}"))
}

/// Names that are not a log's.
pub(super) fn leave_rubbish(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let copied = any_name(files, rng);
    let names = [
        "segments/00000000000000000006.seg.new",
        "segments/copy of 6.seg",
        "published/x.new",
        "watermark.new",
        "notes",
    ];
    let name = names[rng.usize(..names.len())];
    files.insert(name.to_owned(), files[&copied].clone());
    Some(format!("{copied} as {name}"))
}
