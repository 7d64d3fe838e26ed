//! What runs the benches, and what memory they take.

use std::fs;

/// Processor, cores and the file system that temporary folders lie on.
pub(crate) fn print_machine() {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name| cpuinfo.lines().find_map(|line| line.strip_prefix(name)?.split_once(": "));
    let model = field("model name").map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let folder = std::env::temp_dir();
    println!("machine: {model}, {cores} cores; {} is {}", folder.display(), file_system_of(&folder));
}

fn file_system_of(folder: &std::path::Path) -> String {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let holds = |line: &str| {
        let mut fields = line.split(' ').skip(1);
        let (point, kind) = (fields.next()?, fields.next()?);
        folder.starts_with(point).then(|| (point.len(), kind.to_owned()))
    };
    mounts.lines().filter_map(holds).max().map_or("unknown".into(), |(_, kind)| kind)
}

/// The most memory that was resident since a moment.
pub(crate) struct ResidentMemory {
    before_kib: u64,
}

impl ResidentMemory {
    /// Forgets the most there was before, where the kernel lets one.
    pub(crate) fn now() -> Self {
        let _ = fs::write("/proc/self/clear_refs", "5");
        Self { before_kib: status_kib("VmRSS:") }
    }

    pub(crate) fn grown_kib(&self) -> u64 {
        status_kib("VmHWM:").saturating_sub(self.before_kib)
    }
}

fn status_kib(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or_default()
}
