//! What was written before the day began: the subnet as the first poll finds it.

use super::hardware::Gpus;
use super::project::{MINERS, Project, TOLD, VALIDATORS, created_before, json_list, run_id};
use super::random::{HOUR_MS, MIDNIGHT_MS, MINUTE_MS, Question, below};

/// Miners whose GPUs the script fixes: number, name, count.
const MACHINES: [(usize, &str, u32); 19] = [
    (12, "NVIDIA H100 80GB HBM3", 8),
    (23, "NVIDIA A100-SXM4-80GB", 8),
    (34, "NVIDIA L40", 4),
    (45, "NVIDIA RTX A6000", 10),
    (56, "NVIDIA RTX 4090", 4),
    (67, "NVIDIA A100 80GB PCIe", 4),
    (78, "NVIDIA H200", 8),
    (89, "NVIDIA A100 80GB PCIe", 8),
    (90, "NVIDIA L40", 8),
    (101, "NVIDIA H200", 2),
    (102, "NVIDIA H100 80GB HBM3", 1),
    (104, "NVIDIA L40s", 8),
    (111, "NVIDIA L40s", 8),
    (112, "NVIDIA L40s", 4),
    (120, "NVIDIA RTX A6000", 4),
    (121, "NVIDIA RTX A6000", 8),
    (122, "NVIDIA RTX 4090", 8),
    (130, "NVIDIA L40", 1),
    (200, "NVIDIA RTX 4090", 1),
];

/// What was written before the day began.
pub(super) fn yesterday(project: &mut Project) {
    for (miner, name, count) in MACHINES {
        project.miners[miner].gpus = Gpus { name, count };
    }
    for miner in 0..MINERS - 2 {
        let days = 380 - i64::try_from(miner * 19 / 10).unwrap();
        project.begin_miner(miner, created_before(days, miner));
        let stopped_ms =
            MIDNIGHT_MS - HOUR_MS * i64::try_from(1 + below(900, miner, Question::StoppedAt)).unwrap();
        match below(100, miner, Question::StoppedHow) {
            0..6 if !TOLD.contains(&miner) => project.stop(&run_id("miner", miner), "finished", stopped_ms),
            6..10 if !TOLD.contains(&miner) => project.stop(&run_id("miner", miner), "crashed", stopped_ms),
            _ => {}
        }
    }
    odd_miners(project);
    for validator in 0..VALIDATORS {
        let (id, hotkey) =
            (project.validators[validator].run.clone(), project.validators[validator].hotkey.clone());
        let days = 347 - 5 * i64::try_from(validator).unwrap();
        project.begin(&id, "validator", &hotkey, created_before(days, 1000 + validator));
        project.sign(&id, "validator", validator);
    }
    project.rent_out();
    disputed_rentals(project);
    // Validator 11 published for the last time in December, and its machine is gone.
    project.publish(11, created_before(103, 1011));
    project.stop(&run_id("validator", 11), "crashed", created_before(102, 1011));
    // Validator 9 went on under a new run in February; its old one says what it said then.
    project.publish(9, created_before(40, 1009));
    project.stop(&run_id("validator", 9), "finished", created_before(39, 1009));
    let (id, hotkey) = (run_id("validator", 109), project.validators[9].hotkey.clone());
    project.begin(&id, "validator", &hotkey, created_before(39, 1109));
    project.sign(&id, "validator", 9);
    project.validators[9].run = id;
    for validator in 0..VALIDATORS - 1 {
        project.publish(validator, MIDNIGHT_MS - (5 + 7 * i64::try_from(validator).unwrap()) * MINUTE_MS);
    }
    strangers(project);
}

/// Those that every project has: unsigned, signed by another, with nothing to tell.
fn odd_miners(project: &mut Project) {
    let other = project.run(&run_id("miner", 1)).config["signature"].clone();
    project.run(&run_id("miner", 160)).config.insert("signature", other);
    project.run(&run_id("miner", 161)).config.remove("signature");
    project.run(&run_id("miner", 162)).config.insert("specs", "{}".to_owned());
    project.run(&run_id("miner", 163)).config.remove("specs");
}

