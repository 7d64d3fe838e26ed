//! Progress of long work, on standard error, and only where somebody watches.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{HumanFloatCount, ProgressBar, ProgressState, ProgressStyle};

/// Work that is done by then is not worth a bar.
const SHOWN_AFTER: Duration = Duration::from_millis(500);
const REDRAW_AFTER: Duration = Duration::from_millis(200);

/// Set once nobody wants to see a bar.
static HIDDEN: OnceLock<()> = OnceLock::new();

/// From now on no bar is shown.
pub(crate) fn hide() {
    // Once is enough.
    let _ = HIDDEN.set(());
}

/// A bar that follows a counter until it is dropped.
pub(crate) struct Progress {
    stop: Option<mpsc::Sender<()>>,
    drawing: Option<JoinHandle<()>>,
}

impl Progress {
    /// `unit` is what is counted, in the plural. `total` may be unknown: 0 shows a count and a rate alone.
    pub(crate) fn follow(what: &'static str, unit: &'static str, total: u64, done: Arc<AtomicU64>) -> Self {
        let (stop, stopped) = mpsc::channel();
        if HIDDEN.get().is_some() {
            return Self { stop: None, drawing: None };
        }
        let drawing = std::thread::spawn(move || {
            if stopped.recv_timeout(SHOWN_AFTER) != Err(mpsc::RecvTimeoutError::Timeout) {
                return;
            }
            let bar = if total == 0 { ProgressBar::new_spinner() } else { ProgressBar::new(total) };
            let template = if total == 0 {
                "{msg}: {human_pos} UNIT, {rate}"
            } else {
                "{msg}: {wide_bar} {human_pos} of {human_len} UNIT, {rate}, {eta} left"
            };
            let template = template.replace("UNIT", unit);
            let style = ProgressStyle::with_template(&template).expect("the template is one of two");
            let rate = |state: &ProgressState, out: &mut dyn Write| {
                // A text that cannot be written is a bar that nobody sees.
                let _ = out.write_str(&per_second(state.per_sec()));
            };
            bar.set_style(style.with_key("rate", rate));
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

/// A rate in whole numbers.
fn per_second(rate: f64) -> String {
    format!("{:.0}/s", HumanFloatCount(rate))
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

#[cfg(test)]
mod tests {
    use super::per_second;

    #[test]
    fn a_rate_is_a_whole_number() {
        assert_eq!(per_second(1_410_460.279_8), "1,410,460/s");
        assert_eq!(per_second(0.0), "0/s");
    }
}
