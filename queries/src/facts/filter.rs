//! Filters that leave out entries before anything is read of them.

use std::ops::Range;

use annals_log::{Envelope, Kind, LogIndex, TreeSize};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Operator};

/// Names of the columns that filters may be on; empty where a table has none.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pushable {
    /// The entry's index.
    pub(crate) index: &'static str,
    /// The entry's kind, as text.
    pub(crate) kind: &'static str,
    /// The entry's source.
    pub(crate) source: &'static str,
}

/// Which entries are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryFilter {
    /// From, and up to but without.
    indexes: Range<u64>,
    /// All of them, so two different ones want nothing.
    kinds: Vec<String>,
    sources: Vec<String>,
}

impl EntryFilter {
    /// Every entry up to `size`.
    pub(crate) fn all(size: TreeSize) -> Self {
        Self { indexes: 0..size.0, kinds: Vec::new(), sources: Vec::new() }
    }

    pub(crate) fn range(&self) -> Range<LogIndex> {
        LogIndex(self.indexes.start)..LogIndex(self.indexes.end.max(self.indexes.start))
    }

    /// How many entries are wanted, when it depends on their index alone.
    pub(crate) fn count(&self) -> Option<usize> {
        let by_index = self.kinds.is_empty() && self.sources.is_empty();
        let count = self.indexes.end.saturating_sub(self.indexes.start);
        by_index.then(|| usize::try_from(count).ok())?
    }

    pub(crate) fn wants(&self, index: LogIndex, envelope: &Envelope<'_>) -> bool {
        self.indexes.contains(&index.0)
            && self.sources.iter().all(|source| source == envelope.source)
            && self.kinds.iter().all(|kind| is_named(envelope.kind, kind))
    }

    /// Wants only what satisfies `filter` too, exactly. `false`, and unchanged, when that cannot be said of entries.
    pub(crate) fn take(&mut self, filter: &Expr, names: Pushable) -> bool {
        match filter {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
                let before = self.clone();
                let taken = self.take(left, names) && self.take(right, names);
                if !taken {
                    *self = before;
                }
                taken
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (&**left, &**right) {
                (Expr::Column(column), Expr::Literal(value, _)) => {
                    self.compare(&column.name, *op, value, names)
                }
                (Expr::Literal(value, _), Expr::Column(column)) => {
                    op.swap().is_some_and(|op| self.compare(&column.name, op, value, names))
                }
                _ => false,
            },
            Expr::Between(Between { expr, negated: false, low, high }) => match (&**expr, &**low, &**high) {
                (Expr::Column(column), Expr::Literal(low, _), Expr::Literal(high, _))
                    if column.name == names.index =>
                {
                    let bounds = index(low).zip(index(high));
                    bounds.is_some_and(|(low, high)| {
                        self.narrow(Operator::GtEq, low) && self.narrow(Operator::LtEq, high)
                    })
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn compare(&mut self, column: &str, op: Operator, value: &ScalarValue, names: Pushable) -> bool {
        let text = value.try_as_str().flatten();
        match (op, text) {
            _ if column == names.index => index(value).is_some_and(|value| self.narrow(op, value)),
            (Operator::Eq, Some(text)) if column == names.kind => {
                self.kinds.push(text.to_owned());
                true
            }
            (Operator::Eq, Some(text)) if column == names.source => {
                self.sources.push(text.to_owned());
                true
            }
            _ => false,
        }
    }

    fn narrow(&mut self, op: Operator, value: u64) -> bool {
        let after = value.saturating_add(1);
        let range = match op {
            Operator::Eq => value..after,
            Operator::Lt => 0..value,
            Operator::LtEq => 0..after,
            Operator::Gt => after..u64::MAX,
            Operator::GtEq => value..u64::MAX,
            _ => return false,
        };
        self.indexes = self.indexes.start.max(range.start)..self.indexes.end.min(range.end);
        true
    }
}

fn index(value: &ScalarValue) -> Option<u64> {
    match *value {
        ScalarValue::UInt64(value) => value,
        ScalarValue::Int64(value) => u64::try_from(value?).ok(),
        _ => None,
    }
}

/// Without making a text of every entry's kind.
fn is_named(kind: Kind, name: &str) -> bool {
    kind.name().map_or_else(|| kind.to_string() == name, |known| known == name)
}

impl std::fmt::Display for EntryFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "indexes={}..{}", self.indexes.start, self.indexes.end)?;
        self.kinds.iter().try_for_each(|kind| write!(f, ", kind={kind}"))?;
        self.sources.iter().try_for_each(|source| write!(f, ", source={source}"))
    }
}
