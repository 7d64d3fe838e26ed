//! `annals verify-proof`: check a proof, with or without the log.

use std::io::{Read, Write};
use std::path::PathBuf;

use annals_log::{Hotkey, ProofError, Reader, SignedEvent, Vkey, utc_text};

use crate::failure::Failure;
use crate::settings::Settings;
use crate::terminal::{self, printable, say};

/// Check a proof and print what it proves.
///
/// The log itself is not needed, only its key. A hotkey that signed, too, is checked with the key in its address, and
/// named. Lines of keys that nobody asked for prove nothing and spoil nothing, as C2SP has it.
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
        let finding = |error: ProofError| Failure::Finding(error.to_string()).at(&self.file);
        let bytes = self.read().map_err(|error| Failure::input(&self.file, &error))?;
        let text = String::from_utf8(bytes).map_err(|_| finding(ProofError::Malformed("it is not UTF-8")))?;
        let (vkey, hotkey) = match self.vkey.clone() {
            Some(vkey) => (vkey, None),
            None => {
                let reader = Reader::open(data).map_err(|error| {
                    Failure::Unavailable(format!("{error}; or name the log's key with --vkey"))
                })?;
                (reader.vkey().clone(), reader.hotkey().cloned())
            }
        };
        let proof = SignedEvent::parse(&text).map_err(finding)?;
        if let Some(hotkey) = &self.signed_by {
            proof.checkpoint().verify_hotkey(hotkey).map_err(|error| finding(error.into()))?;
        }
        let mut out = terminal::out();
        describe_proof(&proof, &vkey, hotkey.as_ref(), &mut out).map_err(|failure| failure.at(&self.file))?;
        if let Some(hotkey) = hotkey.filter(|hotkey| !proof.checkpoint().hotkeys().contains(hotkey)) {
            writeln!(out, "unsigned by  {hotkey}, the log's hotkey: the recorder ran without it")?;
        }
        Ok(())
    }

    fn read(&self) -> std::io::Result<Vec<u8>> {
        let input: Box<dyn Read> = match self.file.as_os_str() == "-" {
            true => Box::new(std::io::stdin()),
            false => Box::new(std::fs::File::open(&self.file)?),
        };
        let mut bytes = Vec::new();
        input.take(SignedEvent::BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Checks a proof with the key of its log, and with the log's hotkey where that is known, and says what it proves.
pub(crate) fn describe_proof(
    proof: &SignedEvent,
    vkey: &Vkey,
    hotkey: Option<&Hotkey>,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let finding = |error: ProofError| Failure::Finding(error.to_string());
    let of = &proof.checkpoint().claim().origin;
    if of != vkey.name() {
        return Err(Failure::Finding(format!(
            "the proof is of log {}, the key you trust is that of {}. Give the other one's key with --vkey if you trust it",
            printable(of),
            vkey.name()
        )));
    }
    let (envelope, checkpoint) = proof.verify(vkey).map_err(finding)?;
    // Whoever passes a proof on can add a line of any other hotkey, right or wrong.
    let mut signed_by = Vec::new();
    for named in proof.checkpoint().hotkeys() {
        match proof.checkpoint().verify_hotkey(&named) {
            Ok(()) => signed_by.push(named),
            Err(error) if hotkey == Some(&named) => return Err(finding(error.into())),
            Err(_) => say(&format!("a line in the name of {named} is not its signature, and is passed over")),
        }
    }
    let (index, origin, size) = (proof.index(), &checkpoint.origin, checkpoint.size);
    writeln!(out, "proven       entry {index} is in {origin} at size {size}")?;
    writeln!(out, "signed by    {vkey}")?;
    for hotkey in signed_by {
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
