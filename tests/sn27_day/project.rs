//! The W&B project as its writers leave it: runs, and the validators and miners behind them.

use std::collections::{BTreeMap, BTreeSet};

use super::hardware::Gpus;
use super::keys::Keys;
use super::random::{DAY_MS, MIDNIGHT_MS, MINUTE_MS, Question, SECOND_MS, below, chance, sqlite_time};

/// A run: what an answer of W&B is made of.
pub(super) struct Run {
    pub(super) id: String,
    pub(super) created_ms: i64,
    pub(super) name: String,
    pub(super) state: &'static str,
    /// While it runs it is heard of so often.
    pub(super) beat_ms: i64,
    /// When it stopped.
    pub(super) stopped_ms: Option<i64>,
    pub(super) user: String,
    /// JSON of each value.
    pub(super) config: BTreeMap<&'static str, String>,
}

/// A miner; its uid is that of a place on the subnet, which another may have taken over.
pub(super) struct Miner {
    pub(super) uid: usize,
    pub(super) hotkey: String,
    pub(super) gpus: Gpus,
    /// How often its specs were told.
    pub(super) edition: u64,
}

/// What a validator believes of a uid against all evidence.
#[derive(Clone)]
pub(super) struct Said {
    pub(super) hotkey: String,
    /// JSON of `gpu_specs`.
    pub(super) specs: String,
    pub(super) score: f64,
    pub(super) own: bool,
}

/// A validator's own database.
pub(super) struct Validator {
    pub(super) hotkey: String,
    pub(super) run: String,
    /// In the order in which they were rented out.
    pub(super) allocated: Vec<String>,
    pub(super) says: BTreeMap<usize, Said>,
    /// Miners of which it has a row, whoever they are rented out by.
    rows: BTreeSet<usize>,
}

pub(super) const VALIDATORS: usize = 12;
/// 199 from the start, one that is new, one that takes over the uid of another.
pub(super) const MINERS: usize = 201;
const FIRST_UID: usize = 20;
/// Miners whose story the script tells; nobody else's hand is laid on them.
pub(super) const TOLD: [usize; 23] = [
    12, 23, 34, 45, 56, 67, 78, 89, 90, 101, 102, 104, 111, 112, 120, 121, 122, 130, 140, 141, 150, 151, 200,
];

pub(super) struct Project {
    pub(super) keys: Keys,
    pub(super) runs: BTreeMap<String, Run>,
    pub(super) miners: Vec<Miner>,
    pub(super) validators: Vec<Validator>,
    /// What the checklist says: it is kept by hand.
    pub(super) checklist: Vec<String>,
}

/// The id of a run: eight letters and digits, as W&B draws them.
pub(super) fn run_id(role: &str, number: usize) -> String {
    let role = role.bytes().fold(7, |sum: usize, byte| sum * 31 + usize::from(byte));
    let mut drawn = chance(role * 1000 + number, Question::RunId);
    let digit = |_| {
        let digit = char::from_digit(u32::try_from(drawn % 36).unwrap(), 36).unwrap();
        drawn /= 36;
        digit
    };
    (0..8).map(digit).collect()
}

fn uid_of(miner: usize) -> usize {
    match miner {
        // The first dispute is about the uid that the README of the repository explains.
        12 => 7,
        // He registers when the miner there is gone.
        200 => uid_of(67),
        miner => FIRST_UID + miner,
    }
}

impl Project {
    pub(super) fn new(keys: Keys) -> Self {
        let miner = |number| Miner {
            uid: uid_of(number),
            hotkey: keys.hotkey("miner", number),
            gpus: Gpus::of(number),
            edition: 0,
        };
        let validator = |number| Validator {
            hotkey: keys.hotkey("validator", number),
            run: run_id("validator", number),
            allocated: Vec::new(),
            says: BTreeMap::new(),
            // Some look at every miner, some at a few.
            rows: (0..MINERS)
                .filter(|&miner| {
                    number < 6
                        || TOLD.contains(&miner)
                        || below(100, number * 1000 + miner, Question::HasRow) < 35
                })
                .collect(),
        };
        let (miners, validators) =
            ((0..MINERS).map(miner).collect(), (0..VALIDATORS).map(validator).collect());
        Self { keys, runs: BTreeMap::new(), miners, validators, checklist: Vec::new() }
    }

    /// Whether validators ask this miner anything: its axon is served, and its uid is still its own.
    pub(super) fn is_queryable(&self, miner: usize) -> bool {
        miner % 23 != 4 && !self.is_taken_over(miner)
    }

    fn is_taken_over(&self, miner: usize) -> bool {
        miner == 67 && self.runs.contains_key(&run_id("miner", 200))
    }

    pub(super) fn hotkey_of(&self, miner: usize) -> String {
        self.miners[miner].hotkey.clone()
    }

