//! `wandb_config_signed`: a run's config says that its hotkey signed all of it, and whether that is so.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{object, or_null, text, text_or_null};
use super::{ConfigClaim, Derived, Fact, Kind, Memory};

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
