//! Sources that are followed together into one log: what `annals run` does with what they bring.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use annals_gpu::{Beacon, Windows};
use annals_ingest::sources::{BeaconsNow, Chain};
use annals_ingest::{Driver, Lag, News, Raw, Recorder, Source as _, Taken};
use annals_log::{AppendError, Log, SourceMemory};
use annals_projections::View;
use tokio::sync::watch;

use crate::failure::Failure;
use crate::kept_answers::KeptAnswers;
use crate::observed::Observer;
use crate::progress::Progress;
use crate::recording::Recording;

/// A log that follows sources, and what is kept and shown beside it.
pub(crate) struct Following<'a> {
    driver: Driver,
    recording: &'a mut Recording,
    /// What is kept is what is recorded.
    kept: Option<&'a mut KeptAnswers>,
    pub(crate) taken: Taken,
    /// The place that the bar shows, while the log lies behind its source.
    recorded: Arc<AtomicU64>,
    progress: Option<Progress>,
    /// The beacons, which whoever challenges GPUs is told of.
    beacons: Option<Beacons>,
    /// Whether the log has come to the chain's head, where that is followed.
    at_head: watch::Sender<bool>,
    /// Counts and times, where somebody asks for annals' own metrics.
    observer: Option<Observer>,
}

/// The beacons that a log tells of.
pub(crate) struct Beacons {
    told: watch::Sender<BeaconsNow>,
    windows: Option<Windows>,
    /// The chain is followed, and the log has come to its head: blocks of the past are no beacons.
    is_at_head: bool,
}

impl<'a> Following<'a> {
    pub(crate) fn new(
        driver: Driver,
        recording: &'a mut Recording,
        kept: Option<&'a mut KeptAnswers>,
    ) -> Self {
        let (taken, recorded) = (Taken::default(), Arc::default());
        let at_head = watch::Sender::new(false);
        Self {
            driver,
            recording,
            kept,
            taken,
            recorded,
            progress: None,
            beacons: None,
            at_head,
            observer: None,
        }
    }

    /// Returns whether the log has come to the chain's head, as it goes on. Nobody says so where no chain is followed.
    pub(crate) fn at_head(&self) -> watch::Receiver<bool> {
        self.at_head.subscribe()
    }

    /// Returns the tables as they follow the log.
    pub(crate) fn views(&self) -> watch::Receiver<Option<View>> {
        self.recording.roots.views()
    }

    /// The same, which tells of its beacons.
    pub(crate) fn telling(self, beacons: Beacons) -> Self {
        beacons.told.send_replace(BeaconsNow::of_log(last(&self.recording.log)));
        Self { beacons: Some(beacons), ..self }
    }

    /// The same, which an observer watches.
    pub(crate) fn observed_by(self, observer: Observer) -> Self {
        let driver = self.driver.telling(observer.counting());
        Self { driver, observer: Some(observer), ..self }
    }
}

impl Beacons {
    /// Those of a log whose last is `last`, and who listens to them; with `windows` those of the chain, too.
    pub(crate) fn of(last: Beacon, windows: Option<Windows>) -> (Self, watch::Receiver<BeaconsNow>) {
        let (told, heard) = watch::channel(BeaconsNow::of_log(last));
        (Self { told, windows, is_at_head: false }, heard)
    }

    fn tell(&self, log: &mut Log) -> Result<(), AppendError> {
        let beacon = last(log);
        let now = if self.is_at_head {
            BeaconsNow::at_head(beacon, log.memory(Chain::NAME)?, self.windows.as_ref())
        } else {
            BeaconsNow::of_log(beacon)
        };
        self.told.send_replace(now);
        Ok(())
    }
}

/// The last beacon of a log: its own checkpoint.
pub(crate) fn last(log: &Log) -> Beacon {
    Beacon { number: log.size().0, hash: log.root() }
}

impl Recorder for Following<'_> {
    type Error = Failure;

    fn memory(&mut self, source: &str) -> Result<Arc<SourceMemory>, Failure> {
        Ok(self.recording.log.hold_memory(source)?)
    }

    fn record(&mut self, raw: Raw) -> Result<Raw, Failure> {
        let raw = match &mut self.kept {
            Some(kept) => kept.write(raw)?,
            None => raw,
        };
        let Recording { log, roots, .. } = &mut *self.recording;
        let (before, began) = (self.taken, Instant::now());
        self.driver.take(&raw, log, &mut self.taken)?;
        let took = began.elapsed();
        roots.keep_up(log)?;
        if let Some(observer) = &mut self.observer {
            observer.recorded(&raw.source, (&before, &self.taken), took, log);
        }
        if let Some(beacons) = &self.beacons {
            beacons.tell(log)?;
        }
        Ok(raw)
    }

    fn show(&mut self, source: &'static str, lag: Lag) {
        if let Some(observer) = &mut self.observer {
            observer.shown(source, lag);
        }
        self.recorded.store(lag.recorded, Ordering::Relaxed);
        self.at_head.send_replace(lag.recorded >= lag.head);
        if let Some(beacons) = &mut self.beacons {
            beacons.is_at_head = lag.recorded >= lag.head;
        }
        if lag.recorded >= lag.head {
            self.progress = None;
        } else if self.progress.is_none() {
            self.progress = Some(Progress::follow("blocks", "blocks", lag.head, Arc::clone(&self.recorded)));
        }
    }

    fn say(&mut self, news: &News<'_>) {
        if let Some(observer) = &self.observer {
            observer.said(news);
        }
        if matches!(news, News::Ended { .. }) {
            self.progress = None;
        }
        let (source, became) = match news {
            News::Trouble { source, .. } => (source, "trouble"),
            News::Over { source, .. } => (source, "over"),
            News::Ended { source, .. } => (source, "ended"),
            // Its trouble was said.
            News::Restart { .. } => return,
        };
        tracing::warn!(source, became, "{news}");
    }
}
