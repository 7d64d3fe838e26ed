//! The process, as Linux shows it in `/proc`: the metrics that every exporter has under these names. Other systems show
//! none.

use std::fs;

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Counter, Gauge, Registry};

/// Linux counts the time of a process in hundredths of a second for whoever reads it (`USER_HZ`).
const TICKS_A_SECOND: f64 = 100.0;

/// What is shown of the process at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Shown {
    cpu_s: f64,
    resident_bytes: f64,
    virtual_bytes: f64,
    threads: f64,
    open_files: f64,
    files_max: f64,
    /// Since 1970.
    began_s: f64,
}

/// Looks whenever somebody asks.
struct ProcessFigures {
    describe: Vec<Desc>,
    /// When the machine began, since 1970. It is read once: the file is long.
    booted_s: f64,
}

pub(super) fn register(registry: &Registry) {
    let booted_s = fs::read_to_string("/proc/stat").ok().and_then(|stat| number(&stat, "btime"));
    let Some(booted_s) = booted_s else { return };
    let nothing = Shown::default();
    let describe = nothing.metrics().iter().flat_map(|metric| metric.desc()).cloned().collect();
    let figures = ProcessFigures { describe, booted_s };
    registry.register(Box::new(figures)).expect("no two metrics of a registry have one name");
}

impl Collector for ProcessFigures {
    fn desc(&self) -> Vec<&Desc> {
        self.describe.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        // Made anew each time: two who ask at once never add to one counter twice.
        let shown = look(self.booted_s);
        shown.map_or_else(Vec::new, |shown| {
            shown.metrics().iter().flat_map(|metric| metric.collect()).collect()
        })
    }
}

fn look(booted_s: f64) -> Option<Shown> {
    let open_files = fs::read_dir("/proc/self/fd").ok()?.count();
    let read = |name: &str| fs::read_to_string(format!("/proc/self/{name}")).ok();
    shown(&read("stat")?, &read("status")?, &read("limits")?, open_files, booted_s)
}

/// Reads what Linux wrote, as `proc(5)` says.
fn shown(stat: &str, status: &str, limits: &str, open_files: usize, booted_s: f64) -> Option<Shown> {
    // The second field is the program's name in brackets, which may hold anything; the one after it is the third.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
    let kib = |name: &str| number(status, name).map(|kib| kib * 1_024.0);
    let files_max = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let files_max = files_max.split_ascii_whitespace().next()?;
    let open_files = open_files.saturating_sub(1) as f64;
    Some(Shown {
        cpu_s: (field(14)? + field(15)?) / TICKS_A_SECOND,
        resident_bytes: kib("VmRSS:")?,
        virtual_bytes: kib("VmSize:")?,
        threads: field(20)?,
        // Without the folder itself, which is open while it is read.
        open_files,
        files_max: if files_max == "unlimited" { f64::INFINITY } else { files_max.parse().ok()? },
        began_s: booted_s + field(22)? / TICKS_A_SECOND,
    })
}

/// Returns the number behind a name that begins a line.
fn number(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

impl Default for Shown {
    fn default() -> Self {
        let (cpu_s, resident_bytes, virtual_bytes, threads) = (0.0, 0.0, 0.0, 0.0);
        Self { cpu_s, resident_bytes, virtual_bytes, threads, open_files: 0.0, files_max: 0.0, began_s: 0.0 }
    }
}

impl Shown {
    fn metrics(&self) -> [Box<dyn Collector>; 7] {
        let gauge = |name: &str, help: &str, value: f64| -> Box<dyn Collector> {
            let gauge = Gauge::new(name, help).expect("the name is one that Prometheus takes");
            gauge.set(value);
            Box::new(gauge)
        };
        let cpu = Counter::new("process_cpu_seconds_total", "Time that the process had of all processors.");
        let cpu = cpu.expect("the name is one that Prometheus takes");
        cpu.inc_by(self.cpu_s);
        [
            Box::new(cpu),
            gauge("process_resident_memory_bytes", "Memory that the process has.", self.resident_bytes),
            gauge(
                "process_virtual_memory_bytes",
                "Addresses that the process has taken.",
                self.virtual_bytes,
            ),
            gauge("process_threads", "Threads of the process.", self.threads),
            gauge("process_open_fds", "Files and connections that are open.", self.open_files),
            gauge("process_max_fds", "Files and connections that may be open at once.", self.files_max),
            gauge("process_start_time_seconds", "When the process began, since 1970.", self.began_s),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_of_a_process_are_read_whatever_its_name_is() {
        let stat =
            "7 (a) R (b 1) S 1 7 7 0 -1 4194560 1480 0 3 0 250 50 0 0 20 0 9 0 12050 734003200 12800 184";
        let status =
            "Name:\ta) R (b 1\nVmPeak:\t 999 kB\nVmSize:\t  716800 kB\nVmRSS:\t   51200 kB\nThreads:\t9\n";
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max open files            1024                 524288               files\n";
        let expected = Shown {
            cpu_s: 3.0,
            resident_bytes: 52_428_800.0,
            virtual_bytes: 734_003_200.0,
            threads: 9.0,
            open_files: 11.0,
            files_max: 1_024.0,
            began_s: 1_700_000_120.5,
        };
        assert_eq!(shown(stat, status, limits, 12, 1_700_000_000.0), Some(expected));
        let unlimited = limits.replace("1024  ", "unlimited");
        assert!(shown(stat, status, &unlimited, 12, 0.0).is_some_and(|shown| shown.files_max.is_infinite()));
        assert_eq!(shown("7 (a) S 1", status, limits, 12, 0.0), None);
        assert_eq!(
            shown(stat, "Name:\ta\n", limits, 12, 0.0),
            None,
            "a process that has ended has no memory"
        );
    }
}
