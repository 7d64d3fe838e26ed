//! A made-up run of W&B: the states that the server would answer, and the rows that it would send.

use annals_ingest::Source as _;
use annals_ingest::sources::{Wandb, WandbHistory};
use annals_log::{Event, Evidence, Hash, ListedRun, Payload, RunIdSignature, WandbHistoryRow, WandbRun};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::config_text::ConfigText;
use super::dice::Dice;
use super::miner::Miner;
use super::neuron::{Neuron, Subnet};
use super::time::iso;
use super::validator::Validator;

/// A state is compressed against an earlier one that can be read from the disk by then: of this many portions before,
/// for what stands between may not be durable yet. Whether it is must not decide bytes.
const PORTIONS_BEFORE: u64 = 2;
/// Runs report themselves at different seconds.
const HEARTBEAT_SECONDS: i64 = 20;

/// A run of one neuron.
pub(super) struct Run {
    uid: u16,
    pub(super) run_id: String,
    created_at: String,
    signature: Option<String>,
    verdict: RunIdSignature,
    said: Said,
    /// How many rows it has logged.
    rows: u64,
    /// Payloads of the last states, each with the number of its portion: later states may be compressed against them.
    recorded: Vec<(u64, Hash)>,
}

/// The part of its config that changes.
pub(super) enum Said {
    ByValidator(Validator),
    ByMiner(Miner),
}

impl Run {
    pub(super) fn new(neuron: &Neuron, said: Said, created_at_ms: i64) -> Self {
        let (signature, verdict) = neuron.sign();
        let (run_id, created_at) = (neuron.run_id.clone(), iso(created_at_ms));
        Self { uid: neuron.uid, run_id, created_at, signature, verdict, said, rows: 0, recorded: Vec::new() }
    }

    /// Changes its config.
    pub(super) fn change(&mut self, subnet: &Subnet, validators: u16, dice: &mut Dice, at_ms: i64) {
        match &mut self.said {
            Said::ByValidator(validator) => validator.change(subnet, dice, at_ms),
            Said::ByMiner(miner) => miner.change(self.verdict == RunIdSignature::Valid, validators, dice),
        }
    }

    /// Returns the event that a poll makes of its state, in portion number `portion` of the log.
    pub(super) fn state(&mut self, subnet: &Subnet, fetched_at_ms: i64, portion: u64) -> Event {
        let neuron = subnet.neuron(self.uid);
        let config = self.config(neuron, subnet);
        let ListedRun { heartbeat_at, state, .. } = self.listed(fetched_at_ms);
        let told = WandbRun {
            display_name: Some(format!("{}-{}", self.role(), neuron.hotkey)),
            state,
            created_at: self.created_at.clone(),
            heartbeat_at,
            config_sha256: Some(Hash::of(config.plain.as_bytes()).0),
            signature: self.verdict,
            evidence: Evidence::Answer,
        };
        let payload = Payload::new(self.node(&told, &config).into_bytes()).resembling(self.earlier(portion));
        self.recorded.push((portion, payload.digest()));
        Event {
            observed_at_ms: Some(self.heartbeat_ms(fetched_at_ms)),
            attached: vec![payload],
            ..Event::new(Wandb::NAME, &self.run_id, fetched_at_ms, &told)
        }
    }

