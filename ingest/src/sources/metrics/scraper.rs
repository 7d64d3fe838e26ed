//! Scrapes targets, each at its moment, and brings what came of it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use annals_log::{Hash, SourceMemory};
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Metrics;
use super::address::{Allowed, refusal};
use super::asked::Asked;
use super::body::Body;
use super::exchange::{Ended, Had, Question, written};
use super::failed::FailedKind;
use super::get::{Got, ScrapeGet};
use super::schedule::{Due, Schedule};
use super::target::{AnnouncedEndpoint, Target, TargetGiven, To, targets};
use crate::feed::{Feed, FeedError};
use crate::raw::{Exchange, Raw, now_ms};
use crate::source::Source as _;
use crate::steady_clock::SteadyClock;

/// Scrapes that run at one time: with nobody there, each takes its whole timeout.
const CONCURRENT_MAX: usize = 256;
/// Answers wait so long for others, so that a second costs a few commits and not one a scrape.
const GATHERING: Duration = Duration::from_millis(250);
/// Answers that are recorded together have so many bytes about; a batch takes 16 MiB.
const GATHERED_BYTES: usize = 4 << 20;
/// With nothing due and no news, it looks at the clock again.
const REST: Duration = Duration::from_secs(3600);

/// The targets that are announced, as the sender has them: `None` until it knows.
pub type AnnouncedNow = Option<Arc<Vec<AnnouncedEndpoint>>>;

/// Everything that scraping takes.
pub struct ScraperOptions {
    /// Announcements on chain; the sender follows the log. `None`: nobody's are scraped.
    pub announced: Option<watch::Receiver<AnnouncedNow>>,
    /// Targets that the operator named.
    pub given: Vec<TargetGiven>,
    /// The exceptions for targets that the operator named. Announced ones have to lie in the open internet.
    pub allowed: Allowed,
    /// From one scrape of a target to the next.
    pub interval: Duration,
    /// Makes the scrapes.
    pub get: ScrapeGet,
    /// Recorders with other seeds ask at other moments.
    pub seed: Hash,
    /// Ask every target once, at once, and end.
    pub is_once: bool,
    /// Stand-ins of a test: the second address is asked where the first was announced, and the event names it.
    pub stand_ins: BTreeMap<SocketAddr, SocketAddr>,
}

/// Scrapes targets.
pub struct Scraper {
    options: Arc<ScraperOptions>,
    announced: Option<watch::Receiver<AnnouncedNow>>,
    clock: SteadyClock,
    schedule: Schedule,
    running: JoinSet<Scraped>,
    /// The scrapes that have ended and are not handed over.
    gathered: Vec<Exchange>,
    gathered_bytes: usize,
    /// Whether the targets are known.
    is_told: bool,
    /// Parts of the one poll that were handed over.
    parts: u32,
    is_over: bool,
    /// When the answers before were handed over: two fetches never bear the same time.
    last_ms: i64,
}

/// A scrape that is over. Its body holds its part of the memory for bodies until it is gathered, so that those which
/// end while the log is written wait within that memory.
struct Scraped {
    target: Arc<Target>,
    had: Had,
    body: Option<Body>,
}

impl Scraper {
    /// Asks nobody yet. It has to be made where tokio runs.
    pub fn new(mut options: ScraperOptions) -> Self {
        let announced = options.announced.take();
        let interval_ms = i64::try_from(options.interval.as_millis()).unwrap_or(i64::MAX);
        let schedule = Schedule::new(interval_ms, options.seed);
        let clock = SteadyClock::set(now_ms());
        Self {
            options: Arc::new(options),
            announced,
            clock,
            schedule,
            running: JoinSet::new(),
            gathered: Vec::new(),
            gathered_bytes: 0,
            is_told: false,
            parts: 0,
            is_over: false,
            last_ms: i64::MIN,
        }
    }

    async fn fetch(&mut self) -> Option<Raw> {
        if self.is_over {
            return None;
        }
        if !self.is_told {
            self.learn_targets().await;
        }
        let mut hand_over_at = None;
        loop {
            self.begin_due();
            if self.options.is_once && self.running.is_empty() && self.schedule.is_idle() {
                self.is_over = true;
                return (!self.gathered.is_empty() || self.parts > 0).then(|| self.handed_over(false));
            }
            if self.gathered_bytes >= GATHERED_BYTES {
                return Some(self.handed_over(self.options.is_once));
            }
            if !self.gathered.is_empty() && !self.options.is_once {
                let at = *hand_over_at.get_or_insert_with(|| tokio::time::Instant::now() + GATHERING);
                if tokio::time::Instant::now() >= at {
                    return Some(self.handed_over(false));
                }
            }
            self.wait(hand_over_at).await;
        }
    }

    /// Takes the first list of targets. Who asks but once waits for those that stand on chain; else they come when they
    /// are known, and nobody waits for them.
    async fn learn_targets(&mut self) {
        if self.options.is_once
            && let Some(announced) = &mut self.announced
            && announced.wait_for(Option::is_some).await.is_err()
        {
            self.announced = None;
        }
        self.is_told = true;
        self.follow();
    }

    /// Takes over the newest list of targets.
    fn follow(&mut self) {
        let announced = self.announced.as_mut().and_then(|announced| announced.borrow_and_update().clone());
        let announced = announced.as_ref().map_or(&[][..], |announced| announced.as_slice());
        let targets = targets(announced, &self.options.given);
        self.schedule.follow(targets, self.clock.now_ms(), self.options.is_once);
    }

    fn begin_due(&mut self) {
        while self.running.len() < CONCURRENT_MAX
            && let Some(due) = self.schedule.take_due(self.clock.now_ms())
        {
            let (options, clock) = (Arc::clone(&self.options), self.clock);
            self.running.spawn(async move { options.scrape(due, clock).await });
        }
    }

