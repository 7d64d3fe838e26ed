//! Saved tables of another moment or another history, or forged under right digests. They are kept for speed: what they
//! say counts only where the log says the same.

use super::attacker::{Files, forge, replace_all, sha256};
use super::attacks::Attack;
use super::marks::marks;
use super::world::World;

/// Each trial of tables draws one: a new kind is a function and its line.
pub(crate) const TABLES: &[(&str, Attack)] = &[
    ("tables: bytes", bytes),
    ("tables: removed", remove),
    ("tables: of an earlier size", |world, files, _| put(files, &world.older[1])),
    ("tables: of a later size", |world, files, _| put(files, &world.newer)),
    ("tables: of a fork", |world, files, _| put(files, &world.fork)),
    ("tables: of a fork, bound to this log", of_fork_bound),
    ("tables: of another log", |world, files, _| put(files, &world.other)),
    ("tables: a text under a right digest", text),
    ("tables: the policy under a right digest", policy),
    ("tables: bytes under a right digest", any_byte),
    ("tables: past rows under a right digest", past_text),
    ("tables: past rows' bytes under a right digest", past_bytes),
];

const STATE: &str = "tables/state";

fn is_table(name: &str) -> bool {
    name.starts_with("tables/")
}

fn bytes(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let names: Vec<_> = files.keys().filter(|name| is_table(name)).cloned().collect();
    let name = names[rng.usize(..names.len())].clone();
    let bytes = files.get_mut(&name)?;
    let at = rng.usize(..bytes.len());
    match rng.u8(..3) {
        0 => bytes[at] ^= 1 << rng.u8(..8),
        1 => bytes.truncate(at),
        _ => bytes[at..].fill(0),
    }
    Some(format!("{name} at {at}"))
}

fn remove(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let names: Vec<_> = files.keys().filter(|name| is_table(name)).cloned().collect();
    let name = names[rng.usize(..names.len())].clone();
    files.remove(&name);
    Some(name)
}

fn put(files: &mut Files, from: &Files) -> Option<String> {
    files.retain(|name, _| !is_table(name));
    files.extend(
        from.iter().filter(|(name, _)| is_table(name)).map(|(name, bytes)| (name.clone(), bytes.clone())),
    );
    Some("all".to_owned())
}

/// The fork's tables with the root that this log has at their size.
fn of_fork_bound(world: &World, files: &mut Files, _: &mut fastrand::Rng) -> Option<String> {
    put(files, &world.fork)?;
    let (ours, theirs) = (marks(&world.truth), marks(&world.fork));
    let same_sizes = ours
        .iter()
        .flat_map(|our| theirs.iter().find(|their| their.size == our.size).map(|their| (our, their)));
    let roots: Vec<_> = same_sizes.filter(|(our, their)| our.root != their.root).collect();
    let mut bound = 0;
    forge(files.get_mut(STATE)?, |content| {
        bound = roots.iter().map(|(our, their)| replace_all(content, &their.root, &our.root)).sum();
    });
    Some(format!("{bound} roots of {}", roots.len()))
}

/// Runs of letters and digits that a table may tell: hotkeys, names, states.
fn words(bytes: &[u8]) -> Vec<Vec<u8>> {
    let words = bytes.split(|byte| !byte.is_ascii_alphanumeric());
    words.filter(|word| word.len() > 5).map(<[u8]>::to_vec).collect()
}

/// Another word that is as long.
fn other_word(word: &[u8], rng: &mut fastrand::Rng) -> Vec<u8> {
    let mut other = word.to_vec();
    let at = rng.usize(..other.len());
    other[at] = if other[at] == b'7' { b'8' } else { b'7' };
    other
}

fn text(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let state = files.get_mut(STATE)?;
    let words = words(state);
    let word = &words[rng.usize(..words.len())];
    let other = other_word(word, rng);
    let mut places = 0;
    forge(state, |content| places = replace_all(content, word, &other));
    Some(format!(
        "{} as {} in {places} places",
        String::from_utf8_lossy(word),
        String::from_utf8_lossy(&other)
    ))
}

/// The first texts of the file are its head's: the policy that it says holds.
fn policy(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let state = files.get_mut(STATE)?;
    let words = words(&state[..state.len().min(1_500)]);
    let word = &words[rng.usize(..words.len())];
    let other = other_word(word, rng);
    let mut places = 0;
    forge(state, |content| places = replace_all(&mut content[..1_500], word, &other));
    Some(format!(
        "{} as {} in {places} places",
        String::from_utf8_lossy(word),
        String::from_utf8_lossy(&other)
    ))
}

fn any_byte(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let mut at = 0;
    forge(files.get_mut(STATE)?, |content| {
        at = rng.usize(..content.len());
        content[at] = content[at].wrapping_add(rng.u8(1..));
    });
    Some(format!("byte {at}"))
}

/// Changes a file of past rows, gives it the name that its digest makes, and has the state tell both.
fn in_past_rows(
    files: &mut Files,
    rng: &mut fastrand::Rng,
    change: impl FnOnce(&mut [u8], &mut fastrand::Rng),
) -> Option<String> {
    let names: Vec<_> = files.keys().filter(|name| name.ends_with(".arrow")).cloned().collect();
    let name = names.get(rng.usize(..names.len().max(1)))?.clone();
    let mut bytes = files.remove(&name)?;
    let before = sha256(&bytes);
    change(&mut bytes, rng);
    let after = sha256(&bytes);
    let short = |digest: [u8; 32]| hex::encode(&digest[..8]);
    let renamed = name.replace(&short(before), &short(after));
    files.insert(renamed, bytes);
    forge(files.get_mut(STATE)?, |content| {
        replace_all(content, &before, &after);
        replace_all(content, short(before).as_bytes(), short(after).as_bytes());
    });
    Some(name)
}

fn past_text(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    in_past_rows(files, rng, |bytes, rng| {
        let words = words(bytes);
        let word = &words[rng.usize(..words.len())];
        let other = other_word(word, rng);
        replace_all(bytes, word, &other);
    })
}

fn past_bytes(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    in_past_rows(files, rng, |bytes, rng| {
        let at = rng.usize(..bytes.len());
        let end = bytes.len().min(at + rng.usize(1..64));
        bytes[at..end].fill_with(|| rng.u8(..));
    })
}
