//! `annals verify`: read all of a log and check it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annals_log::{Reader, Signatures, SignedCheckpoint, Verification, Verified};

use crate::failure::Failure;
use crate::progress::Progress;

/// Read all of the log and check it.
///
/// Every root is computed again, every payload hashed, and the last signature checked, which covers all entries. The
/// recorder may go on meanwhile. Exit code 1 and a line for each fault if the log is not what was recorded.
#[derive(clap::Args)]
pub(crate) struct Verify {
    /// Check the signature of every commit, not only of the last.
    #[arg(long)]
    signatures: bool,
    /// A checkpoint kept elsewhere that the log must lead to; may be given several times.
    ///
    /// It is the only way to notice that the whole folder, watermark included, was put back to an earlier day.
    #[arg(long, value_name = "CHECKPOINT")]
    against: Vec<PathBuf>,
}

impl Verify {
    pub(crate) fn run(self, data: &Path) -> Result<(), Failure> {
        let against = self.against.iter().map(|path| read_checkpoint(path)).collect::<Result<_, _>>()?;
        let signatures = if self.signatures { Signatures::All } else { Signatures::Last };
        let verification = Verification { signatures, against, ..Verification::default() };
        let total = Reader::open(data).map_or(0, |reader| reader.size().0);
        let verified = {
            let _shown = Progress::follow("verifying", total, Arc::clone(&verification.entries_done));
            verification.run(data)?
        };
        report(&verified, signatures)?;
        match verified.faults.len() {
            0 => Ok(()),
            1 => Err(Failure::Finding("1 fault: the log is not what was recorded".into())),
            faults => Err(Failure::Finding(format!("{faults} faults: the log is not what was recorded"))),
        }
    }
}

fn report(verified: &Verified, signatures: Signatures) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let claim = verified.checkpoint.claim();
    writeln!(out, "log          {}", claim.origin)?;
    writeln!(out, "key          {}", verified.vkey)?;
    writeln!(out, "size         {} entries, 0 to {}", verified.size(), verified.last())?;
    writeln!(out, "root         {}", claim.root.to_base64())?;
    writeln!(out, "read         {} segments, {} commits", verified.segments, verified.frames)?;
    writeln!(out, "payloads     {}, {} bytes before compression", verified.payloads, verified.payload_bytes)?;
    let signed = match signatures {
        Signatures::Last => "the last commit's, which covers every entry",
        Signatures::All => "every commit's",
    };
    writeln!(out, "signatures   {signed}")?;
    writeln!(out, "checkpoints  {} handed out or kept, and the log leads to them", verified.checkpoints)?;
    for fault in &verified.faults {
        writeln!(out, "FAULT        {fault}")?;
    }
    if verified.is_sound() {
        writeln!(out, "sound")?;
    }
    Ok(())
}

fn read_checkpoint(path: &Path) -> Result<SignedCheckpoint, Failure> {
    let note = std::fs::read_to_string(path).map_err(|error| Failure::input(path, &error))?;
    SignedCheckpoint::parse(&note).map_err(|error| Failure::Finding(format!("{}: {error}", path.display())))
}