    /// Waits for the first of: a scrape that ends, one that is due, other targets, the time to hand over.
    async fn wait(&mut self, hand_over_at: Option<tokio::time::Instant>) {
        let now_ms = self.clock.now_ms();
        let has_room = self.running.len() < CONCURRENT_MAX;
        let next_ms = self.schedule.next_at_ms().filter(|_| has_room).map(|at_ms| (at_ms - now_ms).max(0));
        let next = next_ms.map_or(REST, |ms| Duration::from_millis(ms.unsigned_abs()).min(REST));
        let mut until = tokio::time::Instant::now() + next;
        until = hand_over_at.map_or(until, |at| at.min(until));
        let news = async {
            match &mut self.announced {
                // In a run with an end, each target is asked once.
                Some(announced) if !self.options.is_once => announced.changed().await.is_ok(),
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(ended) = self.running.join_next() => match ended {
                Ok(scraped) => self.gather(scraped),
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            },
            is_told = news => {
                if is_told {
                    self.follow();
                } else {
                    // Whoever told of them is gone: the targets stay as they are.
                    self.announced = None;
                }
            }
            () = tokio::time::sleep_until(until) => {}
        }
    }

    fn gather(&mut self, scraped: Scraped) {
        let Scraped { target, had, body } = scraped;
        if !self.options.is_once {
            self.schedule.ended(&target.name, self.clock.now_ms());
        }
        let question = Question::of(&target.announced, target.more_announced);
        let bytes = body.as_ref().map_or(&[][..], Body::bytes);
        let exchange = written(&target.name, &question, &had, bytes, now_ms());
        self.gathered_bytes += exchange.answer_bytes() + exchange.request.body.len();
        self.gathered.push(exchange);
    }

    fn handed_over(&mut self, more: bool) -> Raw {
        let exchanges = std::mem::take(&mut self.gathered);
        self.gathered_bytes = 0;
        let part = self.parts;
        if self.options.is_once {
            self.parts += 1;
        }
        let mut raw = Raw { source: Metrics::NAME.to_owned(), exchanges, part, more };
        if let Some(last) = raw.exchanges.last_mut() {
            // A recording is told apart from what was recorded by its time.
            last.fetched_at_ms = last.fetched_at_ms.max(self.last_ms.saturating_add(1));
            self.last_ms = last.fetched_at_ms;
        }
        raw
    }
}

impl Feed for Scraper {
    fn source(&self) -> Option<&'static str> {
        Some(Metrics::NAME)
    }

    fn next(&mut self, memory: Arc<SourceMemory>) -> BoxFuture<'_, Result<Option<Raw>, FeedError>> {
        // Nothing that the log remembers decides who is asked.
        drop(memory);
        Box::pin(async { Ok(self.fetch().await) })
    }
}

impl ScraperOptions {
    async fn scrape(&self, due: Due, clock: SteadyClock) -> Scraped {
        let Due { target, due_at_ms } = due;
        let began_at_ms = clock.now_ms();
        let began = std::time::Instant::now();
        let mut had = Had {
            ended: Ended::Body,
            address: None,
            due_at_ms,
            began_at_ms,
            duration_us: 0,
            first_byte_us: None,
            status: None,
            content_type: None,
            wire_bytes: 0,
        };
        let mut body = None;
        match self.asked(&target.to).await {
            Err(ended) => {
                had.ended = ended;
                had.duration_us = micros(began.elapsed());
            }
            Ok(asked) => {
                had.address = Some(asked.address().to_string());
                let got = self.get.get(&asked).await;
                body = had.take(got);
            }
        }
        Scraped { target, had, body }
    }

    /// Finds the address of a target, and judges it.
    async fn asked(&self, to: &To) -> Result<Asked, Ended> {
        match to {
            To::Posted(address) => match self.stand_ins.get(address) {
                Some(stand_in) => Ok(Asked::at(*stand_in)),
                None => judged(*address, &Allowed::nothing()).map(|()| Asked::at(*address)),
            },
            To::NoAddress => Err(Ended::Refused {
                rule: "no_address".to_owned(),
                why: "what was announced is no address".to_owned(),
            }),
            To::Given(given) => {
                let unreachable = |why| Ended::Unreachable { why };
                let address = tokio::time::timeout(self.get.limits.total, given.address()).await;
                let late = || Ended::Timeout { why: "its name was not looked up in time".to_owned() };
                let address = address.map_err(|_| late())?.map_err(unreachable)?;
                judged(address, &self.allowed)?;
                given.asked(address).map_err(|error| unreachable(error.to_string()))
            }
        }
    }
}

fn judged(address: SocketAddr, allowed: &Allowed) -> Result<(), Ended> {
    match refusal(address, allowed) {
        None => Ok(()),
        Some(refusal) => {
            Err(Ended::Refused { rule: refusal.name().to_owned(), why: format!("{address} is not asked") })
        }
    }
}

impl Had {
    /// Tells what came of a scrape. Returns its body.
    fn take(&mut self, got: Got) -> Option<Body> {
        self.duration_us = micros(got.took);
        self.first_byte_us = got.first_byte.map(micros);
        (self.status, self.content_type, self.wire_bytes) = (got.status, got.content_type, got.wire_bytes);
        let failed = match got.ended {
            Ok(body) => return Some(body),
            Err(failed) => failed,
        };
        let why = failed.why;
        self.ended = match failed.kind {
            FailedKind::Timeout => Ended::Timeout { why },
            FailedKind::Status => Ended::Status,
            FailedKind::TooLarge => Ended::TooLarge { why },
            FailedKind::Unreachable => Ended::Unreachable { why },
        };
        None
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
