//! The findings of `annals verify`, as one JSON object.

use annals_log::{Fault, Signatures, TreeSize, Verified};
use annals_projections::{RecordedRoot, RetractedRoot, SavedTables, StateAudit, Unfit};
use serde::Serialize;

/// All of it. Sizes count entries.
#[derive(Serialize)]
pub(crate) struct VerifiedJson<'a> {
    sound: bool,
    /// `null` where the log could not be opened: the finding says why.
    log: Option<LogJson<'a>>,
    /// `null` where they were not looked at.
    tables: Option<TablesJson<'a>>,
    findings: Vec<FindingJson<'a>>,
}

#[derive(Serialize)]
struct LogJson<'a> {
    origin: &'a str,
    vkey: String,
    hotkey: Option<String>,
    size: u64,
    root: String,
    segments: u64,
    commits: u64,
    payloads: u64,
    /// Before compression.
    payload_bytes: u64,
    /// Whose were checked: `last`, the last commit's, or `all`.
    signatures: &'static str,
    /// The commits, of those whose signatures were checked, that no hotkey signed.
    commits_without_hotkey: u64,
    /// Handed out or kept.
    checkpoints: u64,
}

#[derive(Serialize)]
struct TablesJson<'a> {
    /// Those that the fold gives, too.
    state_roots_right: u64,
    state_roots_unchecked: Vec<RootJson<'a>>,
    state_roots_taken_back: Vec<TakenBackJson<'a>>,
    /// `absent`, `right`, `unused` or `wrong`.
    saved: &'static str,
}

#[derive(Serialize)]
struct RootJson<'a> {
    log_index: u64,
    table: &'a str,
    version: u16,
    at_size: u64,
}

#[derive(Serialize)]
struct TakenBackJson<'a> {
    #[serde(flatten)]
    root: RootJson<'a>,
    taken_back_by: u64,
    why: &'a str,
}

/// Something that is not as it was recorded: in a file of the log, in a state root, or in the saved tables.
#[derive(Default, Serialize)]
struct FindingJson<'a> {
    kind: &'static str,
    what: String,
    /// Relative to the log's folder.
    file: Option<String>,
    /// From the start of the file.
    byte: Option<u64>,
    log_index: Option<u64>,
    table: Option<&'a str>,
    at_size: Option<u64>,
}

impl<'a> VerifiedJson<'a> {
    /// `audit` is there if the tables were looked at.
    pub(crate) fn of(verified: &'a Verified, signatures: Signatures, audit: Option<&'a StateAudit>) -> Self {
        let mut findings: Vec<_> = verified.faults.iter().map(FindingJson::of_fault).collect();
        if let Some(audit) = audit {
            findings.extend(audit.wrong.iter().map(FindingJson::of_root));
            findings.extend(FindingJson::of_saved(&audit.saved));
        }
        let (log, tables) = (Some(LogJson::of(verified, signatures)), audit.map(TablesJson::of));
        Self { sound: findings.is_empty(), log, tables, findings }
    }

    /// Tells of a log that cannot be opened.
    pub(crate) fn of_fault(fault: &Fault) -> Self {
        Self { sound: false, log: None, tables: None, findings: vec![FindingJson::of_fault(fault)] }
    }
}

impl<'a> LogJson<'a> {
    fn of(verified: &'a Verified, signatures: Signatures) -> Self {
        let claim = verified.checkpoint.claim();
        Self {
            origin: &claim.origin,
            vkey: verified.vkey.to_string(),
            hotkey: verified.hotkey.as_ref().map(ToString::to_string),
            size: claim.size.0,
            root: claim.root.to_base64(),
            segments: verified.segments,
            commits: verified.frames,
            payloads: verified.payloads,
            payload_bytes: verified.payload_bytes,
            signatures: if signatures == Signatures::All { "all" } else { "last" },
            commits_without_hotkey: verified.without_hotkey,
            checkpoints: verified.checkpoints,
        }
    }
}

impl<'a> TablesJson<'a> {
    fn of(audit: &'a StateAudit) -> Self {
        Self {
            state_roots_right: audit.right,
            state_roots_unchecked: audit.unchecked.iter().map(RootJson::of).collect(),
            state_roots_taken_back: audit.retracted.iter().map(TakenBackJson::of).collect(),
            saved: standing(&audit.saved),
        }
    }
}

impl<'a> RootJson<'a> {
    fn of(root: &'a RecordedRoot) -> Self {
        let RecordedRoot { log_index, table, state, .. } = root;
        Self { log_index: log_index.0, table, version: state.version, at_size: state.at_size }
    }
}

impl<'a> TakenBackJson<'a> {
    fn of(RetractedRoot { root, by, why }: &'a RetractedRoot) -> Self {
        Self { root: RootJson::of(root), taken_back_by: by.0, why }
    }
}

impl<'a> FindingJson<'a> {
    fn of_fault(fault: &Fault) -> Self {
        Self {
            kind: "log",
            what: fault.what.to_string(),
            file: Some(fault.place.file.to_string_lossy().into_owned()),
            byte: fault.place.offset,
            ..Self::default()
        }
    }

    fn of_root(root: &'a RecordedRoot) -> Self {
        Self {
            kind: "state_root",
            what: "not what the fold gives".to_owned(),
            log_index: Some(root.log_index.0),
            table: Some(&root.table),
            at_size: Some(root.state.at_size),
            ..Self::default()
        }
    }

    fn of_saved(saved: &SavedTables) -> Option<Self> {
        let (size, what) = wrong_in(saved)?;
        let file = Some("tables".to_owned());
        Some(Self { kind: "saved_tables", what, file, at_size: Some(size.0), ..Self::default() })
    }
}

/// Returns what is wrong in saved tables, and the size that they claim to be of: no answer comes from them, and
/// somebody made them so.
pub(crate) fn wrong_in(saved: &SavedTables) -> Option<(TreeSize, String)> {
    match saved {
        SavedTables::Wrong { size, what } => Some((*size, what.clone())),
        SavedTables::Unfit(Unfit::Ahead { position, is_attested: true }) => {
            Some((*position, "attested by the log's key: an older state of the log was put back".to_owned()))
        }
        _ => None,
    }
}

fn standing(saved: &SavedTables) -> &'static str {
    match saved {
        SavedTables::Absent => "absent",
        SavedTables::Right(_) => "right",
        saved if wrong_in(saved).is_some() => "wrong",
        SavedTables::Wrong { .. } | SavedTables::Unfit(_) => "unused",
    }
}
