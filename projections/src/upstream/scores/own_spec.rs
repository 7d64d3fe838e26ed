//! The spec that a validator's own Proof-of-GPU left in its database.

use annals_gpu::upstream::pog_score;
use annals_log::SqlValue;
use annals_log::json::{Object, Value};

use super::database::PogRow;
use super::python_number::integer;

/// Returns the newest of these rows with a name and a count (`get_pog_specs`). Times are compared as texts, a missing
/// one is the oldest; of rows of the same time the first counts.
pub(crate) fn newest_good<'a>(rows: impl Iterator<Item = &'a PogRow>) -> Option<&'a PogRow> {
    let good = rows.filter(|row| row.gpu_name.is_some() && row.num_gpus != SqlValue::Null);
    good.min_by(|one, other| other.created_at.cmp(&one.created_at).then(one.id.cmp(&other.id)))
}

impl PogRow {
    /// Returns the score of the row, 1 for eight of the best GPU (`calc_score_pog`).
    pub(crate) fn score(&self, gpu_scores: &[(String, f64)]) -> Value {
        // Where no GPU of the table scores, upstream divides by zero, and swallows that.
        if gpu_scores.iter().all(|(_, score)| *score == 0.0) {
            return integer(0);
        }
        Value::Number(pog_score(self.gpu_name.as_deref(), self.count(), gpu_scores).into())
    }

    /// Returns the count as a float; `None` for a text that SQLite could make no number of.
    fn count(&self) -> Option<f64> {
        match self.num_gpus {
            SqlValue::Integer(count) => Some(count as f64),
            SqlValue::Real(count) => Some(count),
            _ => None,
        }
    }

    /// Returns the spec as upstream keeps it.
    pub(crate) fn specs(&self) -> Value {
        let name = self.gpu_name.as_deref().map_or(Value::Null, |name| Value::Text(name.into()));
        let count = match &self.num_gpus {
            SqlValue::Integer(count) => integer(*count),
            SqlValue::Real(count) => Value::Number((*count).into()),
            SqlValue::Text(text) => Value::Text(text.as_str().into()),
            _ => Value::Null,
        };
        Value::Object(Object::from_iter([("gpu_name".into(), name), ("num_gpus".into(), count)]))
    }
}
