//! Logs that could be: runs of the golden cases, in random states, polled well and badly under changing policies, a
//! chain and validators' databases and scrapes among them.

use std::collections::BTreeMap;

use annals_log::json::{self, Object, Value};
use annals_log::{Event, Policy, PollScope, QueryableUid, RunIdSignature, Upstream, Validators, WandbPoll};

use crate::metrics::scraped;
use crate::random_chain::RandomChain;
use crate::random_databases;
use crate::scratch::{Run, closing, failed, set_policy, sweep};

/// Runs with configs that upstream's own authors of tests thought of.
pub(crate) struct Pool {
    runs: Vec<Run>,
    hotkeys: Vec<String>,
}

impl Pool {
    pub(crate) fn of_golden_cases() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/golden/public.json");
        let golden = json::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        let Some(Value::List(cases)) = golden.as_object().unwrap().get("cases") else { panic!("no cases") };
        let runs: Vec<Run> = cases.iter().flat_map(|case| runs_of(case.as_object().unwrap())).collect();
        let mut hotkeys: Vec<String> =
            cases.iter().flat_map(|case| hotkeys_of(case.as_object().unwrap())).collect();
        hotkeys.sort();
        hotkeys.dedup();
        assert!(runs.len() > 1000 && hotkeys.len() > 5);
        Self { runs, hotkeys }
    }

    /// About `polls` polls, policies, file states, blocks and databases, a commit each.
    pub(crate) fn commits(&self, polls: usize, rng: &mut fastrand::Rng) -> Vec<Vec<Event>> {
        let mut world = World::of(self);
        (0..polls).map(|_| world.commit(rng)).collect()
    }

    /// Polls alone, the last of them complete; and the runs that are there in the end.
    pub(crate) fn polls(&self, polls: usize, rng: &mut fastrand::Rng) -> (Vec<Vec<Event>>, Vec<Run>) {
        let mut world = World::of(self);
        let mut commits: Vec<_> = (0..polls).map(|_| world.poll(rng)).collect();
        let present: Vec<Run> = world.present.into_values().collect();
        commits.push(vec![closing(&sweep(), &present.iter().collect::<Vec<_>>())]);
        (commits, present)
    }

    pub(crate) fn state(&self, id: String, rng: &mut fastrand::Rng) -> Run {
        let of = &self.runs[rng.usize(..self.runs.len())];
        // Few moments, so that runs tie.
        Run { id, created_at: format!("2025-06-02T08:36:{:02}Z", rng.u8(..4)), ..of.clone() }
    }

    pub(crate) fn policy(&self, rng: &mut fastrand::Rng) -> Policy {
        let hotkey = |rng: &mut fastrand::Rng| self.hotkeys[rng.usize(..self.hotkeys.len())].clone();
        let uid = |uid| QueryableUid { uid, hotkey: rng.bool().then(|| hotkey(rng)) };
        let queryable = (0..20).map(uid).collect();
        Policy {
            upstream: if rng.bool() { Upstream::V1_9_0 } else { Upstream::V1_8_3 },
            flag: rng.u8(..4) > 0,
            queryable: Some(queryable),
            checklist_hotkey: hotkey(rng),
            checklist_run: format!("run{}", rng.u8(..12)),
            validators: Validators::Declared(
                self.hotkeys.iter().filter(|_| rng.u8(..3) > 0).cloned().collect(),
            ),
            ..Policy::of_upstream(27)
        }
    }
}

struct World<'a> {
    pool: &'a Pool,
    present: BTreeMap<String, Run>,
    chain: RandomChain,
}

impl<'a> World<'a> {
    fn of(pool: &'a Pool) -> Self {
        Self { pool, present: BTreeMap::new(), chain: RandomChain::of(&pool.hotkeys) }
    }

    fn commit(&mut self, rng: &mut fastrand::Rng) -> Vec<Event> {
        match rng.u8(..19) {
            0 => vec![set_policy(&self.pool.policy(rng))],
            1 => {
                let permit_stake_tao = f64::from(rng.u8(1..4));
                let validators = Validators::Chain { permit_stake_tao };
                vec![set_policy(&Policy { validators, ..self.pool.policy(rng) })]
            }
            2..6 => self.chain.commit(rng),
            6 => random_databases::commit(rng),
            7 => vec![self.pool.state(format!("run{}", rng.u8(..14)), rng).in_file()],
            8..10 => self.scrapes(rng),
            _ => self.poll(rng),
        }
    }

    /// Scrapes of endpoints that hotkeys of the chain announce, or announced once.
    fn scrapes(&self, rng: &mut fastrand::Rng) -> Vec<Event> {
        let scrape = |rng: &mut fastrand::Rng| {
            let hotkeys: Vec<_> = (0..rng.u8(..3)).map(|_| self.chain.hotkey(rng)).collect();
            scraped(rng.u16(1..4), &hotkeys, rng.bool().then(|| rng.u64(..3)))
        };
        (0..rng.u8(1..4)).map(|_| scrape(rng)).collect()
    }

    fn poll(&mut self, rng: &mut fastrand::Rng) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..rng.usize(..4) {
            let run = self.pool.state(format!("run{}", rng.u8(..12)), rng);
            events.push(run.seen());
            self.present.insert(run.id.clone(), run);
        }
        if rng.u8(..4) == 0 {
            let ids: Vec<String> = self.present.keys().cloned().collect();
            let gone = ids.iter().filter(|_| rng.u8(..6) == 0).filter_map(|id| self.present.remove(id));
            events.extend(gone.map(|run| run.gone()));
        }
        let poll = match rng.u8(..6) {
            0 => failed(),
            1 => WandbPoll { scope: PollScope::Recent, ..sweep() },
            _ => sweep(),
        };
        let seen = if rng.bool() { self.present.len() } else { rng.usize(..=self.present.len()) };
        let listed: Vec<&Run> = self.present.values().take(seen).collect();
        events.push(closing(&poll, &listed));
        events
    }
}

fn runs_of(case: &Object) -> Vec<Run> {
    let verdicts = case.get("expected").unwrap().as_object().unwrap().get("verify_run").unwrap();
    let Some(Value::List(runs)) = case.get("runs") else { panic!("no runs") };
    let run = |run: &Value| {
        let run = run.as_object().unwrap();
        let text = |key| run.get(key).unwrap().as_text().unwrap().as_str().unwrap().to_owned();
        let verdict = verdicts.as_object().unwrap().get(&text("id")).unwrap().as_object().unwrap().get("ok");
        let is_valid = verdict == Some(&Value::Bool(true));
        Run {
            id: text("id"),
            created_at: text("created_at"),
            state: text("state"),
            signature: if is_valid { RunIdSignature::Valid } else { RunIdSignature::Wrong },
            config: run.get("config").unwrap().to_json(),
        }
    };
    runs.iter().map(run).collect()
}

fn hotkeys_of(case: &Object) -> Vec<String> {
    let Some(Value::List(hotkeys)) = case.get("valid_validator_hotkeys") else { panic!("no validators") };
    hotkeys.iter().map(|hotkey| hotkey.as_text().unwrap().to_lossy().into_owned()).collect()
}
