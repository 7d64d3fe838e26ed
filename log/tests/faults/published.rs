//! Checkpoints that were handed out, and those that never were.

use super::attacker::{Files, base64, newest, published_name, with_line};
use super::world::World;

/// The name of one that is there.
fn any(files: &Files, rng: &mut fastrand::Rng) -> Option<String> {
    let names: Vec<_> = files.keys().filter(|name| name.starts_with("published/")).collect();
    names.get(rng.usize(..names.len())).map(|name| (*name).clone())
}

/// What the fork handed out, at its own sizes.
pub(super) fn of_fork(world: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let name = any(&world.fork, rng)?;
    let bytes = world.fork[&name].clone();
    (files.insert(name.clone(), bytes.clone()) != Some(bytes)).then_some(name)
}

/// The log itself handed it out, and was put back since.
pub(super) fn newer(world: &World, files: &mut Files, _: &mut fastrand::Rng) -> Option<String> {
    let name = world.newer.keys().rfind(|name| name.starts_with("published/"))?;
    files.insert(name.clone(), world.newer[name].clone());
    Some(name.clone())
}

pub(super) fn empty(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let name = if rng.bool() { any(files, rng)? } else { published_name(newest(&files["watermark"])?.size) };
    files.insert(name.clone(), Vec::new());
    Some(name)
}

pub(super) fn rename(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let from = any(files, rng)?;
    let name = published_name(rng.u64(..newest(&files["watermark"])?.size + 5));
    let bytes = files[&from].clone();
    (files.insert(name.clone(), bytes.clone()) != Some(bytes)).then(|| format!("{from} as {name}"))
}

pub(super) fn text(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    let name = any(files, rng)?;
    let note = &files[&name];
    let text = match rng.u8(..4) {
        0 => with_line(note, 1, &rng.u64(..300).to_string()),
        1 => with_line(note, 2, &base64(&[rng.u8(..); 32])),
        2 => [&note[..], note].concat(),
        _ => note[..rng.usize(..note.len())].to_vec(),
    };
    files.insert(name.clone(), text);
    Some(name)
}

pub(super) fn remove(_: &World, files: &mut Files, rng: &mut fastrand::Rng) -> Option<String> {
    match rng.bool() {
        true => {
            let name = any(files, rng)?;
            files.remove(&name);
            Some(name)
        }
        false => {
            files.retain(|name, _| !name.starts_with("published/"));
            Some("all".to_owned())
        }
    }
}
