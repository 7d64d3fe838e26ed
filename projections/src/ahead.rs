//! Reads ahead: while entries are folded, another thread reads and expands those after them.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use annals_log::{LogIndex, Payloads, ReadError, Reader, RightEdge, TreeSize};

use crate::entry_view::EntryView;
use crate::register::Registration;
use crate::told::Told;

/// Consecutive entries of a log.
#[derive(Default)]
pub(crate) struct Portion {
    /// The entries, each with what it tells.
    pub(crate) entries: Vec<(LogIndex, Told)>,
    /// The part of the register that they make.
    pub(crate) registration: Registration,
}

/// A portion is handed on once it was made of this many bytes of the log; its last entry, with its payloads, may
/// exceed it.
const PORTION_BYTES: usize = 256 << 10;
/// At most this many portions wait to be folded, and each of the two threads holds one: that bounds how much of the
/// log is in memory.
const PORTIONS_AHEAD: usize = 4;

/// Returns what the entries from `edge` to `end` tell, in their order; nothing follows a fault. The reading thread
/// ends with `scope`, or once the portions are dropped, and returns the tree over what it read.
pub(crate) fn read_ahead<'scope>(
    scope: &'scope Scope<'scope, '_>,
    reader: &'scope Reader,
    edge: RightEdge,
    end: TreeSize,
) -> (impl Iterator<Item = Result<Portion, ReadError>> + use<'scope>, ScopedJoinHandle<'scope, RightEdge>) {
    let (to, portions) = sync_channel(PORTIONS_AHEAD);
    let reading = scope.spawn(move || {
        let mut ahead = Ahead { to, portion: Portion::default(), bytes: 0, edge };
        let outcome = ahead.read(reader, end);
        // The entries before a fault are folded before the fault is reported.
        if !ahead.portion.entries.is_empty() {
            ahead.hand_on();
        }
        if let Err(error) = outcome {
            // A fold that has given up has dropped the receiver.
            let _ = ahead.to.send(Err(error));
        }
        ahead.edge
    });
    (portions.into_iter(), reading)
}

struct Ahead {
    to: SyncSender<Result<Portion, ReadError>>,
    portion: Portion,
    bytes: usize,
    /// The tree up to the first entry that is read, then up to the last.
    edge: RightEdge,
}

impl Ahead {
    fn read(&mut self, reader: &Reader, end: TreeSize) -> Result<(), ReadError> {
        let mut payloads = Payloads::of(reader);
        let range = self.edge.size().next_index()..end.next_index();
        let mut scan = reader.scan_behind(self.edge.clone(), end);
        while let Some(frame) = scan.next_frame()? {
            for (index, entry) in frame.entries().filter(|(index, _)| range.contains(index)) {
                let envelope = reader.envelope(index, entry)?;
                let mut view = EntryView::of(index, &envelope, &frame, &mut payloads);
                let told = Told::read(&mut view)?;
                self.portion.registration.add(&mut view)?;
                let attached: usize = envelope.payloads().map(|payload| payload.length as usize).sum();
                self.bytes += size_of::<(LogIndex, Told)>() + entry.len() + attached;
                self.portion.entries.push((index, told));
                if self.bytes >= PORTION_BYTES && !self.hand_on() {
                    return Ok(());
                }
            }
        }
        self.edge = scan.into_edge().expect("a scan behind an edge is held to the root");
        Ok(())
    }

    /// Hands the portion on. Returns whether the fold still takes portions.
    fn hand_on(&mut self) -> bool {
        self.bytes = 0;
        self.to.send(Ok(std::mem::take(&mut self.portion))).is_ok()
    }
}
