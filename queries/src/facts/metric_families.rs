//! `metric_families`: what targets say of their metrics.

use std::collections::BTreeMap;

use annals_log::exposition::{About, Exposition, Format, Item};
use annals_log::{Fact as _, Hash, Kind, ReadError, Scrape};
use annals_projections::CellType::{Text, UInt};
use annals_projections::{Cell, Column, Evidence};

use super::column::FactColumn;
use super::filter::EntryFilter;
use super::row::FactRow;
use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table: a row for every scrape at which a target says something else of a family than it said before.
#[derive(Debug)]
pub(super) struct MetricFamilies;

/// A family, as a body describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Said {
    metric_type: Option<&'static str>,
    help: Option<String>,
    unit: Option<String>,
}

struct Family {
    name: String,
    said: Said,
}

const COLUMNS: &[FactColumn<Family>] = &[
    // A row follows from the scrapes before it, so no filter on the place leaves out an entry.
    FactColumn::of_entry("log_index", UInt, |entry| entry.index.0.into()),
    FactColumn::of_entry("recorded_at", annals_projections::CellType::Time, |entry| {
        Cell::Time(entry.envelope.recorded_at_ms)
    }),
    FactColumn::TARGET,
    FactColumn::of("family", Text, |family| family.name.as_str().into()),
    FactColumn::nullable("type", Text, |family| Cell::of(family.said.metric_type)),
    FactColumn::nullable("help", Text, |family| Cell::of(family.said.help.as_deref())),
    FactColumn::nullable("unit", Text, |family| Cell::of(family.said.unit.as_deref())),
];

impl FactTable for MetricFamilies {
    fn name(&self) -> &'static str {
        "metric_families"
    }

    fn columns(&self) -> Vec<Column> {
        FactColumn::plain(COLUMNS)
    }

    fn pushable(&self) -> Pushable {
        FactColumn::pushable(COLUMNS)
    }

    fn evidence(&self) -> Option<Evidence> {
        Some(Evidence::Scrapes)
    }

    fn kinds(&self) -> Option<&'static [Kind]> {
        Some(&[Scrape::KIND])
    }

    fn walk(&self, _: &EntryFilter) -> Box<dyn Walk> {
        Box::<FamilyWalk>::default()
    }
}

/// A walk that knows what each target said.
#[derive(Default)]
struct FamilyWalk {
    targets: BTreeMap<String, Target>,
}

#[derive(Default)]
struct Target {
    /// The last body that was read.
    body: Option<Hash>,
    said: BTreeMap<String, Said>,
}

impl Walk for FamilyWalk {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let Some(scrape) = entry.fact::<Scrape>()? else { return Ok(()) };
        let Some(format) = scrape.format() else { return Ok(()) };
        let body = entry.envelope.attached.first().map(annals_log::PayloadRef::digest);
        let target = self.targets.entry(entry.envelope.native_id.to_owned()).or_default();
        if body == target.body {
            return Ok(());
        }
        target.body = body;
        let Some(body) = entry.attached(0)? else { return Ok(()) };
        for (name, said) in families(&body, format) {
            if target.said.get(&name) == Some(&said) {
                continue;
            }
            target.said.insert(name.clone(), said.clone());
            let mut row = FactRow::of(entry, Family { name, said });
            rows.try_push(COLUMNS, |column| column.cell(&mut row))?;
        }
        Ok(())
    }
}

/// Returns what a body says of its families, by name.
fn families(body: &[u8], format: Format) -> BTreeMap<String, Said> {
    let mut families: BTreeMap<String, Said> = BTreeMap::new();
    for item in Exposition::of(body, format).map_while(Result::ok) {
        let Item::Metadata(metadata) = item else { continue };
        let said = families.entry(metadata.family.unescape().into_owned()).or_default();
        match metadata.about {
            About::Type(metric_type) => said.metric_type = Some(metric_type.as_str()),
            About::Help(help) => said.help = Some(help.unescape().into_owned()),
            About::Unit(unit) => said.unit = Some(unit.to_owned()),
        }
    }
    families
}
