//! A project of the size of SN27's: 20 validators that vote on 256 uids, 280 miners, and what changes from poll to
//! poll.

const VALIDATORS: usize = 20;
const MINERS: usize = 280;
/// Of the miners: the others' clients ended a while ago.
const RUNNING: usize = 220;
const UIDS: usize = 256;
/// Runs whose config is another one at each poll. A validator publishes every twenty minutes or so, a miner every half
/// an hour: of these that is about what half a minute brings.
pub(crate) const CHANGED: usize = 5;
const POLL_SECONDS: u64 = 30;

/// The runs, as they stand at a poll.
pub(crate) struct Project {
    runs: Vec<Run>,
    /// Counts from 1 with the first.
    poll: u64,
}

/// A node in two halves: between them stands the heartbeat.
struct Run {
    number: usize,
    head: String,
    tail: String,
    heartbeat: u64,
}

impl Project {
    pub(crate) fn new() -> Self {
        let runs = (0..VALIDATORS + MINERS).map(|number| Run::new(number, 0)).collect();
        Self { runs, poll: 0 }
    }

    /// Half a minute goes by: clients send heartbeats, and a few publish.
    pub(crate) fn advance(&mut self) {
        self.poll += 1;
        let seconds = self.poll * POLL_SECONDS;
        let running = self.runs.iter_mut().filter(|run| run.number < VALIDATORS + RUNNING);
        running.for_each(|run| run.heartbeat = seconds - run.number as u64 % POLL_SECONDS);
        let poll = usize::try_from(self.poll).expect("a bench is short");
        // Every second time one of them is a validator.
        let validator = poll.is_multiple_of(2).then_some(poll / 2 % VALIDATORS);
        let miners = (0..CHANGED - usize::from(validator.is_some()))
            .map(|place| VALIDATORS + (poll * CHANGED + place) % RUNNING);
        for number in miners.chain(validator) {
            let heartbeat = self.runs[number].heartbeat;
            self.runs[number] = Run { heartbeat, ..Run::new(number, self.poll) };
        }
    }

    /// A page of at most `count` runs from the `from`-th on, as the server would write it.
    pub(crate) fn page(&self, is_by_heartbeat: bool, from: usize, count: usize) -> String {
        let mut order: Vec<&Run> = self.runs.iter().collect();
        if is_by_heartbeat {
            order.sort_by_key(|run| (u64::MAX - run.heartbeat, run.number));
        }
        let to = (from + count).min(order.len());
        let edges: Vec<String> = (from..to)
            .map(|place| {
                let Run { head, tail, heartbeat, .. } = order[place];
                format!(r#"{{"node":{head}{}{tail},"cursor":"{}"}}"#, time(*heartbeat), place + 1)
            })
            .collect();
        format!(
            r#"{{"data":{{"project":{{"runCount":{},"readOnly":true,"runs":{{"edges":[{}],"pageInfo":{{"endCursor":"{to}","hasNextPage":{}}}}}}}}}}}"#,
            order.len(),
            edges.join(","),
            to < order.len()
        )
    }
}

impl Run {
    fn new(number: usize, edition: u64) -> Self {
        let (role, config) = if number < VALIDATORS {
            ("validator", votes(number, edition))
        } else {
            ("miner", specs(number, edition))
        };
        let hotkey = hotkey(number);
        let config = format!(
            r#"{{"hotkey":{{"desc":null,"value":"{hotkey}"}},"role":{{"desc":null,"value":"{role}"}},"version":{{"desc":null,"value":190}},"config":{{"desc":null,"value":{{"netuid":27}}}},{config},"signature":{{"desc":null,"value":"{}"}}}}"#,
            hex(number as u64, 128)
        );
        let config = serde_json::to_string(&config).expect("a text is JSON");
        let head = format!(
            r#"{{"id":"{}","tags":[],"name":"{}","displayName":"{role}-{hotkey}","sweepName":null,"state":"{}","config":{config},"group":null,"jobType":null,"commit":null,"readOnly":true,"createdAt":"2025-06-02T08:36:{:02}","heartbeatAt":""#,
            hex(number as u64 * 7, 60),
            hex(number as u64 * 3 + 1, 8),
            if number < VALIDATORS + RUNNING { "running" } else { "finished" },
            number % 60
        );
        let tail = r#"","description":null,"notes":null,"systemMetrics":"{}","summaryMetrics":"{\"dummy_metric\":0}","historyLineCount":0,"user":{"name":"n","username":"n"},"historyKeys":null}"#;
        Self { number, head, tail: tail.to_owned(), heartbeat: 0 }
    }
}

/// What a validator votes: the time stands in each entry, as upstream writes all of them anew each time.
fn votes(number: usize, edition: u64) -> String {
    let entry = |uid: usize| {
        format!(
            r#""{uid}":{{"uid":{uid},"hotkey":"{}","gpu_specs":{{"gpu_name":"NVIDIA H100 80GB HBM3","num_gpus":{}}},"score":{}.{:03},"allocated":{},"own_score":true,"reliability_score":0.0,"created_at":"{}"}}"#,
            hotkey(1000 + uid),
            1 + uid % 8,
            uid % 100,
            (uid as u64 * 37 + edition / 40) % 1000,
            uid.is_multiple_of(3),
            time(edition * POLL_SECONDS)
        )
    };
    let stats: Vec<String> = (0..UIDS).map(entry).collect();
    let allocated: Vec<String> = (0..UIDS)
        .filter(|uid| uid.is_multiple_of(3))
        .map(|uid| format!("\"{}\"", hotkey(1000 + uid)))
        .collect();
    format!(
        r#""allocated_hotkeys":{{"desc":null,"value":[{}]}},"stats":{{"desc":null,"value":{{{}}}}},"note":{{"desc":null,"value":{number}}}"#,
        allocated.join(","),
        stats.join(",")
    )
}

fn specs(number: usize, edition: u64) -> String {
    let gpu = r#"{"name":"NVIDIA H100 80GB HBM3","capacity":81559.0,"cuda":"9.0","graphics_speed":1980,"memory_speed":2619}"#;
    let gpus = [gpu; 8].join(",");
    format!(
        r#""specs":{{"desc":null,"value":{{"gpu":{{"count":8,"capacity":652472,"details":[{gpus}],"graphics_speed":1980,"memory_speed":2619}},"cpu":{{"count":192,"frequency":2.4}},"hard_disk":{{"total":{},"free":{},"used":{},"read_speed":3.1,"write_speed":2.9}},"ram":{{"total":2164199407616,"available":{},"used":{}}},"has_docker":true}}}},"allocated":{{"desc":null,"value":null}}"#,
        7_000_000_000_000_u64 + number as u64,
        6_000_000_000_000_u64 - edition * 8_191,
        1_000_000_000_000_u64 + edition * 8_191,
        2_000_000_000_000_u64 - edition * 65_537,
        164_199_407_616_u64 + edition * 65_537
    )
}

fn hotkey(number: usize) -> String {
    format!("5F{}", hex(number as u64 + 11, 46))
}

/// Digits that do not repeat from one to the next.
fn hex(seed: u64, count: usize) -> String {
    let mut rng = fastrand::Rng::with_seed(seed);
    (0..count).map(|_| rng.digit(16)).collect()
}

fn time(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    format!("2026-01-{:02}T{:02}:{:02}:{:02}", 1 + days % 28, rest / 3_600, rest / 60 % 60, rest % 60)
}
