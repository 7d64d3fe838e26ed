//! Runs in an order, page by page.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use annals_log::json::{self, Text, Value};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::column::Column;
use super::compare::rank;
use super::filter::Filter;
use super::poll::Runs;
use super::refusal::Refusal;
use super::run::ServedRun;

/// The runs of a page, when nothing else is asked.
pub(super) const PAGE_RUNS: u64 = 50;

/// An order of runs: by a column, and where that is equal, by run id.
pub(super) struct Order {
    column: Column,
    is_descending: bool,
}

/// The place of a run in an order. A listing goes on after it even if the run has moved since.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    value: Option<Value>,
    run_id: String,
}

/// A run in an order.
pub(super) struct Placed<'a> {
    value: Option<Cow<'a, Value>>,
    run_id: &'a str,
    pub(super) run: &'a Arc<ServedRun>,
}

impl Order {
    /// Reads `+created_at`, `-heartbeat_at`, `summary_metrics.loss`.
    ///
    /// # Errors
    /// An unknown column, by its name.
    pub(super) fn read(order: Option<&str>) -> Result<Self, Refusal> {
        // W&B's own default.
        let order = order.filter(|order| !order.is_empty()).unwrap_or("+created_at");
        let (is_descending, name) = match order.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, order.strip_prefix('+').unwrap_or(order)),
        };
        Ok(Self { column: Column::of(name)?, is_descending })
    }

    /// Returns the runs that a filter holds of, in this order.
    pub(super) fn of<'a>(&self, runs: &'a Runs, filter: &Filter) -> Vec<Placed<'a>> {
        let held = runs.iter().filter(|(_, run)| filter.holds_of(run));
        let placed = held.map(|(run_id, run)| Placed { value: self.column.value_of(run), run_id, run });
        let mut placed: Vec<_> = placed.collect();
        placed.sort_by(|one, other| self.compare(one.at(), other.at()));
        placed
    }

    /// Whether a run comes after a place.
    pub(super) fn is_after(&self, placed: &Placed<'_>, place: &Place) -> bool {
        self.compare(placed.at(), (place.value.as_ref(), &place.run_id)).is_gt()
    }

    /// Compares values, and then the ids of the runs that have them.
    fn compare(&self, one: (Option<&Value>, &str), other: (Option<&Value>, &str)) -> Ordering {
        let by_value = rank(one.0, other.0);
        let by_value = if self.is_descending { by_value.reverse() } else { by_value };
        by_value.then_with(|| one.1.cmp(other.1))
    }
}

impl Placed<'_> {
    fn at(&self) -> (Option<&Value>, &str) {
        (self.value.as_deref(), self.run_id)
    }

    pub(super) fn place(&self) -> Place {
        Place { value: self.value.as_deref().cloned(), run_id: self.run_id.to_owned() }
    }
}

impl Place {
    /// Returns the place as clients get it. They do not look into it.
    pub(super) fn cursor(&self) -> String {
        let mut place = vec![Value::Text(self.run_id.as_str().into())];
        place.extend(self.value.clone());
        BASE64_STANDARD.encode(Value::List(place).to_json())
    }

    /// Reads a cursor.
    ///
    /// # Errors
    /// It was never a cursor.
    pub(super) fn read(cursor: &Text) -> Result<Self, Refusal> {
        let read = || {
            let place = String::from_utf8(BASE64_STANDARD.decode(cursor.as_bytes()).ok()?).ok()?;
            let Value::List(place) = json::parse(&place).ok()? else { return None };
            let mut place = place.into_iter();
            let run_id = place.next()?.as_text()?.as_str()?.to_owned();
            Some(Self { value: place.next(), run_id })
        };
        read().ok_or_else(|| {
            Refusal::bad_request(format!("{:?} is no cursor of this server", cursor.to_lossy()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(nodes: &[&str]) -> Runs {
        let runs = nodes.iter().map(|node| ServedRun::read(node).unwrap());
        runs.map(|run| (run.run_id(), Arc::new(run))).collect()
    }

    fn ids(order: &str) -> String {
        let runs = runs(&[
            r#"{"name":"a","createdAt":"2026-03-14T00:00:00","heartbeatAt":"2026-03-14T02:00:00Z","config":"{\"n\":{\"value\":10}}"}"#,
            r#"{"name":"b","createdAt":"2026-03-13T00:00:00Z","heartbeatAt":"2026-03-14T02:00:00","config":"{\"n\":{\"value\":9.5}}"}"#,
            r#"{"name":"c","createdAt":"2026-03-14T01:30:00+02:00","heartbeatAt":null,"config":null}"#,
        ]);
        let order = Order::read(Some(order)).unwrap();
        let placed = order.of(&runs, &Filter::And(Vec::new()));
        placed.iter().map(|placed| placed.run_id).collect()
    }

    #[test]
    fn runs_come_by_a_column_and_where_it_is_equal_by_id() {
        let orders = [
            ("+created_at", "bca"),
            ("created_at", "bca"),
            ("", "bca"),
            ("-created_at", "acb"),
            ("-heartbeat_at", "abc"),
            ("+heartbeat_at", "cab"),
            ("config.n", "cba"),
            ("-config.n.value", "abc"),
        ];
        for (order, expected) in orders {
            assert_eq!(ids(order), expected, "{order}");
        }
        assert_eq!(Order::read(Some("+age")).err().unwrap().status, 400);
    }

    #[test]
    fn a_cursor_leads_to_its_place() {
        let values = [None, Some("null"), Some("9007199254740993"), Some(r#""\ud800ü""#), Some("[1.50]")];
        for value in values {
            let value = value.map(|json| json::parse(json).unwrap());
            let place = Place { value, run_id: "0djlnjjs".into() };
            assert_eq!(Place::read(&place.cursor().into()).unwrap(), place);
        }
        assert!(Place::read(&"Mg==".into()).is_err());
    }
}
