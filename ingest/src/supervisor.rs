//! The supervisor: runs feeds side by side, each at its own pace, has their answers recorded in the order in which they
//! come, and asks again where a feed failed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use annals_log::SourceMemory;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};

use crate::feed::{Feed, FeedError, Lag};
use crate::pauses::restart_pause;
use crate::raw::Raw;

/// Receives the answers of feeds, and news of them.
pub trait Recorder {
    /// Why nothing more can be recorded; a feed's failure is one when it ends the run.
    type Error: From<FeedError>;

    /// Returns what the log remembers of a source.
    ///
    /// # Errors
    /// Ends the run.
    fn memory(&mut self, source: &str) -> Result<Arc<SourceMemory>, Self::Error>;

    /// Records answers, and returns them as they were recorded.
    ///
    /// # Errors
    /// Ends the run.
    fn record(&mut self, raw: Raw) -> Result<Raw, Self::Error>;

    /// Shows whoever watches how far the log has come in what a source has.
    fn show(&mut self, source: &'static str, lag: Lag);

    /// Tells whoever watches what has become of a feed.
    fn say(&mut self, news: &News<'_>);
}

/// News of a feed; each is said once, when it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News<'a> {
    /// It is in trouble, and goes on.
    Trouble {
        /// The feed's, or `recording`.
        source: &'static str,
        /// A line for people.
        what: &'a str,
        /// The trouble that was said before this one, and that was not over.
        before: Option<&'a str>,
    },
    /// It has failed, and is asked again after a pause. That is said after each failure.
    Restart {
        /// The feed's, or `recording`.
        source: &'static str,
        /// Failures since it last brought answers that were of use.
        failures: u32,
    },
    /// The trouble that was said last is over.
    Over {
        /// The feed's, or `recording`.
        source: &'static str,
        /// The trouble that it was.
        what: &'a str,
    },
    /// It has ended for good, and other feeds go on.
    Ended {
        /// The feed's, or `recording`.
        source: &'static str,
        /// Why.
        what: &'a str,
    },
}

/// When a run of feeds ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// When it is dropped. A feed that fails is asked again after a pause.
    Stopped,
    /// When each feed has ended, has failed, or has been polled this often.
    Polled(u64),
}

/// Waits for a while. Tests have a clock of their own.
pub type Sleep = Box<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// Runs feeds side by side.
pub struct Supervisor {
    until: Until,
    /// Decides the chance in pauses.
    seed: u64,
    sleep: Sleep,
}

/// A feed, and what was said of it.
struct Running {
    feed: Box<dyn Feed>,
    /// Polls still to end; `None` = no limit.
    polls_left: Option<u64>,
    /// Failures since it last brought answers that were of use.
    failures: u32,
    seed: u64,
    /// The trouble that was said last, while there is one.
    said: Option<String>,
}

/// The next step of a feed.
enum Step {
    /// Brings the next answers after this memory.
    Fetch(Arc<SourceMemory>),
    /// Rests after a failure.
    Rest(BoxFuture<'static, ()>),
}

/// The outcome of a step.
enum Stepped {
    Fetched(Result<Option<Raw>, FeedError>),
    Rested,
}

/// The decision that follows a step.
enum Then {
    Fetch,
    Rest(Duration),
    End,
    /// It has ended with this failure.
    Fail(FeedError),
}

impl Supervisor {
    /// A supervisor that waits by the machine's clock.
    pub fn new(until: Until) -> Self {
        // Without randomness, recorders whose feeds failed together ask again together, which is a pity and no fault.
        let seed = getrandom::u64().unwrap_or_default();
        Self { until, seed, sleep: Box::new(|pause| tokio::time::sleep(pause).boxed()) }
    }

    /// The same with another clock, and pauses that are the same for the same seed.
    #[must_use]
    pub fn with_clock(self, seed: u64, sleep: Sleep) -> Self {
        Self { seed, sleep, ..self }
    }

    /// Runs feeds until none of them brings more.
    ///
    /// # Errors
    /// The recorder's, at once; of feeds that failed for good the first, once the others have ended. What was recorded
    /// before stays.
    pub async fn run<R: Recorder>(self, feeds: Vec<Box<dyn Feed>>, recorder: &mut R) -> Result<(), R::Error> {
        let mut steps = FuturesUnordered::new();
        for (place, feed) in (0..).zip(feeds) {
            let running = self.running(place, feed);
            let memory = running.memory(recorder)?;
            steps.push(step(running, Step::Fetch(memory)));
        }
        let mut ended = Ok(());
        while let Some((mut running, stepped)) = steps.next().await {
            match self.after(&mut running, stepped, recorder)? {
                Then::Fetch => {
                    let memory = running.memory(recorder)?;
                    steps.push(step(running, Step::Fetch(memory)));
                }
                // Without a memory: other feeds of its source may change it meanwhile.
                Then::Rest(pause) => steps.push(step(running, Step::Rest((self.sleep)(pause)))),
                Then::End => {}
                // The others go on: what one source does not give is no reason to lose what they do.
                Then::Fail(error) => {
                    if self.until == Until::Stopped && !steps.is_empty() {
                        recorder.say(&News::Ended { source: running.source(), what: &error.to_string() });
                    }
                    ended = ended.and(Err(error.into()));
                }
            }
        }
        ended
    }

