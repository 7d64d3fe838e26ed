//! Looking things up in a log that is held: by the index where it knows, confirmed by the frames, and else by reading.

use std::ops::Range;

use crate::entry::Envelope;
use crate::index::{FramePlace, Index, Term};
use crate::log::Log;
use crate::place::{LogIndex, TreeSize};
use crate::proof::SignedEvent;
use crate::read_error::ReadError;
use crate::reader::{Reader, read_frame, read_header};
use crate::segment::FrameHeader;

impl Log {
    /// The proof that entry `index` is in this log, as of [`Reader::prove`], without hashing the whole log if the index
    /// has come to its end: right after an append wait for [`Index::catch_up`].
    ///
    /// # Errors
    /// As of [`Reader::prove`].
    pub fn prove(&mut self, index: LogIndex) -> Result<SignedEvent, ReadError> {
        let (reader, known) = self.reader()?;
        if index.0 < reader.size().0
            && let Some(known) = known
            && let Some(path) = known.path(index, reader.size())
        {
            let proof = SignedEvent::new(reader.entry(index)?, index, path, reader.checkpoint().clone());
            if proof.root() == Some(reader.checkpoint().claim().root) {
                return Ok(proof);
            }
            known.mistrust("its tree does not lead to the root that was signed");
        }
        reader.prove(index)
    }

    /// The size that the log had at a time, as of [`Reader::size_at_time`]: `None` before entry 0.
    ///
    /// # Errors
    /// A fault met on the way.
    pub fn size_at_time(&mut self, at_ms: i64) -> Result<Option<TreeSize>, ReadError> {
        let (reader, index) = self.reader()?;
        match index.and_then(|index| indexed_size_at_time(reader, index, at_ms)) {
            Some(size) => Ok(Some(size)),
            None => reader.size_at_time(at_ms),
        }
    }

    /// Shows the entries of a term in `range`, in order, with their envelopes. Each that the index names is looked
    /// at, and what it has not come to yet is scanned for; that it names them all rests on its own tables, which the
    /// log's key attests from one holder to the next. Whoever has to be sure that there are no others takes
    /// [`Reader::scan`]. Indexes past the end are passed over; the places of all entries in `range` that have the
    /// term are in memory at once, eight bytes each.
    ///
    /// # Errors
    /// The first fault met on the way; what was shown before is true.
    pub fn each_entry(
        &mut self,
        term: Term<'_>,
        range: Range<LogIndex>,
        mut show: impl FnMut(LogIndex, &Envelope<'_>),
    ) -> Result<(), ReadError> {
        let (reader, index) = self.reader()?;
        let end = range.end.min(reader.size().next_index());
        let mut next = range.start;
        if let Some(index) = index
            && let Some((entries, through)) = index.entries(term, range.start..end)
        {
            next = show_named(reader, term, &entries, &mut show)?;
            if entries.last().is_some_and(|last| *last >= next) {
                index.mistrust("it names an entry for a term that the entry does not have");
            } else {
                next = next.max(range.start).max(through.next_index());
            }
        }
        scan_for(reader, term, next.max(range.start)..end, &mut show)
    }
}

/// Shows the entries that the index names, as far as they have the term; returns where it went on to.
fn show_named(
    reader: &mut Reader,
    term: Term<'_>,
    named: &[LogIndex],
    show: &mut impl FnMut(LogIndex, &Envelope<'_>),
) -> Result<LogIndex, ReadError> {
    let mut next = LogIndex(0);
    let mut named = named.iter().copied().peekable();
    while let Some(first) = named.peek().copied() {
        let (mut walk, start) = reader.walk_to_frame_of(first)?;
        let frame = read_frame(&mut walk, start)?;
        for (index, entry) in frame.entries().filter(|(index, _)| *index >= first) {
            if named.next_if_eq(&index).is_none() {
                continue;
            }
            let envelope = reader.envelope(index, entry)?;
            if !term.is_in(&envelope) {
                return Ok(next);
            }
            show(index, &envelope);
            next = index.size_through().next_index();
        }
    }
    Ok(next)
}

fn scan_for(
    reader: &Reader,
    term: Term<'_>,
    range: Range<LogIndex>,
    show: &mut impl FnMut(LogIndex, &Envelope<'_>),
) -> Result<(), ReadError> {
    let mut scan = reader.scan(range.clone());
    while let Some(frame) = scan.next_frame()? {
        for (index, entry) in frame.entries().filter(|(index, _)| range.contains(index)) {
            let envelope = reader.envelope(index, entry)?;
            if term.is_in(&envelope) {
                show(index, &envelope);
            }
        }
    }
    Ok(())
}

/// `None` when the index does not know, or is contradicted: it names the last commit of that time only if the next one
/// is later.
fn indexed_size_at_time(reader: &mut Reader, index: &Index, at_ms: i64) -> Option<TreeSize> {
    let [Some(last), Some(next)] = index.commits_around(at_ms)? else { return None };
    if next.size > reader.size() {
        return None;
    }
    let why = "it names another commit for a time than the frames do";
    let headers =
        header_at(reader, last.frame).and_then(|header| Ok((header, header_at(reader, next.frame)?)));
    let (header, following) = headers.map_err(|error| index.doubt(&error, why)).ok()?;
    let confirmed = header.size() == last.size
        && header.recorded_at_ms <= at_ms
        && following.first == last.size.next_index()
        && following.recorded_at_ms > at_ms;
    if !confirmed {
        index.mistrust(why);
    }
    confirmed.then_some(last.size)
}

fn header_at(reader: &mut Reader, place: FramePlace) -> Result<FrameHeader, ReadError> {
    Ok(read_header(&mut reader.walk_to_frame_at(place)?, place.first)?)
}
