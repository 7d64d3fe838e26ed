//! `annals verify`: read all of a log and check it.

use std::fs::File;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals_log::{
    KeptCheckpoint, ReadError, Reader, Signatures, SignedCheckpoint, TreeSize, Verification, Verified,
    VerifyError,
};
use annals_projections::{RecordedRoot, RetractedRoot, SavedTables, StateAudit, Unfit};

use crate::answer_file::AnswerFile;
use crate::failure::Failure;
use crate::form::{FormGiven, write_object};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::tables;
use crate::terminal::{self, printable, shown};
use crate::verified::{VerifiedJson, wrong_in};

/// Read all of the log and check it.
///
/// Every root is computed again, every payload hashed, and the last signatures checked, which cover all entries; then
/// the tables are made again from the entries, and compared with the state roots that the log has of them and with
/// the tables that are saved. The recorder may go on meanwhile. Exit code 1 and a line for each fault if the log is
/// not what was recorded.
///
/// As JSON it is `sound`; `log` and `tables` with their figures, null where they were not looked at; and `findings`, a
/// list of `kind` (`log`, `state_root` or `saved_tables`), `what`, and the place: `file` and `byte`, or `log_index`,
/// `table` and `at_size`.
#[derive(Default, clap::Args)]
pub(crate) struct Verify {
    /// Check the signatures of every commit, not only of the last.
    #[arg(long)]
    signatures: bool,
    /// Leave the tables out.
    #[arg(long)]
    log_only: bool,
    /// A checkpoint kept elsewhere that the log must lead to; may be given several times.
    ///
    /// An answer has one in it, too: Parquet and Arrow always, the other forms with --with-checkpoint.
    ///
    /// It is the only way to notice that the whole folder, watermark included, was put back to an earlier day. A file
    /// that is damaged, or another log's, is refused: it says nothing about this log.
    #[arg(long, value_name = "CHECKPOINT")]
    against: Vec<PathBuf>,
    #[command(flatten)]
    form: FormGiven,
}

impl Verify {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let data = &settings.data;
        let against = self.against.iter().map(|path| read_checkpoint(path)).collect::<Result<_, _>>()?;
        let signatures = if self.signatures { Signatures::All } else { Signatures::Last };
        let verification = Verification { signatures, against, ..Verification::default() };
        let total = Reader::open(data).map_or(0, |reader| reader.size().0);
        let verified = {
            let _shown =
                Progress::follow("verifying", "entries", total, Arc::clone(&verification.entries_done));
            verification.run(data)
        };
        if let Err(VerifyError::Read(ReadError::Fault(fault))) = &verified
            && self.form.is_json()
        {
            write_object(&VerifiedJson::of_fault(fault))?;
        }
        let verified = verified?;
        if !self.form.is_json() {
            report(&verified, signatures)?;
        }
        // Of a log that is not sound nobody knows what its tables were.
        let audit = match verified.is_sound() && !self.log_only {
            true => Some(audit(data, &verified)?),
            false => None,
        };
        let wrong = audit.as_ref().map_or(0, count_wrong);
        if self.form.is_json() {
            write_object(&VerifiedJson::of(&verified, signatures, audit.as_ref()))?;
        } else if let Some(audit) = &audit {
            report_tables(audit)?;
        }
        let finding = |what: &str| Err(Failure::Finding(what.to_owned()));
        match (verified.faults.len(), wrong) {
            (0, 0) if self.form.is_json() => Ok(()),
            (0, 0) => Ok(writeln!(terminal::out(), "sound")?),
            (0, _) => finding("the tables are not what was recorded of them"),
            (1, _) => finding("1 fault: the log is not what was recorded"),
            (faults, _) => finding(&format!("{faults} faults: the log is not what was recorded")),
        }
    }
}

/// Compares the tables with their recorded roots, and with what is saved of them.
fn audit(data: &Path, verified: &Verified) -> Result<StateAudit, Failure> {
    let reader = Reader::open(data)?;
    let done = Arc::new(AtomicU64::new(0));
    let _shown = Progress::follow("folding", "entries", verified.size().0, Arc::clone(&done));
    let folder = tables::folder(data);
    let progress = |size: TreeSize| done.store(size.0, Ordering::Relaxed);
    Ok(StateAudit::of(&reader, verified.size(), Some(&folder), progress)?)
}

/// Wrong saved tables count, too: no answer comes from them, and somebody made them so.
fn count_wrong(audit: &StateAudit) -> usize {
    audit.wrong.len() + usize::from(wrong_in(&audit.saved).is_some())
}

