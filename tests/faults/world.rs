//! The logs of an attack, as the program records them.

use super::attacker::{Files, lay_out, read_folder, segments};
use crate::program::{Session, fixture, text};

/// Enough for two segments: the first one holds 1 MiB.
const ENTRIES: &str = "1500";

pub(crate) struct World {
    /// What is attacked.
    pub(crate) truth: Files,
    /// The same log after each of its earlier sessions.
    pub(crate) older: Vec<Files>,
    /// The same log a session later, a checkpoint of then handed out.
    pub(crate) newer: Files,
    /// The same key and log id, and a last session that is as long and says something else.
    pub(crate) fork: Files,
    /// Another log by another key.
    pub(crate) other: Files,
}

/// A session that has a log with these files.
pub(crate) fn session_with(files: &Files) -> Session {
    let session = Session::new();
    std::fs::create_dir(session.data()).unwrap();
    lay_out(files, &session.data());
    session
}

/// What has been recorded, and nothing of `index/`, which is large and made anew.
pub(crate) fn files_of(session: &Session) -> Files {
    read_folder(&session.data()).into_iter().filter(|(name, _)| !name.starts_with("index/")).collect()
}

/// Records an input, saves the tables and hands a checkpoint out.
fn recorded(before: &Files, input: &str) -> Files {
    let session = session_with(before);
    session.annals(&["ingest", input]).success();
    session.annals(&["query", "select count(*) from stats"]).success();
    session.annals(&["checkpoint"]).success();
    files_of(&session)
}

impl World {
    pub(crate) fn new() -> Self {
        let session = Session::new();
        session.annals(&["fixture", "generate", text(&session.data()), "--entries", ENTRIES]).success();
        let generated = files_of(&session);
        let database = fixture("computedb/database.db");
        let older = recorded(&generated, &fixture("wandb-offline/run-offline-0.19.0.wandb"));
        let truth = recorded(&older, &format!("ours={database}"));
        let fork = recorded(&older, &format!("fork={database}"));
        let newer = recorded(&truth, &fixture("wandb-offline/run-offline-0.31.0.wandb"));
        let session = Session::with_log();
        let other = recorded(&files_of(&session), &database);
        assert_eq!(segments(&truth).len(), 2);
        Self { truth, older: vec![generated, older], newer, fork, other }
    }
}
