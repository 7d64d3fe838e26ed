//! `annals verify-proof`: check a proof, with or without the log.

use std::io::{Read as _, Write};
use std::path::PathBuf;

use annals_log::{Reader, SignedEvent, Vkey, utc_text};

use crate::failure::Failure;
use crate::settings::Settings;
use crate::terminal::{self, printable};

/// No proof is longer: an entry in base64, 63 hashes, a checkpoint.
const PROOF_BYTES_MAX: u64 = 1 << 20;

/// Check a proof and print what it proves.
///
/// The log itself is not needed, only its key.
#[derive(clap::Args)]
pub(crate) struct VerifyProof {
    /// A `.tlog-proof` file, `-` for standard input.
    file: PathBuf,
    /// The key of the log that you trust, as `annals init` and `annals verify` print it. Without it, the key of the
    /// log in --data.
    #[arg(long)]
    vkey: Option<Vkey>,
}

impl VerifyProof {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let data = &settings.data;
        let text = self.read().map_err(|error| Failure::input(&self.file, &error))?;
        let vkey = match self.vkey {
            Some(vkey) => vkey,
            None => Reader::open(data)
                .map_err(|error| Failure::Unavailable(format!("{error}; or name the log's key with --vkey")))?
                .vkey()
                .clone(),
        };
        let finding = |error| Failure::Finding(format!("{}: {error}", self.file.display()));
        let proof = SignedEvent::parse(&text).map_err(finding)?;
        describe_proof(&proof, &vkey, &mut terminal::out()).map_err(|failure| failure.at(&self.file))
    }

    fn read(&self) -> std::io::Result<String> {
        let mut text = String::new();
        if self.file.as_os_str() == "-" {
            std::io::stdin().take(PROOF_BYTES_MAX).read_to_string(&mut text)?;
        } else {
            std::fs::File::open(&self.file)?.take(PROOF_BYTES_MAX).read_to_string(&mut text)?;
        }
        Ok(text)
    }
}

/// Checks a proof with the key of its log, and says what it proves.
pub(crate) fn describe_proof(proof: &SignedEvent, vkey: &Vkey, out: &mut impl Write) -> Result<(), Failure> {
    let (envelope, checkpoint) = proof.verify(vkey).map_err(|error| Failure::Finding(error.to_string()))?;
    let (index, origin, size) = (proof.index(), &checkpoint.origin, checkpoint.size);
    writeln!(out, "proven       entry {index} is in {origin} at size {size}")?;
    writeln!(out, "signed by    {vkey}")?;
    writeln!(out, "kind         {}", envelope.kind)?;
    writeln!(out, "source       {} {}", printable(envelope.source), printable(envelope.native_id))?;
    writeln!(out, "recorded     {}", utc_text(envelope.recorded_at_ms))?;
    for payload in envelope.payloads() {
        writeln!(out, "vouches for  SHA-256 {}, {} bytes", payload.digest(), payload.length)?;
    }
    Ok(())
}
