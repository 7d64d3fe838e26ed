//! When a command that goes on for ever is to end.

use std::io;

use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};

use crate::terminal::say;

/// Ctrl-C, or the signal that a service manager sends.
///
/// # Errors
/// When signals cannot be waited for.
pub(crate) async fn stopped() -> io::Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = ctrl_c() => interrupted?,
        _ = terminated.recv() => {}
    }
    say("stopping");
    Ok(())
}
