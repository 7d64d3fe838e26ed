//! The validator's side: challenges workers together, keeps the time, and has their roots recorded before it draws.

use std::sync::Arc;
use std::time::Duration;

use annals_gpu::{
    About, AboutGpu, Beacon, BeaconKind, GpuLabel, Openings, Outcome as PogOutcome, Parameters, Roots,
    genesis_of_log,
};
use annals_log::{Account, Hash, HotkeySigner, SourceMemory};
use futures_util::future::{BoxFuture, join_all};
use tokio::sync::watch;

use super::Gpus;
use super::api::{ChallengeError, WorkerApi, WorkerGiven};
use super::asked::{Asked, Asking};
use super::exchange::{ABOUT, ATTEST, CHALLENGE, Ended, OPEN, exchange, is_found};
use super::when::{BeaconsNow, Opening, When};
use crate::feed::{Feed, FeedError};
use crate::raw::{Exchange, Raw, now_ms};
use crate::source::Source as _;
use crate::steady_clock::SteadyClock;

/// A round that was not kept is computed again to be opened.
const OPENINGS_WITHIN: Duration = Duration::from_secs(300);
/// How long a later beacon may take to come: blocks of the chain take 12 s.
const BEACON_WITHIN: Duration = Duration::from_secs(600);
/// No host has more: whoever lists thousands would have us ask as often.
pub(super) const GPUS_MAX: usize = 64;
/// Round trips that are measured before a challenge.
const ROUND_TRIPS: usize = 5;

/// Everything that challenging takes.
pub struct ChallengerOptions {
    /// Whom to ask, at one moment.
    pub workers: Vec<WorkerGiven>,
    /// Asks, keeps the time and signs.
    pub validator: HotkeySigner,
    /// How large each attempt is.
    pub parameters: Parameters,
    /// The subnet.
    pub netuid: u32,
    /// The hash of the chain's genesis, for windows; else the log's verifier key says whose beacons they are.
    pub genesis: Option<Hash>,
    /// The verifier key of the log.
    pub vkey: String,
    /// So long an answer is waited for that comes later than it may: `slow` says more than `timeout`.
    pub grace: Duration,
    /// When they are asked.
    pub when: When,
    /// The beacons that are known: the sender holds the log.
    pub beacons: watch::Receiver<BeaconsNow>,
}

/// Challenges workers.
pub struct Challenger {
    options: ChallengerOptions,
    apis: Vec<WorkerApi>,
    clock: SteadyClock,
    /// Attempts whose roots are on their way into the log, or in it.
    open: Vec<Attempt>,
    /// The block of the window before; of attempts that are asked for once, that they were.
    last: Option<u64>,
    trouble: Option<String>,
}

/// An attempt, and who answers it.
struct Attempt {
    worker: WorkerApi,
    asked: Asked,
}

impl Challenger {
    /// # Errors
    /// [`ChallengeError`].
    pub fn new(options: ChallengerOptions) -> Result<Self, ChallengeError> {
        let apis = options.workers.iter().map(WorkerApi::new).collect::<Result<_, _>>()?;
        let clock = SteadyClock::set(now_ms());
        Ok(Self { options, apis, clock, open: Vec::new(), last: None, trouble: None })
    }

    async fn fetch(&mut self) -> Result<Option<Raw>, FeedError> {
        if self.open.is_empty() {
            let Some(opening) = self.wait_until_due().await else { return Ok(None) };
            return self.challenge(opening).await.map(Some);
        }
        Ok(Some(self.draw().await))
    }

    /// Waits for the next challenge. `None` when there will be none.
    async fn wait_until_due(&mut self) -> Option<Opening> {
        if self.options.when == When::Once && self.last.is_some() {
            return None;
        }
        loop {
            let now = *self.options.beacons.borrow_and_update();
            if let Some(opening) = self.options.when.due(&now, self.last) {
                self.last = Some(opening.beacon.number);
                return Some(opening);
            }
            // Whoever told of beacons is gone, and so is the log.
            self.options.beacons.changed().await.ok()?;
        }
    }

    /// The first part: what the workers say of themselves, and the roots of every GPU.
    async fn challenge(&mut self, opening: Opening) -> Result<Raw, FeedError> {
        let mut exchanges = Vec::new();
        let mut attempts = Vec::new();
        let abouts = join_all(self.apis.iter().map(|api| about(api, &self.clock))).await;
        for (api, (told, round_trips)) in self.apis.clone().into_iter().zip(abouts) {
            let name = api.name();
            let text = told.as_ref().map(|(_, text)| text.clone().into_bytes()).map_err(Ended::clone);
            exchanges.push(exchange(ABOUT, &name, String::new(), text, now_ms()));
            match told.and_then(|(about, _)| self.asked_of(about, opening)) {
                Err(ended) => exchanges.push(self.unasked(&name, opening, ended)?),
                Ok(all) => {
                    for mut asked in all {
                        (asked.times.round_trip_min_ns, asked.times.round_trip_median_ns) = round_trips;
                        attempts.push(Attempt { worker: api.clone(), asked });
                    }
                }
            }
        }
        let (clock, grace) = (self.clock, self.options.grace);
        let answered = join_all(attempts.into_iter().map(|attempt| attempt.rounds(clock, grace))).await;
        // All secrets are revealed at one moment: two GPUs cannot take turns.
        let answered = join_all(answered.into_iter().map(|answered| sweeps(answered, clock, grace))).await;
        for (attempt, ended) in answered {
            let came = match ended {
                None => Ok(attempt.asked.beginning().expect("both roots have come")),
                Some(ended) => Err(ended),
            };
            let is_open = came.is_ok();
            exchanges.push(attempt.exchange(CHALLENGE, came));
            if is_open {
                self.open.push(attempt);
            }
        }
        let more = !self.open.is_empty();
        Ok(Raw { source: Gpus::NAME.to_owned(), exchanges, part: 0, more })
    }

