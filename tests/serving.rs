//! Processes of the program that answer until they are dropped.

use std::fs;
use std::process::{Child, Command as Process, Stdio};
use std::time::{Duration, Instant};

use crate::program::{Session, text};

/// So long a process may take until it answers: the machine may be busy.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// A process that answers, stopped by its id when it is dropped.
pub(crate) struct Serving {
    process: Child,
    /// The address that it wrote down when it was ready.
    pub(crate) url: String,
}

impl Serving {
    /// Starts the program with these arguments, and waits until it answers; `name` tells it from others of the session.
    pub(crate) fn start(session: &Session, name: &str, arguments: &[&str]) -> Self {
        let ready = session.path(&format!("ready-{name}"));
        let mut process = Process::new(session.command().get_program());
        process.args(arguments).args(["--ready-file", text(&ready)]);
        process.env_remove("ANNALS_CONFIG").env_remove("ANNALS_GPU_HOTKEY").env("HOME", session.path("home"));
        let process = process.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut serving = Self { process, url: String::new() };
        let begun = Instant::now();
        while !ready.exists() {
            assert!(serving.process.try_wait().unwrap().is_none(), "{name} has ended");
            assert!(begun.elapsed() < READY_WITHIN, "{name} does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        serving.url = fs::read_to_string(&ready).unwrap().trim().to_owned();
        serving
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
