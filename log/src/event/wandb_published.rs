//! `wandb_published`: what the recorder itself wrote into a W&B run, and what became of it.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{digest, number, object, or_null, text, texts};
use super::{Account, Derived, Fact, Kind, Memory};

/// A config and rows of history that are sent for a hotkey, each once. The native id is the run id.
///
/// An act has two entries: the first, in the log before anything is sent, has both outcomes unknown, and the second
/// what became of them. Where the second is missing the recorder ended in between, and what the first has attached may
/// have arrived or not.
///
/// Attached: the config text as it is sent, all of it; and the rows, if they have an outcome, a JSON object a line.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WandbPublished {
    /// Whom it was sent to: scheme, host and port, without credentials and path.
    pub server: String,
    /// Whose project.
    pub entity: String,
    /// Which project.
    pub project: String,
    /// Who signed. It is the hotkey of who publishes, not the recorder's.
    pub hotkey: Account,
    /// Top-level keys of the config whose values were others before.
    pub keys: Vec<String>,
    /// What became of the config.
    pub config: SendOutcome,
    /// What became of the rows, which follow a config that was accepted; `None` if they were not sent.
    pub rows: Option<SendOutcome>,
    /// The size of this log that the config names.
    pub tree_size: u64,
    /// And its root.
    pub root: [u8; 32],
}

/// What became of a request that changes something.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum SendOutcome {
    /// The server says that it took it, or shows it.
    Accepted,
    /// The server did not take it, in its words.
    Refused(String),
    /// It was about to be sent, or it was sent and then nothing certain was heard of it, for this reason.
    Unknown(String),
    /// Nothing of it reached the server, for this reason.
    NotSent(String),
}

impl Fact for WandbPublished {
    const KIND: Kind = Kind(0x0108);
    const NAME: &'static str = "wandb_published";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = None;

    fn fields(&self) -> Value {
        object([
            ("server", text(&self.server)),
            ("entity", text(&self.entity)),
            ("project", text(&self.project)),
            ("hotkey", text(&self.hotkey.address())),
            ("keys", texts(&self.keys)),
            ("config", self.config.field()),
            ("rows", or_null(self.rows.as_ref(), SendOutcome::field)),
            ("tree_size", number(self.tree_size)),
            ("root", digest(self.root)),
        ])
    }
}

impl SendOutcome {
    /// As SQL shows it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused(_) => "refused",
            Self::Unknown(_) => "unknown",
            Self::NotSent(_) => "not_sent",
        }
    }

    fn field(&self) -> Value {
        match self {
            Self::Accepted => text(self.as_str()),
            Self::Refused(why) | Self::Unknown(why) | Self::NotSent(why) => {
                object([(self.as_str(), text(why))])
            }
        }
    }
}
