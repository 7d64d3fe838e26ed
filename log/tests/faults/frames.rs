//! Whole frames that are gone, doubled, or where they do not belong. Every checksum is right.

use super::attacker::{Files, LOG_ID, frames_of, reseal_frame, segments, with_frames};
use super::world::World;

/// A segment that has two frames at least, and its frames.
fn any_segment(files: &Files, rng: &mut fastrand::Rng) -> Option<(String, Vec<Vec<u8>>)> {
    let names = segments(files);
    let name = names[rng.usize(..names.len())].clone();
    let frames = frames_of(&files[&name]);
    (frames.len() > 1).then_some((name, frames))
}

fn put(files: &mut Files, name: &str, frames: &[Vec<u8>]) {
    let bytes = with_frames(&files[name], frames);
    files.insert(name.to_owned(), bytes);
}

pub(super) fn remove(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let (name, mut frames) = any_segment(files, rng)?;
    let at = rng.usize(..frames.len());
    let until = (at + rng.usize(1..3)).min(frames.len());
    frames.drain(at..until);
    put(files, &name, &frames);
    Some(format!("{name}: frames {at} to {until}"))
}

pub(super) fn double(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let (name, mut frames) = any_segment(files, rng)?;
    let (from, to) = (rng.usize(..frames.len()), rng.usize(..=frames.len()));
    frames.insert(to, frames[from].clone());
    put(files, &name, &frames);
    Some(format!("{name}: frame {from} again at {to}"))
}

/// A frame where another was; most often they are as long.
pub(super) fn cover(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let (name, mut frames) = any_segment(files, rng)?;
    let (from, to) = (rng.usize(..frames.len()), rng.usize(..frames.len()));
    if from == to {
        return None;
    }
    frames[to] = frames[from].clone();
    put(files, &name, &frames);
    Some(format!("{name}: frame {from} over {to}"))
}

pub(super) fn swap(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let (name, mut frames) = any_segment(files, rng)?;
    let one = rng.usize(..frames.len() - 1);
    let other = if rng.bool() { one + 1 } else { rng.usize(one + 1..frames.len()) };
    frames.swap(one, other);
    put(files, &name, &frames);
    Some(format!("{name}: frames {one} and {other}"))
}

/// From one segment to another: taken out, or copied.
pub(super) fn shift(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let (from, mut source) = any_segment(files, rng)?;
    let (to, mut target) = any_segment(files, rng)?;
    if from == to {
        return None;
    }
    let (out, into) = (rng.usize(..source.len()), rng.usize(..=target.len()));
    let frame = source[out].clone();
    if rng.bool() {
        source.remove(out);
        put(files, &from, &source);
    }
    if into < target.len() && rng.bool() {
        target[into] = frame;
    } else {
        target.insert(into, frame);
    }
    put(files, &to, &target);
    Some(format!("{from}: frame {out} to {to} at {into}"))
}

/// A frame of a log by another key, its log id perhaps made to fit.
pub(super) fn of_other_log(world: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let (name, mut frames) = any_segment(files, rng)?;
    let (_, others) = any_segment(&world.other, rng)?;
    let (from, to) = (rng.usize(..others.len()), rng.usize(..frames.len()));
    let from = if rng.bool() { to.min(others.len() - 1) } else { from };
    let mut frame = others[from].clone();
    let fits = rng.bool();
    if fits {
        frame[LOG_ID].copy_from_slice(&frames[to][LOG_ID]);
        reseal_frame(&mut frame);
    }
    frames[to] = frame;
    put(files, &name, &frames);
    Some(format!("{name}: frame {to}, its log id made to fit: {fits}"))
}

/// The frame with the same commit number that this log's key signed in another history.
pub(super) fn of_fork(world: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let (name, mut frames) = any_segment(files, rng)?;
    let to = rng.usize(..frames.len());
    let forked = segments(&world.fork).into_iter().flat_map(|name| frames_of(&world.fork[&name]));
    let same_place = |frame: &Vec<u8>| frame[8..40] == frames[to][8..40] && *frame != frames[to];
    frames[to] = forked.into_iter().find(same_place)?;
    put(files, &name, &frames);
    Some(format!("{name}: frame {to}"))
}

/// The fork's frames from one on, in the rest of a segment.
pub(super) fn rest_of_fork(world: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let (name, mut frames) = any_segment(files, rng)?;
    let forked = frames_of(world.fork.get(&name)?);
    let at = rng.usize(..frames.len());
    if forked == frames || forked.len() <= at {
        return None;
    }
    frames.splice(at.., forked[at..].iter().cloned());
    put(files, &name, &frames);
    Some(format!("{name}: from frame {at} on"))
}