    /// The challenges of one worker's GPUs.
    fn asked_of(&self, about: About, opening: Opening) -> Result<Vec<Asked>, Ended> {
        let malformed = |why: String| Ended::new(PogOutcome::Malformed, why);
        let hotkey = about.hotkey;
        let no_hotkey = || malformed(format!("the worker says that it is {hotkey:?}, which is no hotkey"));
        let (miner, _) = Account::of_address(&hotkey).ok_or_else(no_hotkey)?;
        if about.gpus.is_empty() {
            return Err(Ended::new(PogOutcome::Refused, "the worker says that it has no GPU"));
        }
        if about.gpus.len() > GPUS_MAX {
            let count = about.gpus.len();
            return Err(malformed(format!(
                "the worker lists {count} GPUs, and at most {GPUS_MAX} are asked"
            )));
        }
        let mut asked = Vec::new();
        for AboutGpu { label, .. } in about.gpus {
            let label: GpuLabel = label.parse().map_err(|error| malformed(format!("{label:?}: {error}")))?;
            asked.push(self.asking(opening).challenge(miner, label).map_err(our_error)?);
        }
        Ok(asked)
    }

    fn asking(&self, opening: Opening) -> Asking<'_> {
        let of_log = || genesis_of_log(&self.options.vkey);
        let genesis = match opening.kind {
            BeaconKind::Chain => self.options.genesis.unwrap_or_else(of_log),
            BeaconKind::Log => of_log(),
        };
        let ChallengerOptions { parameters, netuid, validator, .. } = &self.options;
        Asking { parameters: *parameters, genesis, netuid: *netuid, opening, validator }
    }

    /// Tells of a worker that did not even say who it is: its hotkey is that of nobody.
    fn unasked(&self, name: &str, opening: Opening, ended: Ended) -> Result<Exchange, FeedError> {
        let label = "unknown".parse().expect("a label");
        let asked =
            self.asking(opening).challenge(Account([0; 32]), label).map_err(FeedError::unavailable)?;
        let body = hex::encode(asked.challenge_bytes());
        Ok(exchange(CHALLENGE, name, body, Err(ended), now_ms()))
    }

    /// The second part: the openings of every attempt whose roots are in the log.
    async fn draw(&mut self) -> Raw {
        let beacon = self.later_beacon().await;
        let (clock, validator) = (self.clock, &self.options.validator);
        let open = std::mem::take(&mut self.open);
        let opened = open.into_iter().map(|attempt| async {
            match &beacon {
                Ok(beacon) => attempt.openings(beacon, clock, validator).await,
                Err(ended) => vec![attempt.exchange(OPEN, Err(ended.clone()))],
            }
        });
        let exchanges = join_all(opened).await.concat();
        Raw { source: Gpus::NAME.to_owned(), exchanges, part: 1, more: false }
    }

    /// Waits for a beacon that nobody knew when the roots were written down: they are in the log since before this is
    /// called. The checkpoint over them is known to nobody before they are signed; a block that is recorded may have
    /// been known to the miner.
    async fn later_beacon(&self) -> Result<Beacon, Ended> {
        let asked = self.open[0].asked.challenge;
        let kind = asked.beacon_kind;
        let mut beacons = self.options.beacons.clone();
        let last = beacons.borrow().of(kind).map_or(0, |beacon| beacon.number);
        let from = match kind {
            BeaconKind::Log => last.max(asked.beacon.number + 1),
            BeaconKind::Chain => last.max(asked.beacon.number) + 1,
        };
        let later = async {
            let is_later = |now: &BeaconsNow| now.of(kind).is_some_and(|beacon| beacon.number >= from);
            beacons.wait_for(is_later).await.ok().and_then(|now| now.of(kind))
        };
        let late = || our_error("no later beacon came: is the chain recorded, and its node well?");
        tokio::time::timeout(BEACON_WITHIN, later).await.ok().flatten().ok_or_else(late)
    }
}

