//! Watermarks of another moment or another history. A disk that drops one write makes the first kind.

use super::attacker::{
    Files, Mark, frames, newest, parts, read_u32, read_u64, root_in, segments, with_frames,
};
use super::world::World;

const NAME: &str = "watermark";

/// The marks of all commits, by the frames themselves, the oldest first.
pub(super) fn marks(files: &Files) -> Vec<Mark> {
    let log_id = newest(&files[NAME]).unwrap().log_id;
    let all = segments(files).into_iter().flat_map(|name| {
        let segment = &files[&name];
        frames(segment).into_iter().map(|frame| segment[frame].to_vec()).collect::<Vec<_>>()
    });
    let mark = |frame: Vec<u8>| Mark {
        log_id,
        size: read_u64(&frame, 32) + u64::from(read_u32(&frame, 48)),
        commit: read_u64(&frame, 24),
        root: root_in(&frame[parts(&frame)[3].clone()]).unwrap(),
    };
    all.map(mark).collect()
}

fn put(files: &mut Files, [one, other]: [Mark; 2]) {
    files.insert(NAME.to_owned(), [one.slot(), other.slot()].concat());
}

/// Both slots as they were `1..` commits ago. Returns the size of then and how many commits follow.
fn put_back(files: &mut Files, commits: usize) -> Option<(u64, usize)> {
    let marks = marks(files);
    let newest = marks.len().checked_sub(1 + commits).filter(|&newest| newest > 0)?;
    put(files, [marks[newest], marks[newest - 1]]);
    Some((marks[newest].size, commits))
}

pub(super) fn older(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let commits = if rng.bool() { rng.usize(1..4) } else { rng.usize(1..20) };
    let (size, commits) = put_back(files, commits)?;
    Some(format!("{commits} commits, at size {size}"))
}

/// The newest page was never written: the other one, of the commit before, is what is left.
pub(super) fn stale_page(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let marks = marks(files);
    let before = marks[marks.len() - 2];
    let stale = marks[rng.usize(..marks.len() - 2)];
    put(files, if rng.bool() { [before, stale] } else { [stale, before] });
    Some(format!("at size {}, the other page at {}", before.size, stale.size))
}

/// A mark that nobody wrote, its checksum right.
pub(super) fn forge(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let mut mark = newest(&files[NAME])?;
    match rng.u8(..5) {
        0 => mark.size = mark.size.wrapping_add([1, 3, u64::MAX, 1 << 40][rng.usize(..4)]),
        1 => mark.commit = mark.commit.wrapping_add([1, 2, u64::MAX, 1 << 40][rng.usize(..4)]),
        2 => mark.root[rng.usize(..32)] ^= 1,
        3 => mark.log_id[rng.usize(..16)] ^= 1,
        _ => mark = Mark { size: 0, commit: 0, root: super::attacker::sha256(&[]), ..mark },
    }
    let before = if rng.bool() { mark } else { newest(&files[NAME])? };
    put(files, [mark, before]);
    // Of two that count, the one that was there before wins, and nothing was forged.
    (newest(&files[NAME]) == Some(mark)).then(|| format!("{mark:?}"))
}

pub(super) fn of_fork(world: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let forked = marks(&world.fork);
    let mark = forked[rng.usize(1..forked.len())];
    if marks(files).contains(&mark) {
        return None;
    }
    put(files, [mark, mark]);
    Some(format!("at size {}", mark.size))
}

/// Frames of the last segment whose commit numbers are beyond the watermark, by their place in it.
fn beyond(files: &Files) -> Option<(String, Vec<usize>)> {
    let name = segments(files).pop()?;
    let segment = &files[&name];
    let mark = newest(&files[NAME])?.commit;
    let is_beyond = |frame: &std::ops::Range<usize>| read_u64(&segment[frame.clone()], 24) > mark;
    let all = frames(segment).into_iter().enumerate();
    Some((name.clone(), all.filter(|(_, frame)| is_beyond(frame)).map(|(place, _)| place).collect()))
}

/// With whole frames of later commits behind the bad one this is no append that was cut off. A bad last one would be.
pub(super) fn older_and_a_bad_frame(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    put_back(files, rng.usize(2..5))?;
    let (name, beyond) = beyond(files)?;
    let bad = *beyond.get(rng.usize(..beyond.len().checked_sub(1)?.max(1)))?;
    if bad == *beyond.last()? {
        return None;
    }
    let segment = files.get_mut(&name)?;
    let frame = frames(segment)[bad].clone();
    let at = rng.usize(frame);
    segment[at] ^= 1;
    Some(format!("frame {bad} of {name}, byte {at}"))
}

pub(super) fn older_and_a_frame_gone(
    _: &World,
    files: &mut Files,
    rng: &mut fastrand::Rng,
) -> Option<String> {
    put_back(files, rng.usize(2..5))?;
    let (name, beyond) = beyond(files)?;
    let gone = *beyond.get(rng.usize(..beyond.len().checked_sub(1)?.max(1)))?;
    if gone == *beyond.last()? {
        return None;
    }
    let segment = files[&name].clone();
    let mut left: Vec<_> = frames(&segment).into_iter().map(|frame| segment[frame].to_vec()).collect();
    left.remove(gone);
    files.insert(name.clone(), with_frames(&segment, &left));
    Some(format!("frame {gone} of {name}"))
}