/// Who has rented out, and measured, what the disputes are about.
fn disputed_rentals(project: &mut Project) {
    let sxm = |count| Gpus { name: "NVIDIA A100-SXM4-80GB", count };
    let said: [(usize, &[usize], Gpus, Option<f64>); 15] = [
        // 1: which GPU
        (12, &[1, 2, 3], Gpus { name: "NVIDIA H100 80GB HBM3", count: 8 }, None),
        (12, &[4, 5], Gpus { name: "NVIDIA H100", count: 8 }, None),
        // 2: which score
        (23, &[1, 2], sxm(8), Some(47.5)),
        (23, &[3, 4], sxm(8), Some(47.500_000_000_000_01)),
        (23, &[5, 6, 7], sxm(8), None),
        // 3: a tie of votes
        (34, &[1, 2], Gpus { name: "NVIDIA RTX 6000 Ada Generation", count: 4 }, None),
        (34, &[3, 4], Gpus { name: "NVIDIA L40", count: 4 }, None),
        // 4: a tie of votes and of scores
        (45, &[2, 7], Gpus { name: "NVIDIA RTX A6000", count: 8 }, None),
        (45, &[3, 5], Gpus { name: "NVIDIA RTX A6000", count: 10 }, None),
        // 10: two runs of one validator
        (78, &[1], Gpus { name: "NVIDIA H200", count: 8 }, None),
        (78, &[9], Gpus { name: "NVIDIA H200", count: 4 }, None),
        // 11: what upstream cannot take
        (89, &[1], sxm(8), None),
        (89, &[2, 7], Gpus { name: "NVIDIA A100 80GB PCIe", count: 8 }, None),
        (90, &[3, 6], Gpus { name: "NVIDIA L40", count: 8 }, None),
        // 8: a penalty
        (56, &[1, 5], Gpus { name: "NVIDIA RTX 4090", count: 4 }, None),
    ];
    for (miner, validators, gpus, score) in said {
        for &validator in validators {
            project.allocate(validator, miner);
            project.says(validator, miner, gpus, score.unwrap_or(gpus.score()));
        }
    }
    for (validator, miner) in
        [(8, 111), (8, 112), (11, 120), (11, 121), (2, 121), (11, 122), (5, 67), (10, 102), (6, 104)]
    {
        let gpus = project.miners[miner].gpus;
        project.allocate(validator, miner);
        project.says(validator, miner, gpus, gpus.score());
    }
}

/// Runs of people whom nobody asked.
fn strangers(project: &mut Project) {
    // Signs in its own name, and names itself a validator.
    let hotkey = project.keys.hotkey("stranger", 0);
    let list = json_list(&[project.hotkey_of(140), project.hotkey_of(141)]);
    let entry = stats_of_one(160, &project.hotkey_of(140), "2026-03-13 12:00:00");
    claim(project, "stranger", &hotkey, created_before(9, 2000), list, entry);
    project.sign(&run_id("stranger", 0), "stranger", 0);
    // Validator 10's own key under the prefix of another chain.
    let (id, alias) = (run_id("alias", 10), project.keys.alias("validator", 10, 0));
    let list = json_list(&[project.hotkey_of(130)]);
    project
        .begin(&id, "validator", &alias, created_before(20, 2001))
        .config
        .insert("allocated_hotkeys", list);
    project.sign(&id, "validator", 10);
    // A validator of another subnet.
    let (id, hotkey) = (run_id("stranger", 1), project.keys.hotkey("stranger", 1));
    let list = json_list(&[project.hotkey_of(3)]);
    let run = project.begin(&id, "validator", &hotkey, created_before(60, 2002));
    run.config.insert("allocated_hotkeys", list);
    run.config.insert("config", r#"{"netuid":15,"subtensor":{"network":"test"}}"#.to_owned());
    project.sign(&id, "stranger", 1);
}

/// The `stats` of somebody who praises one miner.
pub(super) fn stats_of_one(uid: usize, hotkey: &str, written_at: &str) -> String {
    format!(
        concat!(
            r#"{{"{uid}":{{"uid":{uid},"hotkey":"{hotkey}","gpu_specs":{{"gpu_name":"NVIDIA B200","num_gpus":8}},"score":100.0,"#,
            r#""allocated":true,"own_score":true,"reliability_score":0.0,"created_at":"{written_at}"}}}}"#
        ),
        uid = uid,
        hotkey = hotkey,
        written_at = written_at
    )
}

/// A run in a validator's role, with a list of its own and a vote.
pub(super) fn claim(
    project: &mut Project,
    role: &str,
    hotkey: &str,
    created_ms: i64,
    list: String,
    stats: String,
) {
    let run = project.begin(&run_id(role, 0), "validator", hotkey, created_ms);
    run.config.insert("allocated_hotkeys", list);
    run.config.insert("stats", stats);
}
