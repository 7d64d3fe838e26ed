//! The name by which miner and validator call a GPU.

use std::fmt;

use thiserror::Error;

/// Bytes of a label, with the zeros that fill it up.
pub(crate) const LABEL_BYTES: usize = 64;

/// Up to 64 characters of printable ASCII without spaces: the UUID that the driver gives, as a rule. A label is for
/// history and for finding doubles; it is evidence of nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GpuLabel([u8; LABEL_BYTES]);

/// A text that is no label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a label is 1 to 64 characters of printable ASCII without spaces, and zeros after them")]
pub struct LabelError;

impl GpuLabel {
    /// Reads a label as a challenge holds it.
    ///
    /// # Errors
    /// It is empty, has other characters, or something after the first zero.
    pub fn from_bytes(bytes: [u8; LABEL_BYTES]) -> Result<Self, LabelError> {
        let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(LABEL_BYTES);
        let is_text = bytes[..length].iter().all(u8::is_ascii_graphic);
        let is_filled = bytes[length..].iter().all(|byte| *byte == 0);
        if length > 0 && is_text && is_filled { Ok(Self(bytes)) } else { Err(LabelError) }
    }

    /// The label as a challenge holds it.
    pub fn to_bytes(self) -> [u8; LABEL_BYTES] {
        self.0
    }

    /// The label without the zeros.
    pub fn as_str(&self) -> &str {
        let text = std::str::from_utf8(&self.0).expect("ASCII, which was checked");
        text.trim_end_matches('\0')
    }
}

impl std::str::FromStr for GpuLabel {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        let mut bytes = [0; LABEL_BYTES];
        bytes.get_mut(..text.len()).ok_or(LabelError)?.copy_from_slice(text.as_bytes());
        // A zero of the text itself would vanish among those that fill it up.
        if text.contains('\0') { Err(LabelError) } else { Self::from_bytes(bytes) }
    }
}

impl fmt::Display for GpuLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for GpuLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GpuLabel({self})")
    }
}
