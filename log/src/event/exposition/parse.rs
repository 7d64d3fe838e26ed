//! From a body to its items.

use std::iter::FusedIterator;

use super::cursor::Cursor;
use super::error::ExpositionError;
use super::format::Format;
use super::item::{About, Item, Metadata, Sample};
use super::number::float;
use super::{Escaped, Labels, Limit, Limits, MetricType, Part, open_metrics, text};

/// The items of a body, in order. After the first error there are none: Prometheus takes a body whole or not at all, so
/// samples from before an error must not be kept either.
pub struct Exposition<'a> {
    cursor: Cursor<'a>,
    /// What the last `# TYPE` said.
    family: Option<(Escaped<'a>, MetricType)>,
    limits: Limits,
    samples: usize,
    /// The names of a sample's labels while it is read.
    names: Vec<Escaped<'a>>,
    is_over: bool,
}

impl<'a> Exposition<'a> {
    /// Begins at the first line of `body`, which is decompressed.
    pub fn of(body: &'a [u8], format: Format) -> Self {
        Self::within(Limits::default(), body, format)
    }

    /// The same of a body that may hold no more than `limits` say.
    pub fn within(limits: Limits, body: &'a [u8], format: Format) -> Self {
        let cursor = Cursor::of(body, format);
        Self { cursor, family: None, limits, samples: 0, names: Vec::new(), is_over: false }
    }

    /// Returns what `text` says, which is a line by itself and has the number `line`, and remembers the type that it
    /// names. `None` where it is a comment.
    pub(super) fn read_line(
        &mut self,
        line: usize,
        text: &'a [u8],
    ) -> Option<Result<Item<'a>, ExpositionError>> {
        self.cursor = Cursor::at_line(line, text, self.cursor.format());
        self.is_over = false;
        self.next()
    }

    fn next_of_text(&mut self) -> Result<Option<Item<'a>>, ExpositionError> {
        loop {
            if self.cursor.is_at_end() {
                return Ok(None);
            }
            if self.cursor.pass_line_end() {
                continue;
            }
            if !self.cursor.pass(b'#') {
                return self.sample().map(Some);
            }
            if let Some(metadata) = text::metadata(&mut self.cursor)? {
                return Ok(Some(self.metadata(metadata)));
            }
        }
    }

    fn next_of_open_metrics(&mut self) -> Result<Option<Item<'a>>, ExpositionError> {
        if self.cursor.is_at_end() {
            return Err(self.cursor.error(open_metrics::NO_END));
        }
        if !self.cursor.pass(b'#') {
            return self.sample().map(Some);
        }
        let metadata = open_metrics::metadata(&mut self.cursor)?;
        Ok(metadata.map(|metadata| self.metadata(metadata)))
    }

    fn metadata(&mut self, metadata: Metadata<'a>) -> Item<'a> {
        if let About::Type(of_type) = metadata.about {
            self.family = Some((metadata.family, of_type));
        }
        Item::Metadata(metadata)
    }

    fn sample(&mut self) -> Result<Item<'a>, ExpositionError> {
        let line = self.cursor.line();
        if self.samples == self.limits.samples {
            return Err(ExpositionError::beyond(line, Limit::Samples));
        }
        self.samples += 1;
        let (name, labels) = self.series()?;
        if let Some(limit) = self.limits.exceeded_by_value(&name) {
            return Err(ExpositionError::beyond(line, limit));
        }
        let value = self.value()?;
        let (timestamp_ms, exemplar) = match self.cursor.format() {
            Format::Text => (text::timestamp_ms(&mut self.cursor)?, None),
            Format::OpenMetrics => (
                open_metrics::timestamp_ms(&mut self.cursor)?,
                open_metrics::exemplar(&mut self.cursor, &mut self.names)?,
            ),
        };
        if !self.cursor.pass_line_end() {
            let is_cut = self.cursor.is_at_end();
            return Err(self.cursor.error(if is_cut {
                open_metrics::NO_END
            } else {
                "the end of the line was expected"
            }));
        }
        let part = match self.family {
            Some((family, of_type)) => Part::of(name, family, of_type),
            None => Part::Alone,
        };
        Ok(Item::Sample(Sample { line, name, labels, value, timestamp_ms, exemplar, part }))
    }

    /// Reads the name, before the braces or between them, and the labels.
    fn series(&mut self) -> Result<(Escaped<'a>, Labels<'a>), ExpositionError> {
        let bare = self.cursor.take_metric_name();
        let bare = if bare.is_empty() { None } else { Some(Escaped::bare(bare)) };
        self.cursor.white_space();
        if !self.cursor.pass(b'{') {
            let name = bare.ok_or(self.cursor.error("a metric's name was expected"))?;
            return Ok((name, Labels::none(self.cursor.format())));
        }
        let (quoted, labels) = Labels::read(&mut self.cursor, &self.limits, &mut self.names)?;
        match (bare, quoted) {
            (Some(name), None) | (None, Some(name)) => Ok((name, labels)),
            (Some(_), Some(_)) => Err(self.cursor.error("a second name of the metric")),
            (None, None) => Err(self.cursor.error("the metric has no name")),
        }
    }

    /// Reads the value. Text needs no space before it: `a-1` is a sample to Prometheus.
    fn value(&mut self) -> Result<f64, ExpositionError> {
        let begins = self.cursor.format() == Format::Text || self.cursor.pass(b' ');
        self.cursor.white_space();
        let value = if begins { float(self.cursor.take_word()) } else { None };
        value.ok_or(self.cursor.error("a value was expected"))
    }
}

impl<'a> Iterator for Exposition<'a> {
    type Item = Result<Item<'a>, ExpositionError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let item = match self.cursor.format() {
            Format::Text => self.next_of_text(),
            Format::OpenMetrics => self.next_of_open_metrics(),
        };
        self.is_over = !matches!(item, Ok(Some(_)));
        item.transpose()
    }
}

impl FusedIterator for Exposition<'_> {}
