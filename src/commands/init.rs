//! `annals init`: make a log.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use std::time::Duration;

use annals_ingest::sources::ChainNow;
use annals_log::{Clock, Hotkey, Log, LogIndex, LogOpened, NewLog, Policy};
use serde::Serialize;

use crate::failure::Failure;
use crate::form::{FormGiven, write_object};
use crate::hotkey::{HotkeyGiven, refusal};
use crate::node::NodeGiven;
use crate::policy_file;
use crate::recording::{options, policy_event};
use crate::settings::Settings;
use crate::terminal::{self, say};

/// SN27.
const NETUID: u16 = 27;
/// Bittensor's main network.
const FINNEY: &str = "0x2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03";

/// Of the policy that a log is made with: what stands before it are `log_opened` and `recorder_started`.
const POLICY_INDEX: LogIndex = LogIndex(2);

/// Of a node that is asked for a permit.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Make a log.
///
/// It is a folder with a new signing key, and entry 0, which says whose log it is and of what. A recorder that has a
/// hotkey signs with it, too, so that everybody sees on the chain who it is: one of its own, which takes no part in
/// the subnet.
///
/// As JSON it is `data`, `origin`, `log_id`, `vkey`, `hotkey`, `netuid`, `genesis`, and `policy_log_index`, the entry
/// that set the policy; null is none.
#[derive(clap::Args)]
pub(crate) struct Init {
    /// The subnet that will be recorded [default: the policy's, else 27]
    #[arg(long)]
    netuid: Option<u16>,
    /// The policy that its tables are folded under, as TOML; without it upstream's own holds until `annals policy set`.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The name under which the log signs, best a URL without a scheme, as `log.example.org/sn27`.
    /// [default: annals.local/sn<NETUID>/<start of the log id>]
    #[arg(long)]
    origin: Option<String>,
    /// The chain, by the hash of its block 0 in hex, or `any`; a node of another one is refused
    #[arg(long, value_name = "HASH|any", default_value = FINNEY, value_parser = genesis)]
    genesis: Genesis,
    #[command(flatten)]
    hotkey: HotkeyGiven,
    #[command(flatten)]
    node: NodeGiven,
    /// Take the hotkey even if it takes part: if the policy knows it, as a validator's or a miner's, or if the chain
    /// gives it a validator permit, or cannot be asked.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    form: FormGiven,
}

/// The log that was made.
#[derive(Serialize)]
struct MadeJson<'a> {
    data: &'a Path,
    origin: &'a str,
    log_id: String,
    vkey: &'a str,
    hotkey: Option<&'a str>,
    netuid: u16,
    genesis: Option<&'a str>,
    /// The entry that set the policy, if a file gave one.
    policy_log_index: Option<u64>,
}

/// A chain, or any.
#[derive(Debug, Clone)]
struct Genesis(Option<String>);

fn genesis(text: &str) -> Result<Genesis, String> {
    if text == "any" {
        return Ok(Genesis(None));
    }
    let digits = text.strip_prefix("0x").unwrap_or(text).to_lowercase();
    match hex::decode(&digits) {
        Ok(bytes) if bytes.len() == 32 => Ok(Genesis(Some(format!("0x{digits}")))),
        _ => Err("it is `any`, or 64 hex digits".to_owned()),
    }
}

