//! What the benchmarks share: a log to measure on, the program, and what a process took of the machine.
#![allow(dead_code)] // Each benchmark is a program of its own, and uses some of it.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What a process took, from its start to its end.
pub(crate) struct Took {
    pub(crate) wall: Duration,
    /// Processor time, in user and kernel mode, in ticks of 10 ms.
    pub(crate) processor: Duration,
    /// The most that it had in memory at once.
    pub(crate) peak_bytes: u64,
}

/// How many entries somebody asked for, in this variable.
pub(crate) fn entries_asked(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |asked| asked.parse().expect("a number of entries"))
}

/// A log of mix w1, the same each time; it goes with what is given.
pub(crate) fn log_of(entries: u64) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for a log");
    make_log(folder.path(), entries);
    folder
}

/// Makes the same log in a folder that is empty or not there.
pub(crate) fn make_log(data: &Path, entries: u64) -> Took {
    let mut made = annals(data);
    made.args(["fixture", "generate"]).arg(data).args(["--seed", "1", "--mix", "w1", "--entries"]);
    run(made.arg(entries.to_string()))
}

/// Prints the processor, the cores, and what else runs: a figure alone says little of a machine that is shared.
pub(crate) fn print() {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let loads = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = loads.split(' ').next().unwrap_or_default();
    println!("machine: {model}, {cores} cores, load {load}");
}

/// The program, to ask the log in `data`.
pub(crate) fn annals(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_annals"));
    for unset in ["ANNALS_CONFIG", "ANNALS_OUTPUT", "ANNALS_MEMORY_MIB", "XDG_CONFIG_HOME"] {
        command.env_remove(unset);
    }
    command.env("ANNALS_DATA", data).env("HOME", data).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// Runs a command to its end.
///
/// # Panics
/// If it fails.
pub(crate) fn run(command: &mut Command) -> Took {
    let (before, began) = (processor_of_children(), Instant::now());
    let child = command.stderr(Stdio::null()).spawn().expect("the program was built just now");
    let (status, peak_bytes) = wait(child);
    assert!(status.success(), "{command:?}: {status}");
    Took { wall: began.elapsed(), processor: processor_of_children() - before, peak_bytes }
}

/// Starts a command, and returns how long it took until its first byte was there. It is ended then.
///
/// # Panics
/// If it prints nothing.
pub(crate) fn until_first_byte(command: &mut Command) -> Duration {
    let began = Instant::now();
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program was built just now");
    let mut out = child.stdout.take().expect("it was asked for");
    out.read_exact(&mut [0]).expect("the program prints something");
    let took = began.elapsed();
    drop(out);
    child.wait().expect("it is our own child");
    took
}

/// Waits for a process, and looks at its memory as long as it is there: the peak is the last that was seen of it, so
/// what came up in its last moment may be missed.
fn wait(mut child: Child) -> (ExitStatus, u64) {
    const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(2);
    let mut peak_bytes = 0;
    loop {
        peak_bytes = peak_of(&child.id().to_string()).max(peak_bytes);
        if let Some(status) = child.try_wait().expect("it is our own child") {
            return (status, peak_bytes);
        }
        std::thread::sleep(LOOK_AGAIN_AFTER);
    }
}

/// The most that this process had in memory at once.
pub(crate) fn own_peak_bytes() -> u64 {
    peak_of("self")
}

/// Zero when the process has ended.
fn peak_of(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let kib = |line: &str| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok();
    status.lines().find_map(kib).unwrap_or(0) << 10
}

/// Processor time of all processes that were waited for.
fn processor_of_children() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold blanks, the 14th and 15th are ticks of 10 ms in user and kernel mode.
    let behind_name = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let ticks: u64 =
        behind_name.split_whitespace().skip(13).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// The middle one.
pub(crate) fn median(mut measured: Vec<f64>) -> f64 {
    measured.sort_by(f64::total_cmp);
    measured[measured.len() / 2]
}
