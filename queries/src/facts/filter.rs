//! Filters that leave out entries before anything is read of them.

use std::ops::{Range, RangeInclusive};

use annals_log::{Envelope, Kind, LogIndex, TreeSize};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Operator};

/// A key by which a filter leaves out an entry before anything of it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKey {
    Index,
    /// As text.
    Kind,
    Source,
    Block,
}

/// The columns of a table that filters can be on, each with the key of the entry that it shows.
#[derive(Debug, Default)]
pub(crate) struct Pushable(Vec<(&'static str, EntryKey)>);

impl Pushable {
    pub(super) fn add(&mut self, column: &'static str, key: EntryKey) {
        self.0.push((column, key));
    }

    /// The key that a column shows; `None` where filters on it cannot leave out entries.
    fn key(&self, column: &str) -> Option<EntryKey> {
        self.0.iter().find(|(name, _)| *name == column).map(|&(_, key)| key)
    }

    /// The column that shows a key.
    pub(super) fn column(&self, key: EntryKey) -> Option<&'static str> {
        self.0.iter().find(|(_, shown)| *shown == key).map(|&(name, _)| name)
    }
}

/// Which entries are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryFilter {
    /// From, and up to but without.
    indexes: Range<u64>,
    /// All of them, so two different ones want nothing.
    kinds: Vec<String>,
    sources: Vec<String>,
    /// `None` wants those of no block, too.
    blocks: Option<RangeInclusive<u64>>,
}

impl EntryFilter {
    /// Every entry up to `size`.
    pub(crate) fn all(size: TreeSize) -> Self {
        Self { indexes: 0..size.0, kinds: Vec::new(), sources: Vec::new(), blocks: None }
    }

    pub(crate) fn range(&self) -> Range<LogIndex> {
        LogIndex(self.indexes.start)..LogIndex(self.indexes.end.max(self.indexes.start))
    }

    /// How many entries are wanted, when it depends on their index alone.
    pub(crate) fn count(&self) -> Option<usize> {
        let by_index = self.kinds.is_empty() && self.sources.is_empty() && self.blocks.is_none();
        let count = self.indexes.end.saturating_sub(self.indexes.start);
        by_index.then(|| usize::try_from(count).ok())?
    }

    pub(crate) fn wants(&self, index: LogIndex, envelope: &Envelope<'_>) -> bool {
        self.indexes.contains(&index.0)
            && self.sources.iter().all(|source| source == envelope.source)
            && self.kinds.iter().all(|kind| is_named(envelope.kind, kind))
            && self.wants_block(envelope.block)
    }

    fn wants_block(&self, block: Option<u64>) -> bool {
        self.blocks.as_ref().is_none_or(|blocks| block.is_some_and(|block| blocks.contains(&block)))
    }

    /// Wants only what satisfies `filter` too, exactly. `false`, and unchanged, when that cannot be said of entries.
    pub(crate) fn take(&mut self, filter: &Expr, pushable: &Pushable) -> bool {
        match filter {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
                let before = self.clone();
                let taken = self.take(left, pushable) && self.take(right, pushable);
                if !taken {
                    *self = before;
                }
                taken
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (&**left, &**right) {
                (Expr::Column(column), Expr::Literal(value, _)) => {
                    self.compare(pushable.key(&column.name), *op, value)
                }
                (Expr::Literal(value, _), Expr::Column(column)) => {
                    op.swap().is_some_and(|op| self.compare(pushable.key(&column.name), op, value))
                }
                _ => false,
            },
            Expr::Between(Between { expr, negated: false, low, high }) => match (&**expr, &**low, &**high) {
                (Expr::Column(column), Expr::Literal(low, _), Expr::Literal(high, _)) => {
                    let bounds = number(low).zip(number(high));
                    bounds.is_some_and(|(low, high)| self.narrow(pushable.key(&column.name), low..=high))
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn compare(&mut self, key: Option<EntryKey>, op: Operator, value: &ScalarValue) -> bool {
        match (key, op, value.try_as_str().flatten()) {
            (Some(EntryKey::Kind), Operator::Eq, Some(kind)) => {
                self.kinds.push(kind.to_owned());
                true
            }
            (Some(EntryKey::Source), Operator::Eq, Some(source)) => {
                self.sources.push(source.to_owned());
                true
            }
            _ => number(value)
                .and_then(|value| satisfying(op, value))
                .is_some_and(|range| self.narrow(key, range)),
        }
    }

    /// `false`, and unchanged, when the key is not a number.
    fn narrow(&mut self, key: Option<EntryKey>, to: RangeInclusive<u64>) -> bool {
        match key {
            Some(EntryKey::Index) => {
                let (first, after) = (*to.start(), to.end().saturating_add(1));
                self.indexes = self.indexes.start.max(first)..self.indexes.end.min(after);
                true
            }
            Some(EntryKey::Block) => {
                let blocks = self.blocks.take().unwrap_or(0..=u64::MAX);
                self.blocks = Some(*blocks.start().max(to.start())..=*blocks.end().min(to.end()));
                true
            }
            Some(EntryKey::Kind | EntryKey::Source) | None => false,
        }
    }
}

/// All numbers that stand so to `value`.
fn satisfying(op: Operator, value: u64) -> Option<RangeInclusive<u64>> {
    #[expect(clippy::reversed_empty_ranges, reason = "no number is below the least, or above the greatest")]
    const NONE: RangeInclusive<u64> = 1..=0;
    Some(match op {
        Operator::Eq => value..=value,
        Operator::Lt => value.checked_sub(1).map_or(NONE, |last| 0..=last),
        Operator::LtEq => 0..=value,
        Operator::Gt => value.checked_add(1).map_or(NONE, |first| first..=u64::MAX),
        Operator::GtEq => value..=u64::MAX,
        _ => return None,
    })
}

fn number(value: &ScalarValue) -> Option<u64> {
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
        self.sources.iter().try_for_each(|source| write!(f, ", source={source}"))?;
        self.blocks.iter().try_for_each(|blocks| write!(f, ", blocks={blocks:?}"))
    }
}
