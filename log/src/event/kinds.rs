//! The list of all kinds of events, made from what each says of itself.

use std::fmt;

use super::json::Value;
use super::{
    Anomaly, BlockLeftOut, BlockRetracted, ChainBlock, ChainOutage, ChainState, ClockStepped, ComputeDbPoll,
    ComputeDbRow, CoveredTime, EventView, ExtrinsicSubmitted, Fact, GpuInventory, Kind, LogOpened, Memory,
    MetricsReceived, PogAttempt, PogRoots, Policy, ProjectionState, ProjectionStateRetracted,
    RecorderStarted, RecorderStopped, RuntimeUpgraded, Scrape, WandbConfigSigned, WandbFileDamage,
    WandbHistoryRow, WandbPoll, WandbPublished, WandbRun, WandbRunGone, WandbRunUnseen,
};
use crate::codec;
use crate::hash::Hash;

/// Every number that is given away. A number is never given twice.
pub const KINDS: &[KindRow] = &[
    kind::<LogOpened>(),
    reserved(0x0002, "key_rotated"),
    reserved(0x0003, "log_continues"),
    reserved(0x0004, "salvaged"),
    reserved(0x0005, "payload_erased"),
    reserved(0x0006, "payloads_pruned"),
    kind::<ProjectionState>(),
    kind::<RecorderStarted>(),
    kind::<RecorderStopped>(),
    reserved(0x000a, "checkpoint_anchored"),
    kind::<ClockStepped>(),
    kind::<ProjectionStateRetracted>(),
    kind::<WandbRun>(),
    kind::<WandbPoll>(),
    kind::<WandbHistoryRow>(),
    kind::<WandbRunUnseen>(),
    kind::<WandbRunGone>(),
    // Not in its place by number: `index/SOURCES` of logs that exist names the kinds that are remembered in this order.
    kind::<WandbFileDamage>(),
    kind::<WandbConfigSigned>(),
    kind::<WandbPublished>(),
    kind::<ChainBlock>(),
    kind::<RuntimeUpgraded>(),
    kind::<ChainState>(),
    kind::<BlockRetracted>(),
    kind::<ChainOutage>(),
    kind::<ExtrinsicSubmitted>(),
    kind::<BlockLeftOut>(),
    kind::<ComputeDbPoll>(),
    kind::<ComputeDbRow>(),
    kind::<Policy>(),
    kind::<PogRoots>(),
    kind::<PogAttempt>(),
    kind::<GpuInventory>(),
    kind::<Scrape>(),
    kind::<MetricsReceived>(),
];

/// A kind of event, and all that its own file says of it.
#[derive(Debug)]
pub struct KindRow {
    /// Its number.
    pub kind: Kind,
    /// Its name.
    pub name: &'static str,
    /// `None` for a number that is only reserved.
    body: Option<Body>,
}