    pub(super) fn run(&mut self, id: &str) -> &mut Run {
        self.runs.get_mut(id).unwrap()
    }

    /// A run such as upstream's client begins, not signed yet.
    pub(super) fn begin(&mut self, id: &str, role: &'static str, hotkey: &str, created_ms: i64) -> &mut Run {
        let network = r#""subtensor":{"network":"finney","chain_endpoint":"wss://entrypoint-finney.opentensor.ai:443"}"#;
        let config = BTreeMap::from([
            ("_wandb", r#"{"cli_version":"0.19.0","python_version":"3.10.12","t":{"3":[13,16,23,55],"4":"3.10.12","5":"0.19.0","8":[5],"12":"0.19.0","13":"linux-x86_64"}}"#.to_owned()),
            ("config", format!(r#"{{"netuid":27,{network},"neuron":{{"epoch_length":100}}}}"#)),
            ("hotkey", format!(r#""{hotkey}""#)),
            ("role", format!(r#""{role}""#)),
            ("version", "190".to_owned()),
        ]);
        let beat_ms = if role == "miner" { 5 * MINUTE_MS } else { 30 * SECOND_MS };
        let run = Run {
            id: id.to_owned(),
            created_ms,
            name: format!("{role}-{hotkey}"),
            state: "running",
            beat_ms,
            stopped_ms: None,
            user: format!("{role}-{}", &id[..4]),
            config,
        };
        self.runs.insert(id.to_owned(), run);
        self.run(id)
    }

    /// As `sign_run` does.
    pub(super) fn sign(&mut self, id: &str, role: &str, number: usize) {
        let signature = self.keys.sign(role, number, id);
        self.run(id).config.insert("signature", format!(r#""{signature}""#));
    }

    /// The client is gone; what it has written stays.
    pub(super) fn stop(&mut self, id: &str, state: &'static str, at_ms: i64) {
        let run = self.run(id);
        (run.state, run.stopped_ms) = (state, Some(at_ms));
    }

    /// A miner's client, begun and signed, with its specs told for the first time.
    pub(super) fn begin_miner(&mut self, miner: usize, created_ms: i64) {
        let (id, hotkey) = (run_id("miner", miner), self.hotkey_of(miner));
        self.begin(&id, "miner", &hotkey, created_ms);
        self.sign(&id, "miner", miner);
        self.tell_specs(miner);
        self.run(&id).config.insert("allocated", "null".to_owned());
    }

    /// As `update_specs` does.
    pub(super) fn tell_specs(&mut self, miner: usize) {
        let told = &mut self.miners[miner];
        told.edition += 1;
        let specs = told.gpus.specs(miner, told.edition);
        self.run(&run_id("miner", miner)).config.insert("specs", specs);
    }

    /// A rental begins, in the validator's own database; the miner tells of it at once, as `update_allocated` does.
    pub(super) fn allocate(&mut self, validator: usize, miner: usize) {
        let (hotkey, by) = (self.hotkey_of(miner), self.validators[validator].hotkey.clone());
        self.run(&run_id("miner", miner)).config.insert("allocated", format!(r#""{by}""#));
        self.validators[validator].allocated.push(hotkey);
        self.validators[validator].rows.insert(miner);
    }

    /// And ends.
    pub(super) fn release(&mut self, validator: usize, miner: usize) {
        let hotkey = self.hotkey_of(miner);
        self.run(&run_id("miner", miner)).config.insert("allocated", "null".to_owned());
        self.validators[validator].allocated.retain(|held| *held != hotkey);
    }

    /// From now on a validator says of a miner's uid what it has measured itself.
    pub(super) fn says(&mut self, validator: usize, miner: usize, gpus: Gpus, score: f64) {
        let said = Said { hotkey: self.hotkey_of(miner), specs: gpus.to_json(), score, own: true };
        self.validators[validator].says.insert(self.miners[miner].uid, said);
    }

    /// As `update_allocated_hotkeys` does: the validator's list, and `stats` with `allocated` after that list alone.
    /// What was published before the day has no miners that came later.
    pub(super) fn publish(&mut self, validator: usize, at_ms: i64) {
        let of = &self.validators[validator];
        let stats: BTreeMap<usize, String> = (0..MINERS)
            .filter(|&miner| self.knows(validator, miner, at_ms))
            .map(|miner| (self.miners[miner].uid, self.entry(validator, miner, at_ms)))
            .collect();
        let stats: Vec<_> = stats.into_iter().map(|(uid, entry)| format!(r#""{uid}":{entry}"#)).collect();
        let is_later = |hotkey: &String| {
            self.runs.values().any(|run| run.created_ms > at_ms && run.name.ends_with(hotkey.as_str()))
        };
        let list: Vec<_> = of.allocated.iter().filter(|hotkey| !is_later(hotkey)).cloned().collect();
        let (id, list) = (of.run.clone(), json_list(&list));
        let run = self.run(&id);
        run.config.insert("allocated_hotkeys", list);
        run.config.insert("stats", format!("{{{}}}", stats.join(",")));
    }

    /// Of a uid that was taken over a validator's database has the row of today.
    fn knows(&self, validator: usize, miner: usize, at_ms: i64) -> bool {
        self.is_there(miner, at_ms)
            && !self.is_taken_over(miner)
            && self.validators[validator].rows.contains(&miner)
    }

    fn is_there(&self, miner: usize, at_ms: i64) -> bool {
        self.runs.get(&run_id("miner", miner)).is_some_and(|run| run.created_ms <= at_ms)
    }

    /// A row of `retrieve_stats`.
    fn entry(&self, validator: usize, miner: usize, at_ms: i64) -> String {
        let (of, miner_of) = (&self.validators[validator], &self.miners[miner]);
        let said = of.says.get(&miner_of.uid).cloned().unwrap_or_else(|| self.measured(validator, miner));
        let score = if self.checklist.contains(&said.hotkey) { 0.0 } else { said.score };
        format!(
            concat!(
                r#"{{"uid":{},"hotkey":"{}","gpu_specs":{},"score":{:?},"allocated":{},"own_score":{},"#,
                r#""reliability_score":0.0,"created_at":"{}"}}"#
            ),
            miner_of.uid,
            said.hotkey,
            said.specs,
            score,
            of.allocated.contains(&said.hotkey),
            said.own,
            sqlite_time(at_ms),
        )
    }

    /// What Proof-of-GPU gives; or, of miners that others rent out, perhaps the score of others, a hundredfold.
    fn measured(&self, validator: usize, miner: usize) -> Said {
        let (of, gpus, hotkey) =
            (&self.validators[validator], self.miners[miner].gpus, self.hotkey_of(miner));
        let is_elsewhere = self.validators.iter().any(|other| other.allocated.contains(&hotkey));
        let drawn = below(100, validator * 1000 + miner, Question::Measured);
        let none = || "null".to_owned();
        let (specs, score, own) = match drawn {
            _ if !self.is_queryable(miner) => (none(), 0.0, true),
            0..50 if is_elsewhere && !of.allocated.contains(&hotkey) => {
                (gpus.to_json(), gpus.score() * 100.0, false)
            }
            94.. if !is_elsewhere => (none(), 0.0, true),
            _ => (gpus.to_json(), gpus.score(), true),
        };
        Said { hotkey, specs, score, own }
    }

    /// Rentals as they stand when the day begins, apart from those that the script tells of.
    pub(super) fn rent_out(&mut self) {
        let rented =
            (0..199).filter(|&miner| self.is_free(miner) && below(100, miner, Question::IsRented) < 24);
        for miner in rented.collect::<Vec<_>>() {
            let first = usize::try_from(below(11, miner, Question::RentedBy)).unwrap();
            self.allocate(first, miner);
            if below(4, miner, Question::IsRentedTwice) == 0 {
                self.allocate((first + 3) % 11, miner);
            }
        }
    }

    /// A miner may come and another go between two publications.
    pub(super) fn churn(&mut self, validator: usize, at_ms: i64) {
        let moment = usize::try_from((at_ms - MIDNIGHT_MS) / MINUTE_MS).unwrap() * 100 + validator;
        let drawn = below(4, moment, Question::Churn);
        let oldest = self.validators[validator].allocated.iter().find_map(|hotkey| {
            (0..199).find(|miner| !TOLD.contains(miner) && self.miners[*miner].hotkey == *hotkey)
        });
        if let (1 | 3, Some(miner)) = (drawn, oldest) {
            self.release(validator, miner);
        }
        let from = usize::try_from(below(199, moment, Question::ChurnFrom)).unwrap();
        let free = (0..199).map(|step| (from + step) % 199).find(|&miner| self.is_free(miner));
        if let (2 | 3, Some(miner)) = (drawn, free) {
            self.allocate(validator, miner);
        }
    }

    fn is_free(&self, miner: usize) -> bool {
        let hotkey = &self.miners[miner].hotkey;
        !TOLD.contains(&miner)
            && self.is_there(miner, i64::MAX)
            && self.is_queryable(miner)
            && self.miners[miner].gpus.score() > 0.0
            && !self.validators.iter().any(|validator| validator.allocated.contains(hotkey))
    }
}

/// When a run was created that is older than the day.
pub(super) fn created_before(days: i64, thing: usize) -> i64 {
    let jitter = i64::try_from(below(86_400, thing, Question::CreatedAt)).unwrap() * SECOND_MS;
    MIDNIGHT_MS - days * DAY_MS + jitter
}

pub(super) fn json_list(hotkeys: &[String]) -> String {
    let quoted: Vec<_> = hotkeys.iter().map(|hotkey| format!(r#""{hotkey}""#)).collect();
    format!("[{}]", quoted.join(","))
}
