//! `annals init`: make a log.

use std::io::Write as _;
use std::path::PathBuf;

use annals_log::{Clock, Log, NewLog};

use crate::failure::Failure;
use crate::policy_file;
use crate::recording::{options, policy_event};
use crate::settings::Settings;
use crate::terminal;

/// SN27.
const NETUID: u16 = 27;

/// Make a log.
///
/// It is a folder with a new signing key, and entry 0, which says whose log it is and of what.
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
        let new = NewLog { origin: self.origin, netuid, ..NewLog::default() };
        let mut log = Log::create(data, new, options()).map_err(|error| Failure::opening(error, data))?;
        let opened = log.opened().clone();
        let set = match &policy {
            Some((_, policy)) => Some(log.append(vec![policy_event(policy, &Clock::System)])?),
            None => None,
        };
        log.close()?;
        let mut out = terminal::out();
        writeln!(out, "made the log {} in {}", opened.origin, data.display())?;
        writeln!(out, "key     {}", opened.vkey)?;
        writeln!(out, "        Give this key away: whoever has it can check what the log says.")?;
        writeln!(
            out,
            "        Keep {} to yourself: whoever has it can speak as the log.",
            data.join("keys").display()
        )?;
        if let Some(set) = set {
            writeln!(out, "policy  set by entry {}", set.first)?;
        }
        writeln!(out, "next    annals ingest FILE")?;
        Ok(())
    }
}