impl Init {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let data = &settings.data;
        let policy = match &self.policy {
            Some(file) => Some((file, policy_file::read(file)?)),
            None => None,
        };
        let policys = policy.as_ref().map(|(_, policy)| policy.netuid);
        let netuid = self.netuid.or(policys).unwrap_or(NETUID);
        if let Some((file, policy)) = policy.as_ref().filter(|(_, policy)| policy.netuid != netuid) {
            return Err(policy_file::other_subnet(file, policy, netuid));
        }
        let hotkey = self.hotkey.read(settings)?;
        if let Some(hotkey) = &hotkey {
            let in_force = policy.as_ref().map(|(_, policy)| policy.clone());
            self.check(hotkey.hotkey(), &in_force.unwrap_or_else(|| Policy::of_upstream(netuid)), settings)?;
        }
        // In the first commit: whatever cuts `init` off, no log with a policy is ever there without it.
        let events: Vec<_> = policy.iter().map(|(_, policy)| policy_event(policy, &Clock::System)).collect();
        let set = events.first().map(|_| POLICY_INDEX);
        let (origin, genesis) = (self.origin, self.genesis.0);
        let new = NewLog { origin, netuid, genesis, events, ..NewLog::default() };
        let log = Log::create(data, new, options(hotkey)).map_err(|error| Failure::opening(error, data))?;
        let opened = log.opened().clone();
        log.close()?;
        if self.form.is_json() {
            return write_object(&MadeJson::of(&opened, data, set));
        }
        write_made(&opened, data, set)
    }

    /// A recorder whose hotkey is judged by what it records, or judges, is no witness.
    fn check(&self, hotkey: &Hotkey, policy: &Policy, settings: &Settings) -> Result<(), Failure> {
        self.object(refusal::by_policy(hotkey, policy))?;
        if self.genesis.0.is_none() && !self.node.is_given(settings) {
            say(&format!(
                "nobody was asked whether {hotkey} holds a validator permit: --genesis any names no chain, and no --rpc a node"
            ));
            return Ok(());
        }
        let genesis = self.genesis.0.as_deref();
        match uid_with_permit(&self.node.urls(settings)?, genesis, policy.netuid, hotkey) {
            Ok(uid) => self.object(uid.map(|uid| refusal::by_chain(hotkey, policy.netuid, uid))),
            Err(error) if self.yes => {
                say(&format!("whether {hotkey} holds a validator permit is not known: {error}"));
                Ok(())
            }
            Err(error) => Err(Failure::Unavailable(format!(
                "whether {hotkey} holds a validator permit has to be asked, and no node answers, the last one {error}. --rpc \
                 names another; --yes takes the hotkey unasked"
            ))),
        }
    }

    fn object(&self, why: Option<String>) -> Result<(), Failure> {
        match why {
            Some(why) if !self.yes => Err(Failure::Usage(format!(
                "{why}. Give the recorder a hotkey of its own, which `btcli wallet new-hotkey` makes; --yes takes this one \
                 all the same"
            ))),
            Some(why) => {
                say(&why);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl<'a> MadeJson<'a> {
    fn of(opened: &'a LogOpened, data: &'a Path, set: Option<LogIndex>) -> Self {
        Self {
            data,
            origin: &opened.origin,
            log_id: opened.log_id().to_string(),
            vkey: &opened.vkey,
            hotkey: opened.hotkey.as_deref(),
            netuid: opened.netuid,
            genesis: opened.genesis.as_deref(),
            policy_log_index: set.map(|index| index.0),
        }
    }
}

/// Says what was made, and what to do with it.
fn write_made(opened: &LogOpened, data: &Path, set: Option<LogIndex>) -> Result<(), Failure> {
    let mut out = terminal::out();
    writeln!(out, "made the log {} in {}", opened.origin, data.display())?;
    writeln!(out, "key     {}", opened.vkey)?;
    writeln!(out, "        Give this key away: whoever has it can check what the log says.")?;
    writeln!(
        out,
        "        Keep {} to yourself: whoever has it can speak as the log.",
        data.join("keys").display()
    )?;
    if let Some(hotkey) = &opened.hotkey {
        writeln!(out, "hotkey  {hotkey}")?;
        writeln!(
            out,
            "        It signs every checkpoint, too, as long as commands that record are given it."
        )?;
    }
    if let Some(set) = set {
        writeln!(out, "policy  set by entry {set}")?;
    }
    writeln!(out, "next    annals run, or annals ingest FILE")?;
    Ok(())
}

/// Asks the nodes in turn, until one answers.
fn uid_with_permit(
    urls: &[String],
    genesis: Option<&str>,
    netuid: u16,
    hotkey: &Hotkey,
) -> Result<Option<u16>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ask = async |url: &str| {
        let now = ChainNow::ask(url, genesis, ANSWER_WITHIN).await?;
        now.permit_of(netuid, &hotkey.public_key()).await
    };
    runtime.block_on(async {
        let (first, others) = urls.split_first().expect("a node is always named");
        let mut told = ask(first).await;
        for url in others {
            if told.is_err() {
                told = ask(url).await;
            }
        }
        Ok(told?)
    })
}
