//! Ctrl-C while an answer is waited for.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signal_hook::consts::SIGINT;
use tokio::time::timeout;

/// A signal is noticed after this time at most.
const NOTICED_AFTER: Duration = Duration::from_millis(50);

/// Ctrl-C for a process that outlives it. One that was never watched for does not come: it ends the process.
#[derive(Clone, Default)]
pub(crate) struct Interrupts(Arc<AtomicBool>);

impl Interrupts {
    /// From now on Ctrl-C does not end the process.
    ///
    /// # Errors
    /// The system has no place for a handler.
    pub(crate) fn watch() -> io::Result<Self> {
        let came = Arc::<AtomicBool>::default();
        signal_hook::flag::register(SIGINT, Arc::clone(&came))?;
        Ok(Self(came))
    }

    /// Whether one came, and was not taken.
    fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether one came; it is forgotten then.
    pub(crate) fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }

    /// Waits for `wanted`; `None` once Ctrl-C came.
    pub(crate) async fn hold<T>(&self, wanted: impl Future<Output = T>) -> Option<T> {
        let mut wanted = pin!(wanted);
        while !self.came() {
            if let Ok(done) = timeout(NOTICED_AFTER, wanted.as_mut()).await {
                return Some(done);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[test]
    fn an_interrupt_ends_a_wait_until_it_is_taken() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let interrupts = Interrupts::default();
        assert_eq!(runtime.block_on(interrupts.hold(ready(1))), Some(1));
        interrupts.0.store(true, Ordering::Relaxed);
        assert_eq!(runtime.block_on(interrupts.hold(pending::<u8>())), None);
        assert!(interrupts.take() && !interrupts.take());
        assert_eq!(runtime.block_on(interrupts.hold(ready(1))), Some(1));
    }
}