impl Feed for Challenger {
    fn source(&self) -> Option<&'static str> {
        Some(Gpus::NAME)
    }

    fn next(&mut self, memory: Arc<SourceMemory>) -> BoxFuture<'_, Result<Option<Raw>, FeedError>> {
        // Nothing that the log remembers decides about a challenge.
        drop(memory);
        Box::pin(self.fetch())
    }

    fn taken(&mut self, raw: &Raw, _: &SourceMemory) {
        // A card that does not attest is no trouble.
        let is_bad = |exchange: &&Exchange| exchange.request.method != ATTEST && !is_found(exchange);
        let bad = raw.exchanges.iter().rfind(is_bad);
        self.trouble = bad.map(|exchange| {
            let why = exchange.outcome.body().map(String::from_utf8_lossy).unwrap_or_default();
            format!("{}: {why}", exchange.request.target)
        });
    }

    fn trouble(&self) -> Option<String> {
        self.trouble.clone()
    }
}

/// Returns a worker's words about itself, and the shortest and the median round trip to it.
async fn about(api: &WorkerApi, clock: &SteadyClock) -> (Result<(About, String), Ended>, (u64, u64)) {
    let mut trips = Vec::new();
    let mut told = api.about().await;
    for _ in 0..ROUND_TRIPS {
        if told.is_err() {
            return (told, (0, 0));
        }
        let begun = clock.now_ns();
        told = api.about().await;
        trips.push(clock.now_ns() - begun);
    }
    trips.sort_unstable();
    (told, (trips[0], trips[ROUND_TRIPS / 2]))
}

/// Goes on with the sweeps of an attempt that has its rounds.
async fn sweeps(
    answered: (Attempt, Option<Ended>),
    clock: SteadyClock,
    grace: Duration,
) -> (Attempt, Option<Ended>) {
    match answered {
        (attempt, None) => attempt.sweeps(clock, grace).await,
        ended => ended,
    }
}

impl Attempt {
    /// Has all rounds done. The clock starts before the first byte of the challenge is sent, so that what is measured
    /// is never too short.
    async fn rounds(mut self, clock: SteadyClock, grace: Duration) -> (Self, Option<Ended>) {
        let numbers = self.asked.challenge.parameters;
        let within = Duration::from_millis(numbers.rounds_ms_max.into()) + grace;
        self.asked.times.challenge_sent_ns = clock.now_ns();
        let bytes = self.asked.challenge_bytes();
        let came = self.worker.challenge(bytes, Roots::length(numbers.rounds), within).await;
        self.asked.times.rounds_received_ns = clock.now_ns();
        let ended = came.map(|bytes| self.asked.rounds = Roots::from_bytes(numbers.rounds, &bytes)).err();
        (self, ended)
    }

    /// Has all sweeps done.
    async fn sweeps(mut self, clock: SteadyClock, grace: Duration) -> (Self, Option<Ended>) {
        let numbers = self.asked.challenge.parameters;
        let within = Duration::from_millis(numbers.sweeps_ms_max.into()) + grace;
        self.asked.times.sweep_sent_ns = clock.now_ns();
        let (step, bytes) = ((self.asked.seed(), "sweeps"), self.asked.sweep_bytes());
        let came = self.worker.step(step, bytes, Roots::length(numbers.sweeps), within).await;
        self.asked.times.sweeps_received_ns = clock.now_ns();
        let ended = came.map(|bytes| self.asked.sweeps = Roots::from_bytes(numbers.sweeps, &bytes)).err();
        (self, ended)
    }

    /// Has the card attest, if it does, and the drawn tiles opened, and makes the transcript.
    async fn openings(
        mut self,
        beacon: &Beacon,
        clock: SteadyClock,
        validator: &HotkeySigner,
    ) -> Vec<Exchange> {
        let attested = self.attestation().await;
        let numbers = self.asked.challenge.parameters;
        self.asked.times.open_sent_ns = clock.now_ns();
        let (step, bytes) = ((self.asked.seed(), "openings"), self.asked.open_bytes(beacon));
        let came = self.worker.step(step, bytes, Openings::length(&numbers), OPENINGS_WITHIN).await;
        self.asked.times.openings_received_ns = clock.now_ns();
        let transcript = came.map(|bytes| {
            let openings = Openings::from_bytes(&numbers, &bytes).expect("the length was checked");
            let transcript = self.asked.transcript(openings, *beacon, validator);
            transcript.expect("both roots have come").to_bytes()
        });
        vec![attested, self.exchange(OPEN, transcript)]
    }

    /// Asks what the card attests. It is optional, so an attempt without goes on.
    async fn attestation(&self) -> Exchange {
        let came = self.worker.attestation(self.asked.seed()).await;
        let body = hex::encode(self.asked.challenge_bytes());
        let answer = came.map(Option::unwrap_or_default);
        exchange(ATTEST, &self.worker.name(), body, answer, now_ms())
    }

    fn exchange(&self, method: &str, came: Result<Vec<u8>, Ended>) -> Exchange {
        let body = hex::encode(self.asked.challenge_bytes());
        exchange(method, &self.worker.name(), body, came, now_ms())
    }
}

fn our_error(error: impl Into<Box<dyn std::error::Error>>) -> Ended {
    Ended::new(PogOutcome::VerifierError, error.into().to_string())
}
