//! What the process asks of the system before it opens a file.

use std::sync::Arc;

use signal_hook::consts::SIGXFSZ;

/// A file that may not grow any more (`ulimit -f`) is an error to whoever writes it, and not the end of the process.
pub(crate) fn prepare() {
    // That it came is of no interest: the write that it came for fails.
    signal_hook::flag::register(SIGXFSZ, Arc::default()).expect("it is a signal that can be handled");
}