    fn running(&self, place: u64, feed: Box<dyn Feed>) -> Running {
        let polls_left = match self.until {
            Until::Stopped => None,
            Until::Polled(polls) => Some(polls),
        };
        Running { feed, polls_left, failures: 0, seed: self.seed.wrapping_add(place), said: None }
    }

    fn after<R: Recorder>(
        &self,
        running: &mut Running,
        stepped: Stepped,
        recorder: &mut R,
    ) -> Result<Then, R::Error> {
        match stepped {
            Stepped::Rested => Ok(Then::Fetch),
            Stepped::Fetched(Ok(Some(raw))) => running.take(raw, recorder),
            Stepped::Fetched(Ok(None)) => {
                running.say(running.feed.trouble(), recorder);
                tracing::info!(source = running.source(), "the feed has ended");
                Ok(Then::End)
            }
            Stepped::Fetched(Err(error @ FeedError::Unavailable(_))) if self.until == Until::Stopped => {
                running.say(Some(error.to_string()), recorder);
                let pause = restart_pause(running.seed, running.failures);
                running.failures = running.failures.saturating_add(1);
                let (source, failures) = (running.source(), running.failures);
                recorder.say(&News::Restart { source, failures });
                tracing::info!(
                    source,
                    failures,
                    ?pause,
                    "the feed has failed, and is asked again after a pause"
                );
                Ok(Then::Rest(pause))
            }
            Stepped::Fetched(Err(error)) => Ok(Then::Fail(error)),
        }
    }
}

/// A step of a feed, while the log goes on with those of others.
async fn step(mut running: Running, step: Step) -> (Running, Stepped) {
    let stepped = match step {
        Step::Fetch(memory) => Stepped::Fetched(running.feed.next(memory).await),
        Step::Rest(rest) => {
            rest.await;
            Stepped::Rested
        }
    };
    (running, stepped)
}

impl Running {
    fn source(&self) -> &'static str {
        self.feed.source().unwrap_or("recording")
    }

    fn memory<R: Recorder>(&self, recorder: &mut R) -> Result<Arc<SourceMemory>, R::Error> {
        match self.feed.source() {
            Some(source) => recorder.memory(source),
            None => Ok(Arc::default()),
        }
    }

    /// Records what the feed brought.
    fn take<R: Recorder>(&mut self, raw: Raw, recorder: &mut R) -> Result<Then, R::Error> {
        let raw = recorder.record(raw)?;
        tracing::debug!(source = self.source(), answers = raw.exchanges.len(), "answers were recorded");
        let memory = self.memory(recorder)?;
        self.feed.taken(&raw, &memory);
        if let Some(lag) = self.feed.lag(&memory) {
            recorder.show(self.source(), lag);
        }
        let trouble = self.feed.trouble();
        if trouble.is_none() {
            self.failures = 0;
        }
        if let (Some(left), false) = (&mut self.polls_left, raw.more) {
            *left -= 1;
        }
        if self.polls_left == Some(0) {
            return Ok(match trouble {
                Some(what) => Then::Fail(FeedError::unavailable(what)),
                None => Then::End,
            });
        }
        self.say(trouble, recorder);
        Ok(Then::Fetch)
    }

    /// Says a trouble once while it lasts, and once that it is over.
    fn say<R: Recorder>(&mut self, trouble: Option<String>, recorder: &mut R) {
        let source = self.source();
        match (&self.said, &trouble) {
            (Some(said), Some(what)) if said == what => {}
            (before, Some(what)) => {
                recorder.say(&News::Trouble { source, what, before: before.as_deref() });
            }
            // A run with an end is soon over, and then its outcome is said.
            (Some(what), None) if self.polls_left.is_none() => recorder.say(&News::Over { source, what }),
            (_, None) => {}
        }
        self.said = trouble;
    }
}

/// A line for people.
impl fmt::Display for News<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trouble { what, .. } => f.write_str(what),
            Self::Restart { source, failures } => write!(f, "{source} is asked again, failures: {failures}"),
            Self::Over { source, what } => write!(f, "{source} answers again, after: {what}"),
            Self::Ended { source, what } => write!(f, "{source} is not recorded any more: {what}"),
        }
    }
}
