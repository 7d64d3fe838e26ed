//! `annals serve-prometheus`: tell the chain where our own metrics are.

use std::io::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use annals_ingest::outward::{Announced, Announcement, Call, MetricsEndpoint, Wait};
use annals_ingest::sources::node_name;
use annals_log::{Event, HotkeySigner, InBlock, Reader, SubmitOutcome};

use crate::failure::Failure;
use crate::hotkey::HotkeyGiven;
use crate::node::NodeGiven;
use crate::recording::{ClockGiven, Recording, RootsAt, write_end};
use crate::settings::Settings;
use crate::stopping::stopped;
use crate::terminal::{self, say};

/// Tell the chain where our own metrics are: `SubtensorModule.serve_prometheus`, signed by the hotkey.
///
/// Nothing is sent when the chain says so already. What is sent is sent once, and is an event of the log with what
/// became of it; the log is held meanwhile, so `annals run` has to be ended before. The chain takes it from hotkeys
/// that are registered on the log's subnet, and again only after a while: on Bittensor 50 blocks, ten minutes.
#[derive(clap::Args)]
pub(crate) struct ServePrometheus {
    /// The address at which others reach us, IPv4 or IPv6
    #[arg(long, value_name = "ADDRESS")]
    ip: IpAddr,
    /// The TCP port
    #[arg(long)]
    port: u16,
    /// The version of what is served, which the chain keeps beside it and nobody reads
    #[arg(long, value_name = "N", default_value_t = 1)]
    metrics_version: u32,
    /// How far it is waited for: until a block has it, or until that is finalized
    #[arg(long, value_enum, default_value = "finalized")]
    wait: WaitFor,
    /// Seconds that are waited
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    within: u64,
    /// Print the call, and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    node: NodeGiven,
    #[command(flatten)]
    hotkey: HotkeyGiven,
    #[command(flatten)]
    clock: ClockGiven,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum WaitFor {
    Included,
    Finalized,
}

/// What the chain was asked, or why nothing came of it.
enum Ended {
    Announced(Announced),
    Stopped(Option<Box<Event>>),
}

impl ServePrometheus {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let signer = self.hotkey.read(settings)?.ok_or_else(|| {
            Failure::Usage("a hotkey has to sign it: --hotkey-file or ANNALS_HOTKEY names one".to_owned())
        })?;
        let endpoint = MetricsEndpoint { ip: self.ip, port: self.port, version: self.metrics_version };
        let rpc = self.node.urls(settings)?;
        if self.dry_run {
            let netuid = Reader::open(&settings.data)?.opened().netuid;
            return self.show(&endpoint.call(netuid), &signer, &rpc, endpoint.refusal());
        }
        if let Some(error) = endpoint.refusal() {
            return Err(Failure::Usage(format!(
                "the chain refuses {}, port {}, with {error}: nothing was sent",
                self.ip, self.port
            )));
        }
        // From here on the log is ours: what is sent can be recorded.
        let mut recording =
            Recording::open(&settings.data, Some(signer.clone()), self.clock, RootsAt::EveryEntries)?;
        let opened = recording.log.opened();
        let (genesis, netuid) = (opened.genesis.clone(), opened.netuid);
        let (wait, within) = (self.wait.into(), Duration::from_secs(self.within));
        let announcement = Announcement {
            rpc: &rpc,
            genesis: genesis.as_deref(),
            netuid,
            endpoint,
            signer: &signer,
            wait,
            within,
        };
        let told = announce(&announcement).and_then(|ended| record(ended, &mut recording));
        let closed = recording.close()?;
        told?;
        Ok(write_end(&closed, &mut terminal::out())?)
    }

    fn show(
        &self,
        call: &Call,
        signer: &HotkeySigner,
        rpc: &[String],
        refusal: Option<&str>,
    ) -> Result<(), Failure> {
        let mut out = terminal::out();
        writeln!(out, "call    {}.{}", call.pallet, call.name)?;
        writeln!(out, "args    {}", call.args)?;
        writeln!(out, "signer  {}", signer.hotkey())?;
        let nodes: Vec<String> = rpc.iter().map(|url| node_name(url)).collect();
        writeln!(out, "node    {}", nodes.join(", "))?;
        writeln!(out, "wait    {:?}, {} s at most", Wait::from(self.wait), self.within)?;
        if let Some(error) = refusal {
            writeln!(out, "refused the chain would say {error}")?;
        }
        writeln!(out, "nothing was sent")?;
        Ok(())
    }
}

fn announce(announcement: &Announcement<'_>) -> Result<Ended, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let mut sent = None;
        let ended = tokio::select! {
            announced = announcement.make(&mut sent) => Some(announced?),
            stopped = stopped() => stopped.map(|()| None)?,
        };
        let unknown = || SubmitOutcome::Unknown("the recorder was told to stop".to_owned());
        Ok(match ended {
            Some(announced) => Ended::Announced(announced),
            None => Ended::Stopped(sent.map(|extrinsic| Box::new(extrinsic.event(unknown(), None)))),
        })
    })
}

/// Records the act, if there was one, and says what came of it.
fn record(ended: Ended, recording: &mut Recording) -> Result<(), Failure> {
    let (event, outcome) = match ended {
        Ended::Announced(Announced::Already(told)) => {
            writeln!(
                terminal::out(),
                "already the chain says so since block {}; nothing was sent",
                told.block
            )?;
            return Ok(());
        }
        Ended::Announced(Announced::Sent(event, outcome)) => (event, Some(outcome)),
        Ended::Stopped(Some(event)) => (event, None),
        Ended::Stopped(None) => {
            say("nothing was sent");
            return Ok(());
        }
    };
    let (extrinsic, height) = (event.native_id.clone(), event.block);
    let entry = recording.log.append(vec![*event])?.first;
    let mut out = terminal::out();
    writeln!(out, "sent    {extrinsic}, entry {entry}")?;
    let block = |InBlock { hash, is_final }: InBlock| {
        let height = height.map(|height| height.to_string()).unwrap_or_default();
        let standing = if is_final { "finalized" } else { "which the node holds for the best" };
        format!("block {height}, 0x{}, {standing}", hex::encode(hash))
    };
    match outcome {
        Some(SubmitOutcome::Included(at)) => Ok(writeln!(out, "in      {}", block(at))?),
        Some(SubmitOutcome::Failed(at, why)) => {
            writeln!(out, "in      {}", block(at))?;
            Err(Failure::Usage(format!("the chain refused it: {why}")))
        }
        Some(SubmitOutcome::Refused(why)) => Err(Failure::Usage(format!("the node did not take it: {why}"))),
        Some(SubmitOutcome::Unknown(why)) => Err(Failure::Unavailable(format!(
            "it was sent, and whether the chain has it is not known: {why}. The same command sends nothing if it has"
        ))),
        None => Err(Failure::Unavailable(
            "it was sent, and nobody waits for it any more. The same command sends nothing if the chain has it"
                .to_owned(),
        )),
    }
}

impl From<WaitFor> for Wait {
    fn from(wait: WaitFor) -> Self {
        match wait {
            WaitFor::Included => Self::Included,
            WaitFor::Finalized => Self::Finalized,
        }
    }
}
