//! A log that the command made, and its entries.

use annals_log::{Envelope, Event, LogIndex, Payload, Payloads, Reader};
use assert_cmd::assert::Assert;

use crate::program::Session;

/// A session with a log of so many entries.
pub(super) fn with_made(entries: u64) -> Session {
    let session = Session::new();
    generate(&session, "log", &["--seed", "27", "--mix", "w1", "--entries", &entries.to_string()]).success();
    session
}

/// Makes a log in a folder of the session.
pub(super) fn generate(session: &Session, folder: &str, options: &[&str]) -> Assert {
    session.annals(&[&["fixture", "generate", folder], options].concat())
}

pub(super) fn reader(session: &Session) -> Reader {
    Reader::open(&session.data()).unwrap()
}

/// All entries of a log as the events that they were.
pub(super) fn events_of(reader: &Reader) -> Vec<Event> {
    let (mut payloads, mut events) = (Payloads::of(reader), Vec::new());
    let mut scan = reader.scan(LogIndex(0)..reader.size().next_index());
    while let Some(frame) = scan.next_frame().unwrap() {
        for (_, entry) in frame.entries() {
            let envelope = Envelope::decode(entry).unwrap();
            let attached =
                envelope.attached.iter().map(|payload| payloads.get(&frame, *payload).unwrap().into());
            let attached: Vec<Payload> = attached.collect();
            events.push(Event {
                kind: envelope.kind,
                schema: envelope.schema,
                source: envelope.source.to_owned(),
                native_id: envelope.native_id.to_owned(),
                observed_at_ms: envelope.observed_at_ms,
                fetched_at_ms: envelope.fetched_at_ms,
                block: envelope.block,
                body: payloads.body(&frame, &envelope).unwrap().into_owned(),
                attached,
            });
        }
    }
    events
}
