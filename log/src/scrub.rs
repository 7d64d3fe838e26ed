//! Reads the older segments of a long log while more is recorded: damage there ends recording, as damage in the last
//! segment does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use crate::fault::Fault;
use crate::read_error::ReadError;
use crate::reader::Reader;

/// A thread that holds a log to its root. It ends with this, whether it has come to the end or not.
pub(crate) struct Scrub {
    fault: Arc<OnceLock<Arc<Fault>>>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Scrub {
    /// Begins to read what `reader` sees.
    pub(crate) fn start(reader: Reader) -> Self {
        let (fault, is_over) = (Arc::<OnceLock<Arc<Fault>>>::default(), Arc::<AtomicBool>::default());
        let (found, over) = (Arc::clone(&fault), Arc::clone(&is_over));
        let read = move || {
            let outcome = reader.hold_to_root_while(|| !over.load(Ordering::Relaxed));
            // A disk that cannot be read just now says nothing of what lies on it.
            if let Err(ReadError::Fault(fault)) = outcome
                && fault.is_damage()
            {
                found.get_or_init(|| Arc::new(fault));
            }
        };
        let thread = std::thread::Builder::new().name("annals-scrub".into()).spawn(read).ok();
        Self { fault, is_over, thread }
    }

    /// The first thing that is not what it was, once it is found.
    pub(crate) fn fault(&self) -> Option<Arc<Fault>> {
        self.fault.get().cloned()
    }
}

impl Drop for Scrub {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It does not panic; and if it did, nothing that is recorded depends on it.
            let _ = thread.join();
        }
    }
}
