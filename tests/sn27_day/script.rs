//! The script of the day: who writes what into which run, and when annals asks.

use std::path::Path;

use annals_ingest::Raw;

use super::hardware::Gpus;
use super::keys::Keys;
use super::pages::{Fate, Poller};
use super::project::{Project, Said, VALIDATORS, json_list, run_id};
use super::random::{HOUR_MS, MIDNIGHT_MS, Question, SECOND_MS, at, below};
use super::yesterday::{claim, stats_of_one, yesterday};

/// Hours and minutes at which the validators publish; 11 is dead, and 9 has a second run by now.
const PUBLICATIONS: [&[(i64, i64)]; VALIDATORS] = [
    &[(2, 12), (7, 20), (14, 10), (20, 5)],
    &[(1, 17), (6, 40), (12, 25), (19, 50)],
    &[(3, 22), (6, 12), (13, 5), (21, 15)],
    &[(2, 52), (8, 35), (15, 20)],
    &[(0, 47), (5, 33), (10, 48), (18, 20)],
    &[(4, 25), (11, 52), (17, 42)],
    &[(3, 40), (9, 12), (17, 10), (18, 40)],
    &[(5, 5), (16, 10), (17, 25), (22, 20)],
    &[(2, 33), (11, 10), (13, 40), (20, 40)],
    &[(1, 42), (7, 48), (14, 33), (21, 48)],
    &[(4, 55), (8, 47), (12, 40), (19, 10)],
    &[],
];

/// What is right of miners 89 and 90, and what a fork says of the latter.
const SPECS_89: &str = r#"{"gpu_name":"NVIDIA A100 80GB PCIe","num_gpus":8}"#;
const SPECS_90: &str = r#"{"gpu_name":"NVIDIA L40","num_gpus":8}"#;
const FORKED_SPECS: &str = r#"{"gpu_name":["NVIDIA L40"],"num_gpus":8}"#;

type Step = Box<dyn FnOnce(&mut Project, i64)>;

/// All fetches of the day, in order, and the project as it is left.
pub(super) fn play(fixtures: &Path, keys: Keys) -> (Vec<Raw>, Project) {
    let (mut project, mut poller) = (Project::new(keys), Poller::new(fixtures));
    yesterday(&mut project);
    let mut steps = steps();
    // What is written in the same minute is written in the order of the script.
    steps.sort_by_key(|(at_ms, _)| *at_ms);
    let mut steps = steps.into_iter().peekable();
    let mut fetches = Vec::new();
    for half in 0..48 {
        let poll_ms = MIDNIGHT_MS + half * HOUR_MS / 2 + 3 * SECOND_MS;
        while let Some((at_ms, step)) = steps.next_if(|(at_ms, _)| *at_ms < poll_ms) {
            step(&mut project, at_ms);
        }
        match half {
            0 => fetches.extend(poller.sweep(&project, poll_ms, Fate::InParts)),
            18 => fetches.extend(poller.sweep(&project, poll_ms, Fate::BadGateway)),
            31 => fetches.push(poller.recent(&project, poll_ms, Fate::NoProject)),
            _ if half % 2 == 0 => fetches.extend(poller.sweep(&project, poll_ms, Fate::Whole)),
            _ => fetches.push(poller.recent(&project, poll_ms, Fate::Whole)),
        }
    }
    (fetches, project)
}

/// Everything that is written on the day.
fn steps() -> Vec<(i64, Step)> {
    let mut steps: Vec<(i64, Step)> = morning()
        .into_iter()
        .chain(afternoon())
        .map(|((hour, minute), step)| (at(hour, minute), step))
        .collect();
    for (validator, times) in PUBLICATIONS.iter().enumerate() {
        for &(hour, minute) in *times {
            let publish = move |project: &mut Project, at_ms: i64| {
                project.churn(validator, at_ms);
                project.publish(validator, at_ms);
            };
            // After what the script tells of the same minute.
            steps.push((at(hour, minute) + 20 * SECOND_MS, Box::new(publish)));
        }
    }
    // Eleven minutes before each poll but the first some miner tells its specs anew.
    for half in 1..48 {
        let miner = usize::try_from(below(199, half, Question::TellsSpecs)).unwrap();
        let tell = move |project: &mut Project, _: i64| {
            if project.runs.get(&run_id("miner", miner)).is_some_and(|run| run.state == "running") {
                project.tell_specs(miner);
            }
        };
        steps.push((at(0, 30 * i64::try_from(half).unwrap() - 11), Box::new(tell)));
    }
    steps
}

fn step(step: impl FnOnce(&mut Project, i64) + 'static) -> Step {
    Box::new(step)
}

