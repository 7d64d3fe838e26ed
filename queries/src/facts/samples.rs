//! `samples`: what metrics endpoints answered and what neurons sent, sample by sample.
//!
//! Bodies are parsed while the table is scanned. Where a filter names the metric, or a part of its name, only the lines
//! are parsed on which that stands.

use annals_log::exposition::{Exposition, Item, Sample, samples_naming};
use annals_log::json::{Object, Value};
use annals_log::remote_write::{RemoteWrite, Series, TimedValue};
use annals_log::{Announcement, Fact as _, Kind, MetricsReceived, ReadError, Scrape};
use annals_projections::CellType::{Float, Int, Text, Time, UInt};
use annals_projections::{Cell, Column, Evidence};

use super::column::FactColumn;
use super::filter::EntryFilter;
use super::row::FactRow;
use super::scrapes::first;
use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table. The target of what a neuron sent by itself is its hotkey.
#[derive(Debug)]
pub(super) struct Samples;

/// A sample, and who is behind it.
struct Told<'a> {
    of: Of<'a>,
    by: By,
}

enum Of<'a> {
    Scraped(Sample<'a>),
    Sent(&'a Series, TimedValue),
}

/// The hotkey behind a sample.
#[derive(Clone)]
struct By {
    hotkey: Option<String>,
    uid: Option<u16>,
    netuid: Option<u16>,
}

struct Table<'a>(std::marker::PhantomData<&'a ()>);

impl<'a> Table<'a> {
    const COLUMNS: &'a [FactColumn<Told<'a>>] = &[
        FactColumn::LOG_INDEX,
        FactColumn::RECORDED_AT,
        FactColumn::FETCHED_AT,
        FactColumn::SOURCE,
        FactColumn::TARGET,
        FactColumn::of("metric", Text, |told: &Told<'_>| told.metric().into()).in_samples(),
        FactColumn::of("labels", Text, |told| told.labels().into()),
        FactColumn::of("value", Float, |told| told.value().into()),
        FactColumn::nullable("observed_at", Time, |told| Cell::time(told.observed_at_ms())),
        FactColumn::nullable("exemplar", Text, |told| Cell::of(told.exemplar())),
        FactColumn::nullable("hotkey", Text, |told| Cell::of(told.by.hotkey.as_deref())),
        FactColumn::nullable("uid", Int, |told| Cell::of(told.by.uid.map(i64::from))),
        FactColumn::nullable("netuid", UInt, |told| Cell::of(told.by.netuid.map(u64::from))),
    ];
}

impl FactTable for Samples {
    fn name(&self) -> &'static str {
        "samples"
    }

    fn columns(&self) -> Vec<Column> {
        FactColumn::plain(Table::COLUMNS)
    }

    fn pushable(&self) -> Pushable {
        FactColumn::pushable(Table::COLUMNS)
    }

    fn evidence(&self) -> Option<Evidence> {
        Some(Evidence::Scrapes)
    }

    fn kinds(&self) -> Option<&'static [Kind]> {
        Some(&[Scrape::KIND, MetricsReceived::KIND])
    }

    fn by_entry(&self) -> bool {
        true
    }

    fn walk(&self, filter: &EntryFilter) -> Box<dyn Walk> {
        // The longest part of the name leaves out most.
        let part = filter.in_samples().max_by_key(|part| part.len());
        Box::new(SampleWalk { part: part.map(str::to_owned) })
    }
}

/// A walk over bodies.
struct SampleWalk {
    /// A part of every wanted metric's name.
    part: Option<String>,
}

impl Walk for SampleWalk {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        if let Some(scrape) = entry.fact::<Scrape>()? {
            return self.take_scrape(&scrape, entry, rows);
        }
        match entry.fact::<MetricsReceived>()? {
            Some(received) if received.verdict.counts().is_some() => take_received(&received, entry, rows),
            _ => Ok(()),
        }
    }
}

impl SampleWalk {
    /// Adds the samples of a scrape whose body was found to be right. What an earlier annals took and this one does
    /// not ends the samples of the body there: the entry's count tells how many there were.
    fn take_scrape(&self, scrape: &Scrape, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let Some(format) = scrape.format() else { return Ok(()) };
        let Some(body) = entry.attached(0)? else { return Ok(()) };
        let by = By::of(first(scrape));
        let mut push = |sample| push(Of::Scraped(sample), &by, entry, rows);
        match &self.part {
            Some(part) => samples_naming(&body, format, part).map_while(Result::ok).try_for_each(&mut push),
            None => Exposition::of(&body, format)
                .map_while(Result::ok)
                .filter_map(|item| match item {
                    Item::Sample(sample) => Some(sample),
                    Item::Metadata(_) => None,
                })
                .try_for_each(&mut push),
        }
    }
}

fn take_received(
    received: &MetricsReceived,
    entry: &mut Entry<'_>,
    rows: &mut Rows,
) -> Result<(), ReadError> {
    let Some(body) = entry.attached(0)? else { return Ok(()) };
    let Ok(request) = RemoteWrite::decode(&body) else { return Ok(()) };
    let hotkey = received.hotkey.map(|hotkey| hotkey.address());
    let by = By { hotkey, uid: None, netuid: received.netuid };
    for series in &request.series {
        for sample in &series.samples {
            push(Of::Sent(series, *sample), &by, entry, rows)?;
        }
    }
    Ok(())
}

fn push(of: Of<'_>, by: &By, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
    let mut row = FactRow::of(entry, Told { of, by: by.clone() });
    rows.try_push(Table::COLUMNS, |column| column.cell(&mut row))
}

impl By {
    fn of(announced: Option<&Announcement>) -> Self {
        Self {
            hotkey: announced.map(|announced| announced.hotkey.address()),
            uid: announced.and_then(|announced| announced.uid),
            netuid: announced.map(|announced| announced.netuid),
        }
    }
}

impl Told<'_> {
    fn metric(&self) -> String {
        match &self.of {
            Of::Scraped(sample) => sample.name.unescape().into_owned(),
            Of::Sent(series, _) => series.metric().unwrap_or_default().to_owned(),
        }
    }

    /// The labels beside the name, as a JSON object whose keys are sorted.
    fn labels(&self) -> String {
        match &self.of {
            Of::Scraped(sample) => sample.labels.to_json(),
            Of::Sent(series, _) => labels_of(series),
        }
    }

    fn value(&self) -> f64 {
        match &self.of {
            Of::Scraped(sample) => sample.value,
            Of::Sent(_, sample) => sample.value,
        }
    }

    fn observed_at_ms(&self) -> Option<i64> {
        match &self.of {
            Of::Scraped(sample) => sample.timestamp_ms,
            Of::Sent(_, sample) => Some(sample.timestamp_ms),
        }
    }

    fn exemplar(&self) -> Option<String> {
        let Of::Scraped(Sample { exemplar: Some(exemplar), .. }) = &self.of else { return None };
        let value = exemplar.value;
        Some(format!(r#"{{"labels":{},"value":"{value}"}}"#, exemplar.labels.to_json()))
    }
}

fn labels_of(series: &Series) -> String {
    let mut labels: Vec<_> = series.labels.iter().filter(|(name, _)| name != "__name__").collect();
    labels.sort();
    let mut object = Object::default();
    for (name, value) in labels {
        object.insert(name.as_str().into(), Value::Text(value.as_str().into()));
    }
    Value::Object(object).to_json()
}
