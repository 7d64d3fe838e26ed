//! The act: a hotkey's state is written into its run, once, and recorded whatever becomes of it.

use annals_log::{Account, Checkpoint, Clock, Event, HotkeySigner, Payload, SendOutcome, WandbPublished};

use super::draft::{Draft, Occasion};
use super::run::{self, RunGiven};
use super::server::{Told, WandbPost};
use super::{PublishError, State};
use crate::outward::NAME;
use crate::source::shortened;
use crate::wandb_api::{Again, GRAPHQL, Posted, Project};

/// As W&B's client makes them: letters and digits, of which there are 36.
const RUN_ID_CHARS: usize = 8;
const STOPPED: &str = "the recorder was told to stop before the server answered";
const INTENDED: &str =
    "it is about to be sent; what became of it another entry of the run says, or nobody knows";

/// An act: a hotkey publishes a state, by its run.
pub struct Publication<'a> {
    /// The server, without credentials and path.
    pub server: &'a str,
    /// Where runs are.
    pub project: &'a Project,
    /// Which run.
    pub run: &'a RunGiven,
    /// What.
    pub state: &'a State,
    /// The subnet, where the state does not tell it.
    pub netuid: u16,
    /// Whose run it is. The recorder's own hotkey is another one.
    pub signer: &'a HotkeySigner,
    /// Where the log stands that vouches for it. It is handed out: keep it before.
    pub at: &'a Checkpoint,
    /// The time of what is sent and recorded.
    pub clock: &'a Clock,
}

/// A draft, and how far it was sent.
pub struct Sending<'a> {
    publication: &'a Publication<'a>,
    /// What is sent.
    pub draft: Draft,
    /// What became of the config; `None` while it was not sent.
    pub config: Option<SendOutcome>,
    /// What became of the rows; `None` while they were not sent.
    pub rows: Option<SendOutcome>,
}

impl Publication<'_> {
    /// Asks which run it is and how it stands, and composes what is to be sent. Nothing is sent.
    ///
    /// # Errors
    /// [`PublishError`].
    pub async fn prepare(&self, server: &mut impl WandbPost) -> Result<Sending<'_>, PublishError> {
        let Self { project, state, signer, at, clock, .. } = *self;
        let netuid = state.netuid.unwrap_or(self.netuid);
        let occasion = Occasion { project, state, netuid, signer, at, now_ms: clock.now_ms() };
        let (run_id, is_listed) = match self.run {
            RunGiven::Id(run_id) | RunGiven::Remembered(run_id) => (run_id.clone(), false),
            RunGiven::New => (new_run_id(), false),
            RunGiven::Asked => {
                let found = run::find(server, project, netuid, &occasion.display_name()).await?;
                found.map_or_else(|| (new_run_id(), false), |run_id| (run_id, true))
            }
        };
        if !run::is_run_id(&run_id) {
            return Err(PublishError::NoId(shortened(&run_id)));
        }
        let stands = run::standing(server, self.project, &run_id).await?;
        match (self.run, &stands) {
            (RunGiven::Id(_), None) => return Err(PublishError::NoRun(run_id)),
            (RunGiven::New | RunGiven::Asked, Some(_)) if !is_listed => {
                return Err(PublishError::Taken(run_id));
            }
            (_, Some(stands)) => stands.check(&run_id, &occasion.writer())?,
            (_, None) if is_listed => return Err(PublishError::Vanished(run_id)),
            (_, None) => {}
        }
        let draft = Draft::of(&occasion, &run_id, stands.as_ref())?;
        Ok(Sending { publication: self, draft, config: None, rows: None })
    }
}

