//! `wandb_config_signed`: a run's config says that its hotkey signed all of it, and whether that is so.

use bincode::{Decode, Encode};

use super::json::fields::{object, or_null, text, text_or_null};
use super::json::{Text, Value};
use super::{CONFIG_CLAIM_KEY, ConfigClaim, Derived, Fact, Kind, Memory, RunAddress, RunConfig};
use crate::hotkey::Hotkey;

/// Follows, in the same batch, the `wandb_run` whose config it is about. The native id is the run id.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WandbConfigSigned {
    /// The config's `hotkey`, as an SS58 address with prefix 42; `None` when it is none.
    pub hotkey: Option<String>,
    /// What the config says was signed; `None` when that cannot be read.
    pub claim: Option<ConfigClaim>,
    /// Whether it was.
    pub verdict: ConfigVerdict,
}

/// What became of the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum ConfigVerdict {
    /// The hotkey signed this config, for this run.
    Valid,
    /// The hotkey signed a config for this run, and this is another one: somebody wrote it since, without signing it
    /// so.
    Changed,
    /// The hotkey did not sign what the claim says, or signed it for a run that is elsewhere.
    Wrong,
    /// The claim or the hotkey cannot be read, or the run id, its project or its entity is none that can be signed.
    Malformed,
}

impl WandbConfigSigned {
    /// What the key `annals` of a config says, and whether it is so; `None` when the config has no such key. A run
    /// without an address can have no valid claim.
    pub fn check(run: Option<RunAddress<'_>>, config: &RunConfig) -> Option<Self> {
        let told = config.get(CONFIG_CLAIM_KEY)?;
        let named = config.get("hotkey").and_then(Value::as_text).and_then(Text::as_str);
        let hotkey = named.and_then(|address| address.parse::<Hotkey>().ok());
        let read = ConfigClaim::read(told);
        let run = run.filter(|run| run.is_signable());
        let verdict = match (&read, &hotkey, run) {
            (Some((claim, signature)), Some(hotkey), Some(run)) => {
                let is_signed = hotkey.signed_config(&claim.text(run, hotkey), signature);
                match is_signed {
                    false => ConfigVerdict::Wrong,
                    true if claim.content_sha256 == config.content_sha256().0 => ConfigVerdict::Valid,
                    true => ConfigVerdict::Changed,
                }
            }
            _ => ConfigVerdict::Malformed,
        };
        let hotkey = hotkey.map(|hotkey| hotkey.to_string());
        Some(Self { hotkey, claim: read.map(|(claim, _)| claim), verdict })
    }
}

impl Fact for WandbConfigSigned {
    const KIND: Kind = Kind(0x0107);
    const NAME: &'static str = "wandb_config_signed";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = None;

    fn fields(&self) -> Value {
        object([
            ("hotkey", text_or_null(self.hotkey.as_ref())),
            ("claim", or_null(self.claim.as_ref(), ConfigClaim::field)),
            ("verdict", text(self.verdict.as_str())),
        ])
    }
}

impl ConfigVerdict {
    /// As SQL shows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Changed => "changed",
            Self::Wrong => "wrong",
            Self::Malformed => "malformed",
        }
    }
}