/// What the disputes are about, and what else happens, up to noon.
fn morning() -> Vec<((i64, i64), Step)> {
    vec![
        ((3, 20), step(|project, at_ms| project.stop(&run_id("miner", 180), "crashed", at_ms))),
        ((4, 10), step(forge)),
        // 1: validator 2 measures again.
        (
            (6, 12),
            step(|project, _| {
                let gpus = Gpus { name: "NVIDIA H100", count: 8 };
                project.says(2, 12, gpus, gpus.score());
            }),
        ),
        ((6, 44), step(|project, at_ms| project.stop(&run_id("miner", 190), "crashed", at_ms))),
        // 8: a penalty is put on, in both lists.
        (
            (7, 20),
            step(|project, _| {
                project.checklist = vec![project.hotkey_of(56)];
                write_checklist(project);
            }),
        ),
        (
            (8, 35),
            step(|project, _| {
                let list = json_list(&[project.hotkey_of(56)]);
                project.run(&run_id("validator", 3)).config.insert("penalized_hotkeys", list);
            }),
        ),
        // 12: validator 10 rents out one miner and ends the rental of another, a quarter of an hour before the poll
        // that fails.
        (
            (8, 47),
            step(|project, _| {
                let gpus = project.miners[101].gpus;
                project.release(10, 102);
                project.allocate(10, 101);
                project.says(10, 101, gpus, gpus.score());
            }),
        ),
        ((9, 50), step(|project, at_ms| project.stop(&run_id("miner", 67), "finished", at_ms))),
        ((10, 20), step(take_over)),
        ((9, 41), step(|project, _| drop(project.runs.remove(&run_id("miner", 170))))),
        // 6: validator 8 comes back from a restart without its signature.
        ((11, 10), step(|project, _| drop(project.run(&run_id("validator", 8)).config.remove("signature")))),
        ((11, 22), step(|project, at_ms| project.stop(&run_id("miner", 195), "finished", at_ms))),
    ]
}

/// What happens after noon.
fn afternoon() -> Vec<((i64, i64), Step)> {
    vec![
        // A new miner.
        ((13, 10), step(|project, at_ms| project.begin_miner(199, at_ms))),
        // Fewer GPUs than before, while it is rented out.
        (
            (13, 31),
            step(|project, _| {
                project.miners[104].gpus.count = 4;
                project.tell_specs(104);
            }),
        ),
        ((13, 40), step(|project, _| project.sign(&run_id("validator", 8), "validator", 8))),
        // 8: and is lifted.
        (
            (14, 10),
            step(|project, _| {
                project.checklist.clear();
                write_checklist(project);
            }),
        ),
        (
            (15, 20),
            step(|project, _| {
                project.run(&run_id("validator", 3)).config.insert("penalized_hotkeys", "[]".to_owned());
            }),
        ),
        // 11: the database of validator 7 has specs that are no JSON; then validator 6 runs a fork that names several
        // GPUs.
        ((16, 10), step(|project, _| specs_of(project, 7, 89, "null"))),
        ((17, 10), step(|project, _| specs_of(project, 6, 90, FORKED_SPECS))),
        ((17, 25), step(|project, _| specs_of(project, 7, 89, SPECS_89))),
        ((18, 40), step(|project, _| specs_of(project, 6, 90, SPECS_90))),
        ((18, 20), step(|project, _| drop(project.runs.remove(&run_id("stranger", 0))))),
        (
            (20, 11),
            step(|project, _| {
                let run = project.run(&run_id("miner", 180));
                (run.state, run.stopped_ms) = ("running", None);
            }),
        ),
        // 10: validator 9 removes its old run by hand.
        ((20, 48), step(|project, _| drop(project.runs.remove(&run_id("validator", 9))))),
    ]
}

/// 5: hotkey and signature of validator 1, copied into a run of the forger's own; and one that does not even try.
fn forge(project: &mut Project, at_ms: i64) {
    let hotkey = project.validators[1].hotkey.clone();
    let signature = project.run(&run_id("validator", 1)).config["signature"].clone();
    let list = json_list(&[project.hotkey_of(150), project.hotkey_of(151)]);
    let entry = stats_of_one(170, &project.hotkey_of(150), "2026-03-14 04:09:31");
    claim(project, "forger", &hotkey, at_ms, list.clone(), entry);
    project.run(&run_id("forger", 0)).config.insert("signature", signature);
    let hotkey = project.validators[2].hotkey.clone();
    let run = project.begin(&run_id("forger", 1), "validator", &hotkey, at_ms + 40 * SECOND_MS);
    run.config.insert("allocated_hotkeys", list);
    run.config.insert("signature", r#""signed by validator 2""#.to_owned());
}

/// 9: miner 200 registers, and gets the uid of miner 67. Validator 5 does not look: its row is of the hotkey before.
/// Validator 3, which has not measured the new one, takes the score of others by the uid.
fn take_over(project: &mut Project, at_ms: i64) {
    let old = project.miners[67].gpus;
    let (uid, before, after) = (project.miners[67].uid, project.hotkey_of(67), project.hotkey_of(200));
    project.begin_miner(200, at_ms);
    let said = Said { hotkey: before, specs: old.to_json(), score: old.score(), own: true };
    project.validators[5].says.insert(uid, said);
    let inherited = Said { hotkey: after, specs: old.to_json(), score: old.score() * 100.0, own: false };
    project.validators[3].says.insert(uid, inherited);
}

fn write_checklist(project: &mut Project) {
    let list = json_list(&project.checklist);
    project.run(&run_id("validator", 0)).config.insert("penalized_hotkeys_checklist", list);
}

/// What a validator says of the GPUs of a miner, and of nothing else.
fn specs_of(project: &mut Project, validator: usize, miner: usize, specs: &str) {
    let uid = project.miners[miner].uid;
    project.validators[validator].says.get_mut(&uid).unwrap().specs = specs.to_owned();
}
