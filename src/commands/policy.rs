//! `annals policy`: what upstream hard-codes or asks the chain for, as this log has it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use annals_log::{Clock, LogIndex, Policy, Reader};

use crate::failure::Failure;
use crate::hotkey::HotkeyGiven;
use crate::policy_file;
use crate::recording::{ClockGiven, Recording, RootsAt, policy_event, write_end};
use crate::settings::Settings;
use crate::tables::Tables;
use crate::terminal;

/// Show or set the policy that the tables are folded under.
///
/// A policy holds what upstream hard-codes or asks the chain for: whose runs count, which version's rules, which uids
/// are queried, the checklist's hotkey and run, the scores of GPUs. It is an entry of the log, so whoever has the log
/// needs no config to make the tables again. To see what another policy would give without setting it:
/// `annals query --policy FILE`.
#[derive(clap::Args)]
pub(crate) struct PolicyCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Print the policy in force, as TOML that `policy set` takes
    Show,
    /// Let the policy in a file hold from now on
    Set {
        /// TOML; only `netuid` has to be there, and whatever is left out is as upstream v1.9.0 has it
        file: PathBuf,
        #[command(flatten)]
        hotkey: HotkeyGiven,
        #[command(flatten)]
        clock: ClockGiven,
    },
}

impl PolicyCommand {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        match self.verb {
            Verb::Show => show(&settings.data),
            Verb::Set { file, hotkey, clock } => set(settings, &file, &hotkey, clock),
        }
    }
}

/// The policy that holds, and the entry that set it.
pub(crate) fn in_force(data: &Path) -> Result<(Reader, Policy, LogIndex), Failure> {
    let (reader, tables) = Tables::now(data)?;
    let tables = tables.projections;
    Ok((reader, tables.policy().clone(), tables.policy_index()))
}

fn show(data: &Path) -> Result<(), Failure> {
    let (reader, policy, index) = in_force(data)?;
    let mut out = terminal::out();
    writeln!(out, "# {}, size {}", reader.opened().origin, reader.size())?;
    match index {
        LogIndex(0) => writeln!(out, "# none was set: upstream's own holds")?,
        index => writeln!(out, "# set by entry {index}")?,
    }
    writeln!(out, "# digest {}\n", policy.digest())?;
    write!(out, "{}", policy_file::to_toml(&policy))?;
    Ok(())
}

fn set(settings: &Settings, file: &Path, hotkey: &HotkeyGiven, clock: ClockGiven) -> Result<(), Failure> {
    let data = &settings.data;
    let policy = policy_file::read(file)?;
    let (reader, old, index) = in_force(data)?;
    let netuid = reader.opened().netuid;
    if policy.netuid != netuid {
        return Err(policy_file::other_subnet(file, &policy, netuid));
    }
    let mut out = terminal::out();
    if index != LogIndex(0) && old.digest() == policy.digest() {
        writeln!(out, "in force already, since entry {index}")?;
        return Ok(());
    }
    let mut recording = Recording::open(data, hotkey.read(settings)?, clock, RootsAt::EveryEntries)?;
    let set = recording.log.append(vec![policy_event(&policy, &Clock::System)])?;
    let closed = recording.close()?;
    writeln!(out, "set     by entry {}, digest {}", set.first, policy.digest())?;
    Ok(write_end(&closed, &mut out)?)
}