fn report_tables(audit: &StateAudit) -> Result<(), Failure> {
    let mut out = terminal::out();
    match audit.right + audit.wrong.len() as u64 + audit.unchecked.len() as u64 {
        0 => writeln!(out, "state roots  none recorded, so none to compare the tables with")?,
        _ => writeln!(out, "state roots  {} as the fold gives them", audit.right)?,
    }
    for RetractedRoot { root, by, why } in &audit.retracted {
        let (index, table, size) = (root.log_index, printable(&root.table), root.state.at_size);
        writeln!(
            out,
            "taken back   entry {index}: {table} at size {size}, by entry {by}: {}",
            printable(why)
        )?;
    }
    for RecordedRoot { log_index, table, state, .. } in &audit.unchecked {
        let (version, size) = (state.version, state.at_size);
        let why = "of other tables, or versions of tables, than this annals has";
        let table = printable(table);
        writeln!(out, "unchecked    entry {log_index}: {table}, version {version}, at size {size}: {why}")?;
    }
    for RecordedRoot { log_index, table, state, .. } in &audit.wrong {
        let (table, size) = (printable(table), state.at_size);
        writeln!(
            out,
            "FAULT        entry {log_index}: {table} at size {size} is not what the fold gives; `annals rebuild --take-back` \
             records that"
        )?;
    }
    report_saved(&audit.saved, &mut out)
}

fn report_saved(saved: &SavedTables, out: &mut impl Write) -> Result<(), Failure> {
    match saved {
        SavedTables::Absent => {}
        SavedTables::Right(size) => writeln!(out, "saved tables at size {size}, as the fold gives them")?,
        SavedTables::Unfit(Unfit::Ahead { position, is_attested: true }) => {
            writeln!(
                out,
                "FAULT        tables/state: the log's key attests tables at size {position}: an older state of the log was put back"
            )?;
        }
        SavedTables::Unfit(unfit) => writeln!(out, "saved tables are not used: {unfit}")?,
        SavedTables::Wrong { size, what } => {
            let what = printable(what);
            writeln!(
                out,
                "FAULT        tables/: saved at size {size}, {what}; `annals rebuild` makes them again"
            )?;
        }
    }
    Ok(())
}

fn report(verified: &Verified, signatures: Signatures) -> Result<(), Failure> {
    let mut out = terminal::out();
    let claim = verified.checkpoint.claim();
    writeln!(out, "log          {}", claim.origin)?;
    writeln!(out, "key          {}", verified.vkey)?;
    if let Some(hotkey) = &verified.hotkey {
        writeln!(out, "hotkey       {hotkey} {}", told_of_hotkey(verified, signatures))?;
    }
    writeln!(out, "size         {} entries, 0 to {}", verified.size(), verified.last())?;
    writeln!(out, "root         {}", claim.root.to_base64())?;
    writeln!(out, "read         {} segments, {} commits", verified.segments, verified.frames)?;
    writeln!(out, "payloads     {}, {} bytes before compression", verified.payloads, verified.payload_bytes)?;
    let signed = match signatures {
        Signatures::Last => "the last commit's, which covers every entry",
        Signatures::All => "every commit's",
    };
    writeln!(out, "signatures   {signed}")?;
    let led_to = if verified.is_sound() { ", and the log leads to them" } else { "" };
    writeln!(out, "checkpoints  {} handed out or kept{led_to}", verified.checkpoints)?;
    for fault in &verified.faults {
        writeln!(out, "FAULT        {}", printable(&fault.to_string()))?;
    }
    Ok(())
}

/// Without its hotkey the recorder may run, and whoever relies on it is told.
fn told_of_hotkey(verified: &Verified, signatures: Signatures) -> String {
    let signed = verified.frames - verified.without_hotkey;
    match (signatures, verified.without_hotkey) {
        (Signatures::Last, 0) => "signed the last commit".to_owned(),
        (Signatures::Last, _) => "has not signed the last commit: the recorder ran without it".to_owned(),
        (Signatures::All, 0) => "signed every commit".to_owned(),
        (Signatures::All, _) => {
            format!("signed {signed} of {} commits: the recorder ran without it", verified.frames)
        }
    }
}

/// A checkpoint in a file, or in an answer. Whatever is wrong with the file says nothing about the log.
fn read_checkpoint(path: &Path) -> Result<KeptCheckpoint, Failure> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| Failure::input(path, &error))?;
    let read = file.take(SignedCheckpoint::BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::input(path, &error))?;
    if let Ok(answer) = AnswerFile::read(path) {
        return answer.checkpoint();
    }
    let wrong = |what: &str| Failure::Usage(what.to_owned()).at(path);
    let note = String::from_utf8(bytes).map_err(|_| wrong("not a checkpoint: it is not UTF-8"))?;
    if note.starts_with('\u{feff}') {
        return Err(wrong("it begins with a byte order mark, which no checkpoint does: save it without one"));
    }
    let checkpoint = SignedCheckpoint::parse(&note).map_err(|error| wrong(&error.to_string()))?;
    Ok(KeptCheckpoint { name: shown(path), checkpoint })
}
