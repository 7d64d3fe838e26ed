//! Where a hotkey comes from: a flag, else the environment, else the config file. A secret is never shown, not even a
//! wrong one, and is wiped from memory where the libraries do that.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use annals_log::HotkeySigner;
use clap::Args;
use sp_core::crypto::{ExposeSecret as _, SecretString};

use super::keyfile;
use super::pair::{DEVELOPMENT, of_development, pair};
use crate::failure::Failure;
use crate::settings::Settings;

/// What every command takes that records.
#[derive(Args)]
pub(crate) struct HotkeyGiven {
    /// The recorder's own hotkey, to try things out: a development URI, as `//Alice`
    ///
    /// Everybody has the key of such a URI. A real hotkey is never taken from a command line, which stands in the
    /// process list and in the shell's history: see --hotkey-file.
    #[arg(long, value_name = "//URI", conflicts_with = "hotkey_file")]
    hotkey: Option<String>,
    /// The recorder's own hotkey, which signs every checkpoint beside the log's key: a file as
    /// `btcli wallet new-hotkey` makes it; the environment has it as `ANNALS_HOTKEY`
    ///
    /// `ANNALS_HOTKEY` is the path of such a file; or, where secrets come by the environment, a mnemonic, a seed as
    /// 0x and 64 hex digits, or a // URI. `init` writes the address into entry 0. A session without the hotkey is
    /// fine, and its checkpoints lack the line; another hotkey is refused.
    #[arg(long, value_name = "FILE")]
    hotkey_file: Option<PathBuf>,
}

/// What a command takes that publishes for a validator or a miner.
#[derive(Args)]
pub(crate) struct PublisherGiven {
    /// The hotkey that publishes, to try things out: a development URI, as `//Alice`
    #[arg(long, value_name = "//URI", conflicts_with = "publish_hotkey_file")]
    publish_hotkey: Option<String>,
    /// The hotkey that publishes, a validator's or a miner's own and not the recorder's: a file as
    /// `btcli wallet new-hotkey` makes it; the environment has it as `ANNALS_PUBLISH_HOTKEY`, in the forms of
    /// `ANNALS_HOTKEY`
    #[arg(long, value_name = "FILE")]
    publish_hotkey_file: Option<PathBuf>,
}

/// What a command takes that challenges for a validator, or answers for a miner.
#[derive(Args)]
pub(crate) struct ProvingGiven {
    /// The hotkey that asks or answers, to try things out: a development URI, as `//Alice`
    #[arg(long, value_name = "//URI", conflicts_with = "hotkey_file")]
    hotkey: Option<String>,
    /// The hotkey that asks or answers, a validator's or a miner's own and not the recorder's: a file as
    /// `btcli wallet new-hotkey` makes it; the environment has it as `ANNALS_GPU_HOTKEY`, in the forms of
    /// `ANNALS_HOTKEY`
    #[arg(long, value_name = "FILE")]
    hotkey_file: Option<PathBuf>,
}

/// Where one hotkey may come from.
struct Places<'a> {
    /// The flag for a development URI.
    flag: &'static str,
    variable: &'static str,
    uri: Option<&'a str>,
    file: Option<&'a Path>,
    /// Of the config file.
    config: Option<&'a Path>,
}

impl HotkeyGiven {
    /// Reads the hotkey, if one is given anywhere.
    pub(crate) fn read(&self, settings: &Settings) -> Result<Option<HotkeySigner>, Failure> {
        let places = Places {
            flag: "--hotkey",
            variable: "ANNALS_HOTKEY",
            uri: self.hotkey.as_deref(),
            file: self.hotkey_file.as_deref(),
            config: settings.hotkey_file.as_deref(),
        };
        places.read()
    }
}

impl ProvingGiven {
    /// Reads the hotkey. Nothing is asked or answered without it.
    pub(crate) fn read(&self) -> Result<HotkeySigner, Failure> {
        of_proving(self.hotkey.as_deref(), self.hotkey_file.as_deref(), None)
    }
}

