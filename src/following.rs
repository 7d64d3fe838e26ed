//! Sources that are followed together into one log: what `annals run` does with what they bring.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals_ingest::{Driver, Lag, News, Raw, Recorder, Taken};
use annals_log::SourceMemory;

use crate::failure::Failure;
use crate::kept_answers::KeptAnswers;
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
}

impl<'a> Following<'a> {
    pub(crate) fn new(
        driver: Driver,
        recording: &'a mut Recording,
        kept: Option<&'a mut KeptAnswers>,
    ) -> Self {
        let (taken, recorded) = (Taken::default(), Arc::default());
        Self { driver, recording, kept, taken, recorded, progress: None }
    }
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
        self.driver.take(&raw, log, &mut self.taken)?;
        roots.keep_up(log)?;
        Ok(raw)
    }

    fn show(&mut self, lag: Lag) {
        self.recorded.store(lag.recorded, Ordering::Relaxed);
        if lag.recorded >= lag.head {
            self.progress = None;
        } else if self.progress.is_none() {
            self.progress = Some(Progress::follow("blocks", "blocks", lag.head, Arc::clone(&self.recorded)));
        }
    }

    fn say(&mut self, news: &News<'_>) {
        if matches!(news, News::Ended { .. }) {
            self.progress = None;
        }
        let (source, became) = match news {
            News::Trouble { source, .. } => (source, "trouble"),
            News::Over { source, .. } => (source, "over"),
            News::Ended { source, .. } => (source, "ended"),
        };
        tracing::warn!(source, became, "{news}");
    }
}
