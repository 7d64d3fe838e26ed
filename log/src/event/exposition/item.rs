//! What a body says: metadata of families, and samples.

use super::{Escaped, Labels, MetricType, Part};

/// One thing that a body says.
#[derive(Debug, Clone, Copy)]
pub enum Item<'a> {
    /// A line about a family.
    Metadata(Metadata<'a>),
    /// A sample; its family need not have been described.
    Sample(Sample<'a>),
}

/// What a line says about a family.
#[derive(Debug, Clone, Copy)]
pub struct Metadata<'a> {
    /// Counted from 1.
    pub line: usize,
    /// The family's name.
    pub family: Escaped<'a>,
    /// What is said.
    pub about: About<'a>,
}

/// What can be said about a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About<'a> {
    /// `# TYPE`.
    Type(MetricType),
    /// `# HELP`.
    Help(Escaped<'a>),
    /// `# UNIT`, which may be empty; in `OpenMetrics` alone.
    Unit(&'a str),
}

/// A sample, borrowed from the body.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// The line on which it begins, counted from 1. In text a label's value may hold line feeds.
    pub line: usize,
    /// The metric's name.
    pub name: Escaped<'a>,
    /// The labels beside the name.
    pub labels: Labels<'a>,
    /// The value. Every NaN is the same one.
    pub value: f64,
    /// When the target says it was so, in milliseconds since 1970 UTC.
    pub timestamp_ms: Option<i64>,
    /// An example of what was measured; in `OpenMetrics` alone.
    pub exemplar: Option<Exemplar<'a>>,
    /// What it is to the family described last.
    pub part: Part,
}

/// One event of those that a sample sums up.
#[derive(Debug, Clone, Copy)]
pub struct Exemplar<'a> {
    /// Where more of it is found, as `trace_id`.
    pub labels: Labels<'a>,
    /// The value of the one event.
    pub value: f64,
    /// When it was, in milliseconds since 1970 UTC.
    pub timestamp_ms: Option<i64>,
}
