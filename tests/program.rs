//! The program, started in a folder of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use assert_cmd::cargo::cargo_bin;
use walkdir::WalkDir;

/// A log as its files: folders have no bytes. What is static is never dropped, so a temporary folder would stay behind.
type Files = Vec<(PathBuf, fs::Permissions, Option<Vec<u8>>)>;

/// A folder to start it in, whose log is `log`, and where no config lies.
pub(crate) struct Session {
    folder: tempfile::TempDir,
}

impl Session {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn with_log() -> Self {
        let session = Self::new();
        session.annals(&["init", "--netuid", "27"]).success();
        session
    }

    /// With the log of a scenario, which is the same each time: it is recorded once, and copied.
    pub(crate) fn with_scenario(name: &str) -> Self {
        let session = Self::new();
        for (path, permissions, bytes) in recorded(name).get_or_init(|| record(name)) {
            let path = session.data().join(path);
            match bytes {
                Some(bytes) => fs::write(&path, bytes).unwrap(),
                None => fs::create_dir(&path).unwrap(),
            }
            fs::set_permissions(path, permissions.clone()).unwrap();
        }
        session
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn annals(&self, arguments: &[&str]) -> Assert {
        self.command().args(arguments).assert()
    }

    /// To be given more than arguments.
    pub(crate) fn command(&self) -> Command {
        self.command_of(&cargo_bin("annals"))
    }

    /// Another program, started in the same folder and with the same environment.
    pub(crate) fn command_of(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env("ANNALS_DATA", self.data());
        for unset in [
            "ANNALS_CONFIG",
            "ANNALS_GPU_HOTKEY",
            "ANNALS_HISTORY",
            "ANNALS_HOTKEY",
            "ANNALS_OUTPUT",
            "ANNALS_PUBLISH_HOTKEY",
            "ANNALS_MEMORY_MIB",
            "ANNALS_RPC",
            "COLUMNS",
            "NETRC",
            "WANDB_API_KEY",
            "WANDB_BASE_URL",
            "XDG_CONFIG_HOME",
            "XDG_STATE_HOME",
        ] {
            command.env_remove(unset);
        }
        command.env("HOME", self.folder.path());
        command
    }

    pub(crate) fn keep(&self, name: &str, printed: &Assert) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, &printed.get_output().stdout).unwrap();
        path
    }
}

/// Where the log of a scenario is kept. Who comes while it is recorded waits for that, and those of other scenarios
/// don't.
fn recorded(name: &str) -> Arc<OnceLock<Files>> {
    static LOGS: Mutex<BTreeMap<String, Arc<OnceLock<Files>>>> = Mutex::new(BTreeMap::new());
    Arc::clone(LOGS.lock().unwrap().entry(name.to_owned()).or_default())
}

fn record(name: &str) -> Files {
    let session = Session::new();
    let log = session.data();
    session.annals(&["fixture", "check", &fixture(name), "--keep", text(&log)]).success();
    // A folder comes before what is in it.
    let found = WalkDir::new(&log).into_iter().map(|entry| {
        let entry = entry.unwrap();
        let bytes = entry.file_type().is_file().then(|| fs::read(entry.path()).unwrap());
        let path = entry.path().strip_prefix(&log).unwrap().to_owned();
        (path, entry.metadata().unwrap().permissions(), bytes)
    });
    found.collect()
}

pub(crate) fn out(printed: &Assert) -> String {
    String::from_utf8(printed.get_output().stdout.clone()).unwrap()
}

pub(crate) fn err(printed: &Assert) -> String {
    String::from_utf8(printed.get_output().stderr.clone()).unwrap()
}

/// The line that begins with `name`, without it.
pub(crate) fn line(printed: &Assert, name: &str) -> String {
    let text = out(printed);
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no line {name:?} in:\n{text}")).trim().to_owned()
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub(crate) fn fixture(name: &str) -> String {
    format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}
