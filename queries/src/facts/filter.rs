//! Filters that leave out entries before anything is read of them.
//!
//! What a filter says of the keys of an entry is decided here, exactly. Of any other filter it is enough that an entry
//! which is left out has no row for it: DataFusion filters the rows of the others again.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

use annals_log::{Envelope, KINDS, Kind, LogIndex, ReadError, Reader, Term, TreeSize, utc_text};
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{
    Between, BinaryExpr, Expr, Like, Operator, TableProviderFilterPushDown as PushDown,
};

use super::literal::{longest_piece, number, satisfying, text, time_ms};

/// What of an entry a column shows, so that a filter on the column can leave out entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKey {
    Index,
    /// As text.
    Kind,
    Source,
    NativeId,
    Block,
    /// It never decreases along the log.
    RecordedAt,
    /// A text that lies in the body as it is, among others.
    InBody,
    /// The name of a metric, of which an entry may have many.
    InSamples,
}

/// The columns of a table that filters can be on, each with what it shows of the entry.
#[derive(Debug, Default)]
pub(crate) struct Pushable(Vec<(&'static str, EntryKey)>);

impl Pushable {
    pub(super) fn add(&mut self, column: &'static str, key: EntryKey) {
        self.0.push((column, key));
    }

    /// The key that a column shows; `None` where filters on it cannot leave out entries.
    fn key(&self, column: &Expr) -> Option<EntryKey> {
        let Expr::Column(column) = column else { return None };
        self.0.iter().find(|(name, _)| *name == column.name).map(|&(_, key)| key)
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
    kinds: OneOf,
    sources: OneOf,
    native_ids: OneOf,
    /// `None` wants those of no block, too.
    blocks: Option<RangeInclusive<u64>>,
    /// In milliseconds since 1970 UTC.
    recorded_at: RangeInclusive<i64>,
    /// All of them have to be in the body.
    in_body: BTreeSet<String>,
    /// All of them have to be in the name of a sample's metric.
    in_samples: BTreeSet<String>,
}

/// The texts that a key may have; `None` for any.
type OneOf = Option<BTreeSet<String>>;

/// The text that a key has to have, if only one will do.
fn only(texts: &OneOf) -> Option<&str> {
    let texts = texts.as_ref().filter(|texts| texts.len() == 1)?;
    texts.first().map(String::as_str)
}

const ALWAYS: RangeInclusive<i64> = i64::MIN..=i64::MAX;

impl EntryFilter {
    /// Every entry up to `size`.
    pub(crate) fn all(size: TreeSize) -> Self {
        Self {
            indexes: 0..size.0,
            kinds: None,
            sources: None,
            native_ids: None,
            blocks: None,
            recorded_at: ALWAYS,
            in_body: BTreeSet::new(),
            in_samples: BTreeSet::new(),
        }
    }

    /// The part of the log in which all wanted entries lie. A range of times is one of indexes: frames say when they
    /// were recorded.
    ///
    /// # Errors
    /// A fault met while looking for the times.
    pub(super) fn range(&self, reader: &Reader) -> Result<Range<LogIndex>, ReadError> {
        let size_at = |ms| Ok::<_, ReadError>(reader.size_at_time(ms)?.map_or(0, |size| size.0));
        let (mut start, mut end) = (self.indexes.start, self.indexes.end);
        if let Some(before) = self.recorded_at.start().checked_sub(1) {
            start = start.max(size_at(before)?);
        }
        if *self.recorded_at.end() < i64::MAX {
            end = end.min(size_at(*self.recorded_at.end())?);
        }
        Ok(LogIndex(start)..LogIndex(end.max(start)))
    }

    /// How many entries are wanted, when it depends on their index alone.
    pub(crate) fn count(&self) -> Option<usize> {
        let by_index = Self { indexes: self.indexes.clone(), ..Self::all(TreeSize(0)) } == *self;
        let count = self.indexes.end.saturating_sub(self.indexes.start);
        by_index.then(|| usize::try_from(count).ok())?
    }

    /// Whether an entry is wanted, as far as its envelope tells.
    pub(crate) fn wants(&self, index: LogIndex, envelope: &Envelope<'_>) -> bool {
        self.indexes.contains(&index.0)
            && self.sources.as_ref().is_none_or(|sources| sources.contains(envelope.source))
            && self.native_ids.as_ref().is_none_or(|ids| ids.contains(envelope.native_id))
            && self.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|kind| is_named(envelope.kind, kind)))
            && self.wants_block(envelope.block)
            && self.recorded_at.contains(&envelope.recorded_at_ms)
    }

    /// The term that every wanted entry has, if there is one by which the log's index finds entries.
    pub(super) fn term(&self) -> Option<Term<'_>> {
        if let (Some(source), Some(native_id)) = (only(&self.sources), only(&self.native_ids)) {
            return Some(Term::NativeId { source, native_id });
        }
        if let Some(blocks) = self.blocks.as_ref().filter(|blocks| blocks.start() == blocks.end()) {
            return Some(Term::Block(*blocks.start()));
        }
        let name = only(&self.kinds)?;
        KINDS.iter().find(|row| row.name == name).map(|row| Term::Kind(row.kind))
    }

    /// The texts that the body of a wanted entry has in it, all of them.
    pub(super) fn in_body(&self) -> impl Iterator<Item = &str> {
        self.in_body.iter().map(String::as_str)
    }

    /// The texts that a wanted sample has in the name of its metric, all of them.
    pub(super) fn in_samples(&self) -> impl Iterator<Item = &str> {
        self.in_samples.iter().map(String::as_str)
    }

    fn wants_block(&self, block: Option<u64>) -> bool {
        self.blocks.as_ref().is_none_or(|blocks| block.is_some_and(|block| blocks.contains(&block)))
    }

    /// Wants only what may satisfy `filter` too. `Exact`: all that is wanted then does. `Unsupported`: the filter says
    /// nothing of entries, and this is unchanged.
    pub(crate) fn take(&mut self, filter: &Expr, pushable: &Pushable) -> PushDown {
        match filter {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
                match (self.take(left, pushable), self.take(right, pushable)) {
                    (PushDown::Exact, PushDown::Exact) => PushDown::Exact,
                    (PushDown::Unsupported, PushDown::Unsupported) => PushDown::Unsupported,
                    _ => PushDown::Inexact,
                }
            }
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
                self.take_either(left, right, pushable)
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (&**left, &**right) {
                (column, Expr::Literal(..)) => self.compare(column, *op, right, pushable),
                (Expr::Literal(..), column) => {
                    let swapped = op.swap().map(|op| self.compare(column, op, left, pushable));
                    swapped.unwrap_or(PushDown::Unsupported)
                }
                _ => PushDown::Unsupported,
            },
            Expr::Between(Between { expr, negated: false, low, high }) => {
                let from = Expr::BinaryExpr(BinaryExpr::new(expr.clone(), Operator::GtEq, low.clone()));
                let to = Expr::BinaryExpr(BinaryExpr::new(expr.clone(), Operator::LtEq, high.clone()));
                self.take(&from.and(to), pushable)
            }
            Expr::InList(InList { expr, list, negated: false }) => self.take_list(pushable.key(expr), list),
            Expr::Like(Like {
                negated: false,
                expr,
                pattern,
                escape_char: None,
                case_insensitive: false,
            }) => {
                let piece = text(pattern).and_then(longest_piece);
                match (pushable.key(expr), piece) {
                    (Some(key @ (EntryKey::InBody | EntryKey::InSamples)), Some(piece)) => {
                        self.want_within(key, piece)
                    }
                    _ => PushDown::Unsupported,
                }
            }
            _ => PushDown::Unsupported,
        }
    }

    /// Wants what either of two filters wants, and, to be had by one range, what lies between.
    fn take_either(&mut self, left: &Expr, right: &Expr, pushable: &Pushable) -> PushDown {
        let (mut one, mut other) = (self.clone(), self.clone());
        let taken = [one.take(left, pushable), other.take(right, pushable)];
        if taken.contains(&PushDown::Unsupported) {
            return PushDown::Unsupported;
        }
        *self = one.or(other);
        PushDown::Inexact
    }

    fn or(self, other: Self) -> Self {
        if self.indexes.is_empty() {
            return other;
        }
        if other.indexes.is_empty() {
            return self;
        }
        let either = |one: OneOf, other: OneOf| Some(&one? | &other?);
        Self {
            indexes: self.indexes.start.min(other.indexes.start)..self.indexes.end.max(other.indexes.end),
            kinds: either(self.kinds, other.kinds),
            sources: either(self.sources, other.sources),
            native_ids: either(self.native_ids, other.native_ids),
            blocks: self.blocks.zip(other.blocks).map(|(one, other)| hull(&one, &other)),
            recorded_at: hull(&self.recorded_at, &other.recorded_at),
            in_body: &self.in_body & &other.in_body,
            in_samples: &self.in_samples & &other.in_samples,
        }
    }

    fn take_list(&mut self, key: Option<EntryKey>, list: &[Expr]) -> PushDown {
        let texts = || list.iter().map(|item| text(item).map(str::to_owned)).collect::<Option<BTreeSet<_>>>();
        let hull = || {
            let numbers = list.iter().map(number).collect::<Option<BTreeSet<_>>>()?;
            Some(*numbers.first()?..=*numbers.last()?)
        };
        match key {
            Some(key @ (EntryKey::Kind | EntryKey::Source | EntryKey::NativeId)) => {
                texts().map_or(PushDown::Unsupported, |texts| self.want_one_of(key, texts))
            }
            Some(key @ (EntryKey::Index | EntryKey::Block)) => {
                match hull().map(|hull| self.narrow(key, &hull)) {
                    Some(PushDown::Exact) => PushDown::Inexact,
                    _ => PushDown::Unsupported,
                }
            }
            Some(EntryKey::RecordedAt | EntryKey::InBody | EntryKey::InSamples) | None => {
                PushDown::Unsupported
            }
        }
    }

    /// Takes in a comparison of a column with a literal.
    fn compare(&mut self, column: &Expr, op: Operator, literal: &Expr, pushable: &Pushable) -> PushDown {
        let Some(key) = pushable.key(column) else { return PushDown::Unsupported };
        match (key, op, text(literal)) {
            (EntryKey::Kind | EntryKey::Source | EntryKey::NativeId, Operator::Eq, Some(text)) => {
                self.want_one_of(key, BTreeSet::from([text.to_owned()]))
            }
            (EntryKey::InBody | EntryKey::InSamples, Operator::Eq, Some(text)) => self.want_within(key, text),
            (EntryKey::RecordedAt, ..) => {
                let range = time_ms(literal).and_then(|ms| satisfying(op, ms, ALWAYS));
                range.map_or(PushDown::Unsupported, |range| self.narrow_times(&range))
            }
            (EntryKey::Index | EntryKey::Block, ..) => {
                let range = number(literal).and_then(|value| satisfying(op, value, 0..=u64::MAX));
                range.map_or(PushDown::Unsupported, |range| self.narrow(key, &range))
            }
            _ => PushDown::Unsupported,
        }
    }

    fn want_one_of(&mut self, key: EntryKey, texts: BTreeSet<String>) -> PushDown {
        let wanted = match key {
            EntryKey::Kind => &mut self.kinds,
            EntryKey::Source => &mut self.sources,
            EntryKey::NativeId => &mut self.native_ids,
            _ => return PushDown::Unsupported,
        };
        *wanted = Some(match wanted.take() {
            Some(before) => &before & &texts,
            None => texts,
        });
        PushDown::Exact
    }

    fn want_within(&mut self, key: EntryKey, text: &str) -> PushDown {
        let wanted = match key {
            EntryKey::InBody => &mut self.in_body,
            EntryKey::InSamples => &mut self.in_samples,
            _ => return PushDown::Unsupported,
        };
        if text.is_empty() {
            return PushDown::Unsupported;
        }
        wanted.insert(text.to_owned());
        PushDown::Inexact
    }

    fn narrow_times(&mut self, to: &RangeInclusive<i64>) -> PushDown {
        self.recorded_at = both(&self.recorded_at, to);
        PushDown::Exact
    }

    /// `Unsupported`, and unchanged, when the key is not a number.
    fn narrow(&mut self, key: EntryKey, to: &RangeInclusive<u64>) -> PushDown {
        match key {
            EntryKey::Index => {
                let (first, after) = (*to.start(), to.end().saturating_add(1));
                self.indexes = self.indexes.start.max(first)..self.indexes.end.min(after);
            }
            EntryKey::Block => {
                self.blocks =
                    Some(self.blocks.as_ref().map_or_else(|| to.clone(), |blocks| both(blocks, to)));
            }
            _ => return PushDown::Unsupported,
        }
        PushDown::Exact
    }
}

