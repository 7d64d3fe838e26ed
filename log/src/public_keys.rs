//! The public keys that entry 0 names: who speaks for a log.

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::event::LogOpened;
use crate::hotkey::Hotkey;
use crate::note::NoteError;
use crate::vkey::Vkey;

/// With these alone a stranger can check what a log says.
#[derive(Debug, Clone)]
pub(crate) struct PublicKeys {
    pub(crate) vkey: Vkey,
    pub(crate) hotkey: Option<Hotkey>,
}

impl PublicKeys {
    /// # Errors
    /// `Key`, `Hotkey`: entry 0 names what is none.
    pub(crate) fn of(opened: &LogOpened) -> Result<Self, NoteError> {
        let hotkey = opened.hotkey.as_ref().map(|hotkey| hotkey.parse()).transpose()?;
        Ok(Self { vkey: opened.vkey.parse()?, hotkey })
    }

    /// Returns the checkpoint once its signatures are checked. Only the log's own has to be there: the recorder may
    /// run without its hotkey, see [`PublicKeys::lacks_hotkey`].
    pub(crate) fn verify<'a>(&self, signed: &'a SignedCheckpoint) -> Result<&'a Checkpoint, NoteError> {
        let checkpoint = signed.verify(&self.vkey)?;
        match self.hotkey.as_ref().map(|hotkey| signed.verify_hotkey(hotkey)) {
            Some(Err(wrong @ NoteError::BadSignature(_))) => Err(wrong),
            _ => Ok(checkpoint),
        }
    }

    /// There is a hotkey, and it has not signed.
    pub(crate) fn lacks_hotkey(&self, signed: &SignedCheckpoint) -> bool {
        self.hotkey.as_ref().is_some_and(|hotkey| !signed.hotkeys().contains(hotkey))
    }
}