impl Sending<'_> {
    /// Sends the config, then the rows if it was taken; each once. Whoever stops waiting finds in `config` and `rows`
    /// how far it came.
    pub async fn send(&mut self, server: &mut impl WandbPost) {
        let stopped = || Some(SendOutcome::Unknown(STOPPED.to_owned()));
        let Draft { run_id, display_name, config, .. } = &self.draft;
        let project = self.publication.project;
        let body = project.write_config(run_id, display_name, config);
        self.config = stopped();
        let told = server.post(GRAPHQL, &body, Again::Never).await;
        let config = self.outcome_of_config(&told, server).await;
        let is_taken = config == SendOutcome::Accepted;
        self.config = Some(config);
        if !is_taken {
            return;
        }
        self.rows = stopped();
        let told =
            server.post(&project.file_stream(&self.draft.run_id), &self.draft.stream(), Again::Never).await;
        self.rows = Some(self.outcome_of_rows(&told, server).await);
    }

    async fn outcome_of_config(&self, posted: &Posted, server: &mut impl WandbPost) -> SendOutcome {
        let told = Told::by_upsert(posted);
        self.outcome(told, server, |stands| stands.shows_config(&self.draft.shown)).await
    }

    async fn outcome_of_rows(&self, posted: &Posted, server: &mut impl WandbPost) -> SendOutcome {
        // That there are as many rows as there should be says nothing: they may be another's.
        let told = Told::by_stream(posted);
        self.outcome(told, server, |stands| stands.shows_row(&self.draft.last_row)).await
    }

    async fn outcome(
        &self,
        told: Told,
        server: &mut impl WandbPost,
        is_there: impl Fn(&run::Standing) -> bool,
    ) -> SendOutcome {
        match told {
            Told::Data(_) => SendOutcome::Accepted,
            Told::Refused(why) => SendOutcome::Refused(why),
            Told::NotSent(why) => SendOutcome::NotSent(why),
            Told::Lost(why) => self.look(why, server, is_there).await,
        }
    }

    /// What was lost sight of is looked for, and never sent again.
    async fn look(
        &self,
        why: String,
        server: &mut impl WandbPost,
        is_there: impl Fn(&run::Standing) -> bool,
    ) -> SendOutcome {
        match run::standing(server, self.publication.project, &self.draft.run_id).await {
            Ok(Some(stands)) if is_there(&stands) => SendOutcome::Accepted,
            Ok(_) => SendOutcome::Unknown(format!("{why}; the server does not show it")),
            Err(_) => SendOutcome::Unknown(format!("{why}; and then the server was not to be had")),
        }
    }

    /// The act before anything is sent: recorded, it leaves a trace even if the recorder ends before it can say more.
    pub fn intent(&self) -> Event {
        let unknown = || SendOutcome::Unknown(INTENDED.to_owned());
        self.event_of(unknown(), Some(unknown()))
    }

    /// The act, and what became of it.
    pub fn event(&self) -> Event {
        let not_begun = || SendOutcome::NotSent("the recorder was told to stop before".to_owned());
        self.event_of(self.config.clone().unwrap_or_else(not_begun), self.rows.clone())
    }

    fn event_of(&self, config: SendOutcome, rows: Option<SendOutcome>) -> Event {
        let Publication { server, project, signer, at, clock, .. } = self.publication;
        let mut attached = vec![Payload::new(self.draft.config.clone().into_bytes())];
        if rows.is_some() {
            attached.push(Payload::new(self.draft.lines().into_bytes()));
        }
        let act = WandbPublished {
            server: (*server).to_owned(),
            entity: project.entity.clone(),
            project: project.name.clone(),
            hotkey: Account(signer.hotkey().public_key()),
            keys: self.draft.changed.clone(),
            config,
            rows,
            tree_size: at.size.0,
            root: at.root.0,
        };
        Event { attached, ..Event::new(NAME, &self.draft.run_id, clock.now_ms(), &act) }
    }
}

fn new_run_id() -> String {
    const CHARS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut run_id = String::with_capacity(RUN_ID_CHARS);
    while run_id.len() < RUN_ID_CHARS {
        let mut byte = [0];
        getrandom::fill(&mut byte).expect("the system has random bytes: every key was made of them");
        // Whole rounds of 36 alone, so that none is likelier than another.
        let place = usize::from(byte[0]);
        if place < 252 {
            run_id.push(char::from(CHARS[place % CHARS.len()]));
        }
    }
    run_id
}