/// The items of [`Fact`] for one kind, with the type erased.
#[derive(Debug, Clone, Copy)]
struct Body {
    schema: u16,
    fields: fn(&EventView<'_>) -> Option<Value>,
    write_again: fn(&[u8]) -> Option<Vec<u8>>,
    remembered: DerivedFrom<Memory>,
    covered: DerivedFrom<CoveredTime>,
    anomalies: DerivedFrom<Anomaly>,
}

/// As [`super::Derived`]; the function returns `None` where the body is not what its schema says.
type DerivedFrom<T> = Option<fn(&EventView<'_>) -> Option<Vec<T>>>;

/// The row of a kind that can be recorded.
const fn kind<F: Fact>() -> KindRow {
    let body = Body {
        schema: F::SCHEMA,
        fields: |event| Some(F::read(event.schema, event.body)?.fields()),
        write_again: |body| Some(codec::encode(&codec::decode::<F>(body).ok()?)),
        remembered: match F::MEMORIES {
            Some(_) => Some(|event| derived(F::MEMORIES?, event)),
            None => None,
        },
        covered: match F::COVERED_TIMES {
            Some(_) => Some(|event| derived(F::COVERED_TIMES?, event)),
            None => None,
        },
        anomalies: match F::ANOMALIES {
            Some(_) => Some(|event| derived(F::ANOMALIES?, event)),
            None => None,
        },
    };
    KindRow { kind: F::KIND, name: F::NAME, body: Some(body) }
}

fn derived<F: Fact, T>(list: fn(&F, &EventView<'_>) -> Vec<T>, event: &EventView<'_>) -> Option<Vec<T>> {
    let fact = F::read(event.schema, event.body)?;
    Some(list(&fact, event))
}

/// The row of a number that is given away, and has no body yet.
const fn reserved(number: u16, name: &'static str) -> KindRow {
    KindRow { kind: Kind(number), name, body: None }
}

/// Whether a kind has a row. [`super::Event::new`] asks while it is compiled.
pub(super) const fn is_listed(kind: Kind) -> bool {
    let mut place = 0;
    while place < KINDS.len() {
        if KINDS[place].kind.0 == kind.0 {
            return KINDS[place].body.is_some();
        }
        place += 1;
    }
    false
}

impl KindRow {
    /// Returns the schema that is written; `None` for a number that is only reserved.
    pub fn schema(&self) -> Option<u16> {
        self.body.map(|body| body.schema)
    }

    /// Returns the fields of an event's body as `events.body` shows them; `None` when the body cannot be read.
    pub fn fields(&self, event: &EventView<'_>) -> Option<Value> {
        (self.body?.fields)(event)
    }

    /// Whether events of this schema may leave something to remember.
    pub(crate) fn remembers(&self, schema: u16) -> bool {
        self.body.is_some_and(|body| body.remembered.is_some() && body.reads(schema))
    }

    /// Returns what an event leaves to remember, so that it is not recorded again.
    pub fn remembered(&self, event: &EventView<'_>) -> Vec<Memory> {
        let list = self.body.and_then(|body| body.remembered);
        list.and_then(|list| list(event)).unwrap_or_default()
    }

    /// Whether events of this kind may cover a time.
    pub fn covers(&self) -> bool {
        self.body.is_some_and(|body| body.covered.is_some())
    }

    /// Returns the times that an event covers, as far as they need no history.
    pub fn covered(&self, event: &EventView<'_>) -> Vec<CoveredTime> {
        let list = self.body.and_then(|body| body.covered);
        list.and_then(|list| list(event)).unwrap_or_default()
    }

    /// Whether something may be odd in events of this kind, as far as it follows from the fact alone.
    pub fn may_be_odd(&self) -> bool {
        self.body.is_some_and(|body| body.anomalies.is_some())
    }

    /// Returns what is odd in an event as far as it follows from the fact alone. A body that cannot be read is odd
    /// where the kind may be odd at all.
    pub fn anomalies(&self, event: &EventView<'_>) -> Vec<Anomaly> {
        let Some(Body { anomalies: Some(list), .. }) = self.body.filter(|body| body.reads(event.schema))
        else {
            return Vec::new();
        };
        list(event).unwrap_or_else(|| vec![Anomaly::undecodable()])
    }

    /// Reads a body of the schema that is written, and writes it again. Returns `None` when it cannot be read.
    pub fn write_again(&self, body: &[u8]) -> Option<Vec<u8>> {
        (self.body?.write_again)(body)
    }
}

impl Body {
    /// Whether this annals knows the schema. Of others it can say nothing, not even that they are odd.
    fn reads(&self, schema: u16) -> bool {
        (1..=self.schema).contains(&schema)
    }
}

impl Kind {
    /// Returns its row in [`KINDS`]; `None` for a kind that a later annals wrote.
    pub fn row(self) -> Option<&'static KindRow> {
        KINDS.iter().find(|row| row.kind == self)
    }

    /// Its name in the registry, `None` for a kind that a later annals wrote.
    pub fn name(self) -> Option<&'static str> {
        self.row().map(|row| row.name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "kind {:#06x}", self.0),
        }
    }
}

/// Tells the kinds that are remembered, and their schemas, from any other set of them.
pub(crate) fn kinds_digest() -> Hash {
    let mut kinds = Vec::new();
    for row in KINDS {
        if let Some(Body { schema, remembered: Some(_), .. }) = row.body {
            kinds.extend(row.kind.0.to_be_bytes());
            kinds.extend(schema.to_be_bytes());
        }
    }
    Hash::of(&kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_and_no_name_is_given_twice() {
        for (place, row) in KINDS.iter().enumerate() {
            let later = &KINDS[place + 1..];
            assert!(
                later.iter().all(|other| other.kind != row.kind && other.name != row.name),
                "{}",
                row.name
            );
        }
    }

    #[test]
    fn every_kind_stands_in_the_format_description() {
        let format = include_str!("../../LOG-FORMAT.md");
        for row in KINDS {
            let body =
                row.schema().map_or_else(|| "reserved".to_owned(), |schema| format!("schema {schema}: "));
            let begins = format!("| {:#06x} | {} | ", row.kind.0, row.name);
            let line = format.lines().find(|line| line.starts_with(&begins));
            let line = line.unwrap_or_else(|| panic!("LOG-FORMAT.md has no row of {}", row.name));
            assert!(line.to_lowercase().contains(&body), "{}: LOG-FORMAT.md does not say {body:?}", row.name);
        }
    }
}