/// The hotkey that challenges for a validator whose recorder runs: of the environment, or the file that the config file
/// names.
pub(crate) fn proving_hotkey(config: Option<&Path>) -> Result<HotkeySigner, Failure> {
    of_proving(None, None, config)
}

fn of_proving(
    uri: Option<&str>,
    file: Option<&Path>,
    config: Option<&Path>,
) -> Result<HotkeySigner, Failure> {
    let places = Places { flag: "--hotkey", variable: "ANNALS_GPU_HOTKEY", uri, file, config };
    let none = || {
        Failure::Usage(
            "a challenge is signed by the validator's hotkey, and answered with the miner's: --hotkey-file or \
             ANNALS_GPU_HOTKEY names it. The recorder's own signs checkpoints and no challenge"
                .to_owned(),
        )
    };
    places.read()?.ok_or_else(none)
}

impl PublisherGiven {
    /// Reads the hotkey. There is no publishing without it.
    pub(crate) fn read(&self) -> Result<HotkeySigner, Failure> {
        let places = Places {
            flag: "--publish-hotkey",
            variable: "ANNALS_PUBLISH_HOTKEY",
            uri: self.publish_hotkey.as_deref(),
            file: self.publish_hotkey_file.as_deref(),
            config: None,
        };
        let none = || {
            Failure::Usage(
                "the hotkey whose run it is has to sign: --publish-hotkey-file or ANNALS_PUBLISH_HOTKEY names it. The \
                 recorder's own signs checkpoints and nobody's runs"
                    .to_owned(),
            )
        };
        places.read()?.ok_or_else(none)
    }
}

impl Places<'_> {
    fn read(&self) -> Result<Option<HotkeySigner>, Failure> {
        let variable = std::env::var_os(self.variable).filter(|value| !value.is_empty());
        let signer = match (self.uri, self.file, variable, self.config) {
            (Some(uri), ..) => self.of_command_line(uri)?,
            (None, Some(path), ..) => keyfile::read(path)?,
            (None, None, Some(value), _) => self.of_environment(value)?,
            (None, None, None, Some(path)) => keyfile::read(path)?,
            (None, None, None, None) => return Ok(None),
        };
        Ok(Some(signer))
    }

    fn of_command_line(&self, uri: &str) -> Result<HotkeySigner, Failure> {
        let Self { flag, variable, .. } = self;
        if !uri.starts_with(DEVELOPMENT) {
            return Err(Failure::Usage(format!(
                "{flag} takes a development URI alone, as //Alice: a command line stands in the process list and in the \
                 shell's history. Name a hotkey file with {flag}-file or {variable}; if that was a secret, it is none now"
            )));
        }
        let wrong = || Failure::Usage(format!("{flag} is no development URI, as //Alice"));
        of_development(uri).map(HotkeySigner::new).ok_or_else(wrong)
    }

    fn of_environment(&self, value: OsString) -> Result<HotkeySigner, Failure> {
        let variable = self.variable;
        let text = match value.into_string() {
            Ok(text) => SecretString::new(text),
            Err(path) => return keyfile::read(Path::new(&path)),
        };
        let value = text.expose_secret();
        let path = Path::new(value);
        let is_secret = value.starts_with(DEVELOPMENT) || value.starts_with("0x") || value.contains(' ');
        if !is_secret || path.exists() {
            // A slip of the pen may have put a secret here: what names no file is not repeated.
            let unread = |error| Failure::Unavailable(format!("the file that {variable} names: {error}"));
            return match path.metadata() {
                Ok(_) => keyfile::read(path),
                Err(error) => Err(unread(error)),
            };
        }
        let wrong = || {
            Failure::Usage(format!(
                "{variable} holds neither the path of a hotkey file, nor a mnemonic of 12 to 24 words, a seed as 0x and 64 \
                 hex digits, or a // URI"
            ))
        };
        pair(value).map(HotkeySigner::new).ok_or_else(wrong)
    }
}
