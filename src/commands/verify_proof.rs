//! `annals verify-proof`: check a proof, with or without the log.

use std::io::{Read as _, Write};
use std::path::PathBuf;

use annals_log::{Hotkey, ProofError, Reader, SignedEvent, Vkey, utc_text};

use crate::failure::Failure;
use crate::settings::Settings;
use crate::terminal::{self, printable};

/// No proof is longer: an entry in base64, 63 hashes, a checkpoint.
const PROOF_BYTES_MAX: u64 = 1 << 20;

/// Check a proof and print what it proves.
///
/// The log itself is not needed, only its key. A hotkey that signed, too, is checked with the key in its address, and named.
#[derive(clap::Args)]
pub(crate) struct VerifyProof {
    /// A `.tlog-proof` file, `-` for standard input.
    file: PathBuf,
    /// The key of the log that you trust, as `annals init` and `annals verify` print it. Without it, the key of the
    /// log in --data.
    #[arg(long)]
    vkey: Option<Vkey>,
    /// The recorder's hotkey, which has to have signed, too. Without it, whatever hotkey signed is named.
    #[arg(long, value_name = "ADDRESS")]
    signed_by: Option<Hotkey>,
}

impl VerifyProof {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let data = &settings.data;
        let text = self.read().map_err(|error| Failure::input(&self.file, &error))?;
        let (vkey, hotkey) = match self.vkey.clone() {
            Some(vkey) => (vkey, None),
            None => {
                let reader = Reader::open(data).map_err(|error| {
                    Failure::Unavailable(format!("{error}; or name the log's key with --vkey"))
                })?;
                (reader.vkey().clone(), reader.hotkey().cloned())
            }
        };
        let finding = |error| Failure::Finding(format!("{}: {error}", self.file.display()));
        let proof = SignedEvent::parse(&text).map_err(finding)?;
        if let Some(hotkey) = &self.signed_by {
            proof.checkpoint().verify_hotkey(hotkey).map_err(|error| finding(error.into()))?;
        }
        let mut out = terminal::out();
        describe_proof(&proof, &vkey, &mut out).map_err(|failure| failure.at(&self.file))?;
        if let Some(hotkey) = hotkey.filter(|hotkey| !proof.checkpoint().hotkeys().contains(hotkey)) {
            writeln!(out, "unsigned by  {hotkey}, the log's hotkey: the recorder ran without it")?;
        }
        Ok(())
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
    let finding = |error: ProofError| Failure::Finding(error.to_string());
    let (envelope, checkpoint) = proof.verify(vkey).map_err(finding)?;
    let hotkeys = proof.checkpoint().hotkeys();
    for hotkey in &hotkeys {
        proof.checkpoint().verify_hotkey(hotkey).map_err(|error| finding(error.into()))?;
    }
    let (index, origin, size) = (proof.index(), &checkpoint.origin, checkpoint.size);
    writeln!(out, "proven       entry {index} is in {origin} at size {size}")?;
    writeln!(out, "signed by    {vkey}")?;
    for hotkey in hotkeys {
        writeln!(out, "             {hotkey}, a hotkey")?;
    }
    writeln!(out, "kind         {}", envelope.kind)?;
    writeln!(out, "source       {} {}", printable(envelope.source), printable(envelope.native_id))?;
    writeln!(out, "recorded     {}", utc_text(envelope.recorded_at_ms))?;
    for payload in envelope.payloads() {
        writeln!(out, "vouches for  SHA-256 {}, {} bytes", payload.digest(), payload.length)?;
    }
    Ok(())
}
