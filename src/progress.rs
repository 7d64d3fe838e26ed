//! Progress of long work, on standard error, and only where somebody watches.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const REDRAW_AFTER: Duration = Duration::from_millis(200);

/// A bar that follows a counter until it is dropped.
pub(crate) struct Progress {
    stop: Option<mpsc::Sender<()>>,
    drawing: Option<JoinHandle<()>>,
}

impl Progress {
    /// `unit` is what is counted, in the plural. `total` may be unknown: 0 shows a count and a rate alone.
    pub(crate) fn follow(what: &'static str, unit: &'static str, total: u64, done: Arc<AtomicU64>) -> Self {
        let (stop, stopped) = mpsc::channel();
        let drawing = std::thread::spawn(move || {
            let bar = if total == 0 { ProgressBar::new_spinner() } else { ProgressBar::new(total) };
            let template = if total == 0 {
                "{msg}: {human_pos} UNIT, {per_sec}"
            } else {
                "{msg}: {wide_bar} {human_pos} of {human_len} UNIT, {per_sec}, {eta} left"
            };
            let template = template.replace("UNIT", unit);
            bar.set_style(ProgressStyle::with_template(&template).expect("the template is one of two"));
            bar.set_message(what);
            // What was done before is no measure of what is left.
            bar.set_position(done.load(Ordering::Relaxed));
            bar.reset_eta();
            while stopped.recv_timeout(REDRAW_AFTER) == Err(mpsc::RecvTimeoutError::Timeout) {
                bar.set_position(done.load(Ordering::Relaxed));
            }
            bar.finish_and_clear();
        });
        Self { stop: Some(stop), drawing: Some(drawing) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(drawing) = self.drawing.take() {
            // It only draws; whatever became of it, the work is done.
            let _ = drawing.join();
        }
    }
}
