//! Publishing: which run, what is written, and what is told of it.

mod database;
mod fake;
mod runs;
mod writing;

use annals_ingest::outward::publish::{Draft, Project, Publication, PublishError, RunGiven, State};
use annals_log::{Checkpoint, Clock, Event, Hash, HotkeySigner, TreeSize};
use sp_core::crypto::Pair as _;
use sp_core::sr25519;

use fake::FakeWandb;

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

/// `//Alice`, for a subnet, before a log of seven entries.
struct Publisher {
    project: Project,
    signer: HotkeySigner,
    at: Checkpoint,
}

impl Publisher {
    fn new() -> Self {
        Self {
            project: Project { entity: "neuralinternet".into(), name: "opencompute".into() },
            signer: HotkeySigner::new(sr25519::Pair::from_string("//Alice", None).unwrap()),
            at: Checkpoint { origin: "annals.local/x".into(), size: TreeSize(7), root: Hash([7; 32]) },
        }
    }

    fn publication<'a>(&'a self, run: &'a RunGiven, state: &'a State) -> Publication<'a> {
        let Self { project, signer, at } = self;
        let (server, clock) = ("https://wandb.example", &Clock::System);
        Publication { server, project, run, state, netuid: 27, signer, at, clock }
    }

    /// Publishes: what was sent, and the act as it is recorded.
    async fn publish(
        &self,
        server: &mut FakeWandb,
        run: &RunGiven,
        state: &State,
    ) -> Result<(Draft, Event), PublishError> {
        let publication = self.publication(run, state);
        let mut sending = publication.prepare(server).await?;
        sending.send(server).await;
        let event = sending.event();
        Ok((sending.draft, event))
    }
}

fn state(text: &str) -> State {
    State::read(text).unwrap()
}
