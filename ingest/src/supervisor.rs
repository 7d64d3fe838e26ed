//! The supervisor: runs feeds side by side, each at its own pace, and has their answers recorded in the order in which they
//! come.

use std::sync::Arc;

use annals_log::SourceMemory;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::feed::{Feed, FeedError, Lag};
use crate::raw::Raw;

/// Where the answers go, and what is said of them.
pub trait Recorder {
    /// Why nothing more can be recorded; a feed's failure is one when it ends the run.
    type Error: From<FeedError>;

    /// What the log remembers of a source.
    ///
    /// # Errors
    /// Ends the run.
    fn memory(&mut self, source: &str) -> Result<Arc<SourceMemory>, Self::Error>;

    /// Records answers, and returns them as they were recorded.
    ///
    /// # Errors
    /// Ends the run.
    fn record(&mut self, raw: Raw) -> Result<Raw, Self::Error>;

    /// Tells whoever watches how far the log has come in what a source has.
    fn show(&mut self, lag: Lag);

    /// Tells whoever watches that a feed is in trouble.
    fn say(&mut self, trouble: &str);
}

/// When a run of feeds ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// When it is dropped.
    Stopped,
    /// When each feed has ended, or has been polled this often.
    Polled(u64),
}

/// A feed, and what was said of it.
struct Running {
    feed: Box<dyn Feed>,
    /// Polls still to end; `None` = no limit.
    polls_left: Option<u64>,
    /// The trouble that was said last, while there is one.
    said: Option<String>,
}

/// Runs feeds until none of them brings more.
///
/// # Errors
/// The recorder's, at once; of feeds that failed the first, once the others have ended. What was recorded before stays.
pub async fn supervise<R: Recorder>(
    feeds: Vec<Box<dyn Feed>>,
    until: Until,
    recorder: &mut R,
) -> Result<(), R::Error> {
    let polls_left = match until {
        Until::Stopped => None,
        Until::Polled(polls) => Some(polls),
    };
    let mut asking = FuturesUnordered::new();
    for feed in feeds {
        let running = Running { feed, polls_left, said: None };
        let memory = running.memory(recorder)?;
        asking.push(ask(running, memory));
    }
    let mut ended = Ok(());
    while let Some((mut running, fetched)) = asking.next().await {
        let fetched = match fetched {
            Ok(Some(raw)) => running.take(raw, recorder)?,
            Ok(None) => {
                running.say_trouble(recorder);
                continue;
            }
            Err(error) => Err(error),
        };
        match fetched {
            Ok(true) => {
                let memory = running.memory(recorder)?;
                asking.push(ask(running, memory));
            }
            Ok(false) => {}
            // The others go on: what one source does not give is no reason to lose what they do.
            Err(error) => ended = ended.and(Err(error.into())),
        }
    }
    ended
}

/// The next answers of a feed, while the log goes on with those of others.
async fn ask(mut running: Running, memory: Arc<SourceMemory>) -> (Running, Result<Option<Raw>, FeedError>) {
    let fetched = running.feed.next(memory).await;
    (running, fetched)
}

impl Running {
    fn memory<R: Recorder>(&self, recorder: &mut R) -> Result<Arc<SourceMemory>, R::Error> {
        match self.feed.source() {
            Some(source) => recorder.memory(source),
            None => Ok(Arc::default()),
        }
    }

    /// Records what the feed brought. Returns whether it goes on, or its trouble if that was its last poll.
    fn take<R: Recorder>(&mut self, raw: Raw, recorder: &mut R) -> Result<Result<bool, FeedError>, R::Error> {
        let raw = recorder.record(raw)?;
        let memory = self.memory(recorder)?;
        self.feed.taken(&raw, &memory);
        if let Some(lag) = self.feed.lag(&memory) {
            recorder.show(lag);
        }
        if let (Some(left), false) = (&mut self.polls_left, raw.more) {
            *left -= 1;
        }
        if self.polls_left == Some(0) {
            return Ok(match self.feed.trouble() {
                Some(trouble) => Err(FeedError::unavailable(trouble)),
                None => Ok(false),
            });
        }
        self.say_trouble(recorder);
        Ok(Ok(true))
    }

    /// A trouble that lasts is said once.
    fn say_trouble<R: Recorder>(&mut self, recorder: &mut R) {
        let trouble = self.feed.trouble();
        if let Some(what) = &trouble
            && self.said.as_ref() != Some(what)
        {
            recorder.say(what);
        }
        self.said = trouble;
    }
}
