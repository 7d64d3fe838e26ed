//! `annals init`: make a log.

use std::io::Write as _;
use std::path::Path;

use annals_log::{Log, NewLog, Options};

use crate::failure::Failure;

/// Make a log.
///
/// It is a folder with a new signing key, and entry 0, which says whose log it is and of what.
#[derive(clap::Args)]
pub(crate) struct Init {
    /// The subnet that will be recorded.
    #[arg(long, default_value_t = 27)]
    netuid: u16,
    /// The name under which the log signs, best a URL without a scheme, as `log.example.org/sn27`.
    /// [default: annals.local/sn<NETUID>/<start of the log id>]
    #[arg(long)]
    origin: Option<String>,
}

impl Init {
    pub(crate) fn run(self, data: &Path) -> Result<(), Failure> {
        let new = NewLog { origin: self.origin, netuid: self.netuid, ..NewLog::default() };
        let log = Log::create(data, new, options())?;
        let opened = log.opened().clone();
        log.close()?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "made the log {} in {}", opened.origin, data.display())?;
        writeln!(out, "key     {}", opened.vkey)?;
        writeln!(out, "        Give this key away: whoever has it can check what the log says.")?;
        writeln!(
            out,
            "        Keep {} to yourself: whoever has it can speak as the log.",
            data.join("keys").display()
        )?;
        writeln!(out, "next    annals verify")?;
        Ok(())
    }
}

/// How this program holds a log.
pub(crate) fn options() -> Options {
    Options { recorder: concat!("annals ", env!("CARGO_PKG_VERSION")).to_owned(), ..Options::default() }
}
