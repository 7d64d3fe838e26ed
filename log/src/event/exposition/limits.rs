//! How much of each thing a body may hold.

use super::Escaped;

/// How many labels a sample has at most, so that a stranger's body takes no memory beside itself.
pub const LABELS_MAX: usize = 1_024;

/// How much a body may hold, as Prometheus' scrape configuration has it. A body that holds more is refused whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Samples of a body; `sample_limit`.
    pub samples: usize,
    /// Labels of a sample or an exemplar, beside the metric's name; `label_limit`. Above [`LABELS_MAX`] it means that.
    pub labels: usize,
    /// Bytes of a label's name, without quotes and escapes; `label_name_length_limit`.
    pub label_name_bytes: usize,
    /// Bytes of a label's value, without quotes and escapes; `label_value_length_limit`. To Prometheus a metric's name
    /// is the value of a label, so this is its bound, too.
    pub label_value_bytes: usize,
}

/// One of [`Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::samples`].
    Samples,
    /// [`Limits::labels`].
    Labels,
    /// [`Limits::label_name_bytes`].
    LabelNameBytes,
    /// [`Limits::label_value_bytes`].
    LabelValueBytes,
}

impl Default for Limits {
    /// [`LABELS_MAX`] alone.
    fn default() -> Self {
        Self {
            samples: usize::MAX,
            labels: LABELS_MAX,
            label_name_bytes: usize::MAX,
            label_value_bytes: usize::MAX,
        }
    }
}

impl Limits {
    /// The limit that a label exceeds.
    pub(super) fn exceeded_by_label(&self, name: &Escaped<'_>, value: &Escaped<'_>) -> Option<Limit> {
        if is_longer(name, self.label_name_bytes) {
            return Some(Limit::LabelNameBytes);
        }
        self.exceeded_by_value(value)
    }

    /// The limit that a label's value or a metric's name exceeds.
    pub(super) fn exceeded_by_value(&self, value: &Escaped<'_>) -> Option<Limit> {
        is_longer(value, self.label_value_bytes).then_some(Limit::LabelValueBytes)
    }
}

/// Whether the text that `written` stands for is longer than `bytes`. Escapes only make it shorter.
fn is_longer(written: &Escaped<'_>, bytes: usize) -> bool {
    written.raw().len() > bytes && written.unescape().len() > bytes
}
