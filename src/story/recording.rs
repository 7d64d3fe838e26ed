//! The recording of a story: a stand-in of W&B, its writers and the polls, in one process.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use annals_ingest::sources::{HistoryPoller, PollOptions, WandbPoller};
use annals_ingest::{ApiKey, ApiOptions, Driver, Feed, RunsAsked, Supervisor, Taken, Until, WandbApi};
use annals_log::{Clock, Reader};
use annals_stand_in::wandb::{Fault, RecordedWandb, serve};

use super::act::{Act, Deed, Moment};
use super::checked::Story;
use super::file::PollPart;
use super::polls::{Ended, Polls};
use super::writer::Writer;
use crate::failure::Failure;
use crate::fixture::{begin, scratch};
use crate::following::Following;
use crate::kept_answers::{KeptAnswers, Passing};
use crate::wandb::{PROJECT, project_of};

/// From one act of a moment to the next, and to the poll: W&B tells times to the second, and lists runs by them.
const ACT_MS: i64 = 1000;
/// The stand-in takes any.
const KEY: &str = "a-key-that-opens-nothing-but-a-stand-in";
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The answer of a server that is down.
const DOWN: u16 = 503;

/// Tells a story to a stand-in of W&B, and records what each poll hears into `cassette`, which must not exist.
pub(crate) fn record(story: &Story, cassette: &Path) -> Result<Taken, Failure> {
    let folder = scratch()?;
    let log = folder.path().join("log");
    let begins_at_ms = story.moments.first().map_or(0, |moment| moment.at_ms);
    let mut recording = begin(&log, story.policy.netuid, begins_at_ms)?;
    let clock = recording.clock.clone();
    let at = Reader::open(&log)?.checkpoint().claim().clone();
    let mut kept = KeptAnswers::create(cassette, Passing::On)?;
    let Clock::Fixed(now_ms) = &clock else { unreachable!("the clock of a scenario is moved by hand") };
    let following = Following::new(Driver::default().live(), &mut recording, Some(&mut kept));
    let polls = Polls { following, now_ms: Arc::clone(now_ms) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let taken = runtime.block_on(async {
        let project = project_of(PROJECT)?;
        let wandb = Arc::new(RecordedWandb::empty(&project.entity, &project.name, clock.clone()));
        let is_down = Arc::new(AtomicBool::new(false));
        let faults = Arc::clone(&is_down);
        let faults = Arc::new(move |_| faults.load(Ordering::Relaxed).then(down));
        let server = serve(([127, 0, 0, 1], 0).into(), wandb, faults).await?;
        let key = ApiKey::new(KEY, "the story").expect("it is printable");
        let options = ApiOptions {
            base_url: server.url(),
            key,
            answer_within: ANSWER_WITHIN,
            patience: Duration::ZERO,
        };
        let api = WandbApi::new(&options).map_err(|error| Failure::Internal(error.to_string()))?;
        let netuid = story.policy.netuid;
        let writer = Writer { api: Arc::new(api), project, netuid, clock: clock.clone(), at };
        let mut telling = Telling { story, writer, polls, is_down, running: BTreeSet::new() };
        for moment in &story.moments {
            telling.tell(moment).await?;
        }
        server.stop().await;
        Ok::<_, Failure>(telling.polls.following.taken)
    })?;
    kept.finish()?;
    Ok(taken)
}

/// A story while it is told.
struct Telling<'a> {
    story: &'a Story,
    writer: Writer,
    polls: Polls<'a>,
    /// Whether the server turns every question away.
    is_down: Arc<AtomicBool>,
    /// The runs that W&B hears of.
    running: BTreeSet<String>,
}

impl Telling<'_> {
    async fn tell(&mut self, moment: &Moment) -> Result<(), Failure> {
        let now_ms = Arc::clone(&self.polls.now_ms);
        begin_moment(&now_ms, moment)?;
        for act in &moment.acts {
            self.act(act).await.map_err(|failure| at_line(failure, act.line))?;
            now_ms.fetch_add(ACT_MS, Ordering::Relaxed);
        }
        if moment.poll == PollPart::None {
            return Ok(());
        }
        for run_id in &self.running {
            self.writer.beat(run_id).await?;
        }
        let fails = moment.poll == PollPart::Failed;
        self.is_down.store(fails, Ordering::Relaxed);
        let ended = self.poll().await;
        self.is_down.store(false, Ordering::Relaxed);
        match ended {
            Err(Ended::Recorder(failure)) => Err(failure),
            Err(Ended::Feed(_)) if fails => Ok(()),
            Err(Ended::Feed(error)) => Err(at_line(error.into(), moment.line)),
            Ok(()) if fails => {
                Err(at_line(Failure::Internal("the poll was to fail, and did not".to_owned()), moment.line))
            }
            Ok(()) => Ok(()),
        }
    }

    async fn act(&mut self, act: &Act) -> Result<(), Failure> {
        match &act.deed {
            Deed::Publish(publish) => {
                self.running.insert(act.run_id.clone());
                self.writer.publish(&act.run_id, publish).await
            }
            Deed::Edit { set, remove } => self.writer.edit(&act.run_id, set, remove).await,
            Deed::End(state) => {
                self.running.remove(&act.run_id);
                self.writer.end(&act.run_id, *state).await
            }
        }
    }

    /// Polls once, as `annals fixture record` does: all runs, and the rows that they have logged since the last time.
    async fn poll(&mut self) -> Result<(), Ended> {
        let Writer { api, project, netuid, .. } = &self.writer;
        let asked = RunsAsked::of_subnet(&project.entity, &project.name, *netuid);
        let always = Some(self.story.policy.checklist_run.clone());
        let (every, sweep_every) = (Duration::ZERO, Duration::ZERO);
        let options = PollOptions { asked: asked.clone(), always, every, sweep_every };
        let (poller, extents) = WandbPoller::new(Arc::clone(api), options);
        let history = HistoryPoller::new(Arc::clone(api), asked, extents);
        let feeds: Vec<Box<dyn Feed>> = vec![Box::new(poller), Box::new(history)];
        Supervisor::new(Until::Polled(1)).run(feeds, &mut self.polls).await
    }
}

/// Moves the clock to a moment.
///
/// # Errors
/// `Usage`: it is not after what came before.
fn begin_moment(now_ms: &AtomicI64, moment: &Moment) -> Result<(), Failure> {
    let before_ms = now_ms.fetch_max(moment.at_ms, Ordering::Relaxed);
    if before_ms <= moment.at_ms {
        return Ok(());
    }
    let before = annals_log::utc_text(before_ms);
    let what = format!(
        "this is before {before}, when the moment above it ended: acts take a second each, and answers a tenth of one"
    );
    Err(at_line(Failure::Usage(what), moment.line))
}

fn down() -> Fault {
    Fault::Answer { status: DOWN, headers: Vec::new(), body: r#"{"error":"the service is down"}"#.to_owned() }
}

fn at_line(failure: Failure, line: usize) -> Failure {
    failure.after(&format!("line {line}"))
}