/// The smallest range that has both in it.
fn hull<T: Copy + Ord>(one: &RangeInclusive<T>, other: &RangeInclusive<T>) -> RangeInclusive<T> {
    match (one.is_empty(), other.is_empty()) {
        (true, _) => other.clone(),
        (_, true) => one.clone(),
        _ => *one.start().min(other.start())..=*one.end().max(other.end()),
    }
}

/// What is in both.
fn both<T: Copy + Ord>(one: &RangeInclusive<T>, other: &RangeInclusive<T>) -> RangeInclusive<T> {
    *one.start().max(other.start())..=*one.end().min(other.end())
}

/// Without making a text of every entry's kind.
fn is_named(kind: Kind, name: &str) -> bool {
    kind.name().map_or_else(|| kind.to_string() == name, |known| known == name)
}

impl std::fmt::Display for EntryFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "indexes={}..{}", self.indexes.start, self.indexes.end)?;
        for (key, wanted) in
            [("kind", &self.kinds), ("source", &self.sources), ("native_id", &self.native_ids)]
        {
            if let Some(wanted) = wanted {
                write!(f, ", {key}={}", wanted.iter().map(String::as_str).collect::<Vec<_>>().join("|"))?;
            }
        }
        if let Some(blocks) = &self.blocks {
            write!(f, ", blocks={blocks:?}")?;
        }
        if self.recorded_at != ALWAYS {
            let bound = |ms: &i64| {
                if ALWAYS.start() < ms && ms < ALWAYS.end() { utc_text(*ms) } else { String::new() }
            };
            write!(
                f,
                ", recorded_at={}..={}",
                bound(self.recorded_at.start()),
                bound(self.recorded_at.end())
            )?;
        }
        self.in_body().try_for_each(|text| write!(f, ", in_body={text:?}"))?;
        self.in_samples().try_for_each(|text| write!(f, ", in_samples={text:?}"))
    }
}
