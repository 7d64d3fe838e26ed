//! Configs of runs, as W&B gives them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use annals_log::json::{Value, parse};

/// As many of each as SN27 has.
const VALIDATORS: usize = 20;
const MINERS: usize = 236;
const UIDS: usize = 256;

/// Each config of fixtures/sn27-day once.
pub(crate) fn of_the_day() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/sn27-day/day.cassette.zst");
    let lines = zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap();
    let mut configs = BTreeSet::new();
    // Behind the line that says what the file is, each line is an exchange.
    for line in String::from_utf8(lines).unwrap().lines().skip(1) {
        let exchange = parse(line).unwrap();
        let body = exchange.as_object().and_then(|exchange| exchange.get("body"));
        take_configs(body.and_then(Value::as_text).and_then(|body| body.as_str()).unwrap(), &mut configs);
    }
    configs.into_iter().collect()
}

fn take_configs(body: &str, configs: &mut BTreeSet<String>) {
    // Not every answer is one of W&B: a gateway in its place answers in HTML.
    let Ok(body) = parse(body) else { return };
    let Some(Value::List(edges)) = reached(&body, &["data", "project", "runs", "edges"]) else { return };
    for edge in edges {
        let config = reached(edge, &["node", "config"]).and_then(Value::as_text);
        configs.extend(config.and_then(|config| config.as_str()).map(str::to_owned));
    }
}

/// The value that these keys lead to.
fn reached<'a>(value: &'a Value, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().try_fold(value, |value, key| value.as_object()?.get(key))
}

/// The configs of a whole subnet: large ones of validators that vote on every uid, and small ones of miners.
pub(crate) fn generated() -> Vec<String> {
    let mut rng = fastrand::Rng::with_seed(27);
    let validators =
        (0..VALIDATORS).map(|_| config("validator", &votes(&mut rng), &mut rng)).collect::<Vec<_>>();
    let miners = (0..MINERS).map(|_| config("miner", &specs(&mut rng), &mut rng));
    validators.into_iter().chain(miners).collect()
}

/// As W&B stores it: each value wrapped.
fn config(role: &str, members: &str, rng: &mut fastrand::Rng) -> String {
    format!(
        r#"{{"_wandb":{{"desc":null,"value":{{"cli_version":"0.19.0","m":[],"python_version":"3.10.12","t":{{"1":[5,53,55],"2":[5,53,55],"3":[2,13,16,23],"4":"3.10.12","5":"0.19.0","8":[5],"12":"0.19.0","13":"linux-x86_64"}}}}}},"hotkey":{{"desc":null,"value":"{}"}},"role":{{"desc":null,"value":"{role}"}},"version":{{"desc":null,"value":190}},"config":{{"desc":null,"value":{{"auto_update":true,"netuid":27,"subtensor":{{"_mock":false,"network":"finney"}}}}}},{members},"signature":{{"desc":null,"value":"{}"}}}}"#,
        hotkey(rng),
        digits(128, 16, rng)
    )
}

fn votes(rng: &mut fastrand::Rng) -> String {
    let mut stats = String::new();
    for uid in 0..UIDS {
        let separator = if uid > 0 { "," } else { "" };
        write!(
            stats,
            r#"{separator}"{uid}":{{"uid":{uid},"hotkey":"{}","gpu_specs":{{"gpu_name":"NVIDIA H100 80GB HBM3","num_gpus":{}}},"score":{:?},"allocated":{},"own_score":{},"reliability_score":0.0,"created_at":"2026-03-14 08:{:02}:17"}}"#,
            hotkey(rng),
            rng.u8(1..=8),
            100.0 * rng.f64(),
            rng.bool(),
            rng.bool(),
            rng.u8(..60)
        )
        .unwrap();
    }
    let allocated: Vec<String> = (0..UIDS / 3).map(|_| format!("\"{}\"", hotkey(rng))).collect();
    format!(
        r#""allocated_hotkeys":{{"desc":null,"value":[{}]}},"stats":{{"desc":null,"value":{{{stats}}}}}"#,
        allocated.join(",")
    )
}

fn specs(rng: &mut fastrand::Rng) -> String {
    let gpus = [r#"{"name":"NVIDIA H100 80GB HBM3","capacity":81559.0}"#; 8].join(",");
    let (free, available) = (rng.u64(..3_840_755_982_336), rng.u64(..1_081_954_131_968));
    format!(
        r#""specs":{{"desc":null,"value":{{"gpu":{{"count":8,"capacity":652472.0,"details":[{gpus}],"graphics_speed":1980,"memory_speed":2619}},"cpu":{{"count":64,"frequency":3693.1}},"hard_disk":{{"total":3840755982336,"free":{free},"used":{},"read_speed":3281.4,"write_speed":1940.7}},"ram":{{"total":1081954131968,"available":{available},"used":{},"swap_total":8589930496,"swap_used":0}},"has_docker":true}}}},"allocated":{{"desc":null,"value":null}},"is_port_open":{{"desc":null,"value":true}}"#,
        3_840_755_982_336 - free,
        1_081_954_131_968 - available
    )
}

fn hotkey(rng: &mut fastrand::Rng) -> String {
    format!("5F{}", digits(46, 36, rng))
}

fn digits(count: usize, radix: u32, rng: &mut fastrand::Rng) -> String {
    (0..count).map(|_| rng.digit(radix)).collect()
}