    /// Returns the event of the next row that it logs.
    pub(super) fn row(&mut self, subnet: &Subnet, fetched_at_ms: i64, dice: &mut Dice) -> Event {
        // A fraction that binary floating point has.
        let logged_at_ms = self.heartbeat_ms(fetched_at_ms) + 250;
        let (seconds, step) = (logged_at_ms / 1000, self.rows);
        let logged = match &self.said {
            Said::ByValidator(validator) if dice.below(3) == 0 => {
                format!(r#""allocated_hotkeys":{}"#, validator.allocated_hotkeys(subnet))
            }
            Said::ByValidator(_) => {
                chain_row(&["Block", "Stake", "Rank", "vTrust", "Emission"], seconds, dice)
            }
            Said::ByMiner(miner) if dice.below(12) == 0 => {
                format!(r#""is_port_open":{}"#, miner.is_port_open())
            }
            Said::ByMiner(_) => {
                chain_row(&["Block", "Stake", "Trust", "Consensus", "Incentive", "Emission"], seconds, dice)
            }
        };
        let row = format!(
            r#"{{"_runtime":{}.25,"_step":{step},"_timestamp":{seconds}.25,{logged}}}"#,
            seconds % 1_000_000
        );
        self.rows += 1;
        let told = WandbHistoryRow { step: Some(step), evidence: Evidence::Answer };
        Event {
            observed_at_ms: Some(logged_at_ms),
            attached: vec![row.into_bytes().into()],
            ..Event::new(WandbHistory::NAME, &self.run_id, fetched_at_ms, &told)
        }
    }

    /// Returns its line in the list of a poll at that time.
    pub(super) fn listed(&self, polled_at_ms: i64) -> ListedRun {
        let heartbeat_at = Some(iso(self.heartbeat_ms(polled_at_ms)));
        ListedRun { run_id: self.run_id.clone(), heartbeat_at, state: "running".to_owned() }
    }

    /// Returns when the server last heard of it, in whole seconds.
    pub(super) fn heartbeat_ms(&self, polled_at_ms: i64) -> i64 {
        polled_at_ms - 1000 * (i64::from(self.uid) % HEARTBEAT_SECONDS)
    }

    fn role(&self) -> &'static str {
        match self.said {
            Said::ByValidator(_) => "validator",
            Said::ByMiner(_) => "miner",
        }
    }

    /// Returns the payload that its next state is to be compressed against.
    fn earlier(&mut self, portion: u64) -> Option<Hash> {
        let durable = self.recorded.partition_point(|(recorded, _)| recorded + PORTIONS_BEFORE <= portion);
        self.recorded.drain(..durable.saturating_sub(1));
        self.recorded.first().filter(|_| durable > 0).map(|(_, digest)| *digest)
    }

    /// Returns its config as W&B stores it, each value wrapped.
    fn config(&self, neuron: &Neuron, subnet: &Subnet) -> ConfigText {
        let (hotkey, role) = (&neuron.hotkey, self.role());
        let mut config = ConfigText::from(format!(
            r#"{{"_wandb":{{"desc":null,"value":{{"cli_version":"0.19.0","m":[],"python_version":"3.10.12","t":{{"1":[5,53,55],"2":[5,53,55],"3":[2,13,16,23],"4":"3.10.12","5":"0.19.0","8":[5],"12":"0.19.0","13":"linux-x86_64"}}}}}},"hotkey":{{"desc":null,"value":"{hotkey}"}},"role":{{"desc":null,"value":"{role}"}},"version":{{"desc":null,"value":190}},"config":{{"desc":null,"value":{{"auto_update":true,"blacklist_exploiters":true,"netuid":27,"subtensor":{{"_mock":false,"chain_endpoint":"wss://entrypoint-finney.opentensor.ai:443","network":"finney"}}}}}},"#
        ));
        match &self.said {
            Said::ByValidator(validator) => validator.write(subnet, &mut config),
            Said::ByMiner(miner) => miner.write(neuron, subnet, &mut config),
        }
        // `sign_run` comes last.
        match &self.signature {
            Some(signature) => {
                config.push(&format!(r#""signature":{{"desc":null,"value":"{signature}"}}}}"#));
            }
            None => config.push(r#""signature":{"desc":null,"value":null}}"#),
        }
        config
    }

    /// Returns its node in an answer of the server, as clients of 0.19 ask for it.
    fn node(&self, told: &WandbRun, config: &ConfigText) -> String {
        let (run_id, created_at, state, rows) = (&self.run_id, &self.created_at, &told.state, self.rows);
        let node_id = STANDARD.encode(format!("Run:v1:{run_id}:opencompute:neuralinternet"));
        let name = told.display_name.as_deref().unwrap_or_default();
        let heartbeat_at = told.heartbeat_at.as_deref().unwrap_or_default();
        let config = &config.escaped;
        format!(
            r#"{{"id":"{node_id}","tags":[],"name":"{run_id}","displayName":"{name}","sweepName":null,"state":"{state}","config":"{config}","group":null,"jobType":null,"commit":null,"readOnly":false,"createdAt":"{created_at}","heartbeatAt":"{heartbeat_at}","description":null,"notes":null,"systemMetrics":"{{}}","summaryMetrics":"{{\"_wandb\":{{\"runtime\":0}}}}","historyLineCount":{rows},"user":{{"name":"opencompute","username":"opencompute"}},"historyKeys":null}}"#
        )
    }
}

/// Returns what upstream logs of the chain (`log_chain_data`). The first name is the block, one each twelve seconds.
fn chain_row(names: &[&str], seconds: i64, dice: &mut Dice) -> String {
    let value = |(place, name): (usize, &&str)| match place {
        0 => format!(r#""{name}":{}"#, seconds / 12 - 140_000_000),
        1 => format!(r#""{name}":{}"#, 1_024.0 + 1e5 * dice.fraction()),
        _ => format!(r#""{name}":{:?}"#, dice.fraction() / 3.0),
    };
    names.iter().enumerate().map(value).collect::<Vec<_>>().join(",")
}
