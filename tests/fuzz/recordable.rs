//! Whatever a source makes of its answers, the log can take.

use annals_ingest::{Answer, Exchange, Outcome, Raw, Request};
use annals_log::{BATCH_BYTES_MAX, Event};

const ENTRY_BYTES_MAX: usize = 65_535;
const INLINE_BODY_BYTES_MAX: usize = 8 << 10;
/// Fixed fields and lengths of an entry, the end of its batch.
const ENVELOPE_BYTES_MAX: usize = 256;
const PAYLOAD_REF_BYTES: usize = 37;

/// Each step fits in a batch, and each event in an entry.
pub(crate) fn assert_recordable(steps: &[Vec<Event>]) {
    for step in steps {
        assert!(
            step.iter().map(Event::batch_bytes_max).sum::<usize>() <= BATCH_BYTES_MAX,
            "too large a step"
        );
        for event in step {
            let names = event.source.len() + event.native_id.len();
            let body =
                if event.body.len() > INLINE_BODY_BYTES_MAX { PAYLOAD_REF_BYTES } else { event.body.len() };
            let attached = event.attached.len() * PAYLOAD_REF_BYTES;
            let bytes = ENVELOPE_BYTES_MAX + names + body + attached;
            assert!(bytes <= ENTRY_BYTES_MAX, "an entry of {bytes} bytes");
        }
    }
}

/// One fetch, with one answer.
pub(crate) fn raw(source: &str, method: &str, body: &str, answer: &[u8]) -> Raw {
    let request = Request { method: method.to_owned(), target: "/graphql".to_owned(), body: body.to_owned() };
    let outcome = Outcome::Answer(Answer { status: 200, body: answer.to_vec() });
    let exchange = Exchange { fetched_at_ms: 1_767_225_600_000, request, outcome };
    Raw { source: source.to_owned(), exchanges: vec![exchange], part: 0, more: false }
}
