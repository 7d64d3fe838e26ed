//! Scrapes: of addresses that may be asked, and of servers that do as they should or do not.

mod address;
mod answers;
mod bounds;
mod certificates;
mod cuts;
mod encodings;
mod framing;
mod memory;
mod request;
mod scraper;
mod server;
mod tls;

use std::time::Duration;

use annals_ingest::sources::{Asked, BodyMemory, Failed, FailedKind, Form, GetLimits, Got, ScrapeGet, Tls};

use self::server::Server;

const MEMORY_BYTES: usize = 4 << 20;
const BODY_BYTES_MAX: usize = 1 << 20;

/// Long enough for any machine: no test waits for it.
const PATIENT: GetLimits = GetLimits {
    total: Duration::from_secs(60),
    first_byte: Duration::from_secs(60),
    header_bytes: 16 << 10,
    headers: 100,
    body_bytes: BODY_BYTES_MAX,
};
/// For servers that would never end.
const BRIEF: GetLimits = GetLimits { total: Duration::from_millis(200), ..PATIENT };

/// The outcome of a scrape, after its memory was given back.
#[derive(Debug)]
struct Told {
    ended: Result<Vec<u8>, Failed>,
    status: Option<u16>,
    content_type: Option<String>,
    has_first_byte: bool,
    wire_bytes: u64,
}

impl Told {
    /// Finds that it failed, and returns the words.
    fn failed(&self, kind: FailedKind) -> &str {
        let Err(failed) = &self.ended else { panic!("a body came: {self:?}") };
        assert_eq!(failed.kind, kind, "{self:?}");
        assert!((1..=200).contains(&failed.why.len()), "{failed:?}");
        assert!(failed.why.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{failed:?}");
        assert!(!failed.why.contains("://"), "{failed:?}");
        &failed.why
    }

    /// Finds that a body came, and returns it.
    fn body(&self) -> &[u8] {
        self.ended.as_ref().unwrap_or_else(|failed| panic!("{failed:?}"))
    }
}

fn scrape_get(limits: GetLimits, tls: Option<Tls>) -> ScrapeGet {
    ScrapeGet { limits, form: Form::V3, memory: BodyMemory::of_bytes(MEMORY_BYTES), tls }
}

/// Asks, and finds that nothing is held when what came is dropped.
async fn ask_by(get: &ScrapeGet, asked: &Asked) -> Told {
    let Got { ended, status, content_type, first_byte, took, wire_bytes } = get.get(asked).await;
    assert!(first_byte.is_none_or(|first| first <= took));
    let ended = ended.map(|body| {
        let units = body.bytes().len().div_ceil(BodyMemory::UNIT_BYTES);
        let held = MEMORY_BYTES - get.memory.free_bytes();
        assert_eq!(held, units * BodyMemory::UNIT_BYTES);
        body.bytes().to_vec()
    });
    assert_eq!(get.memory.free_bytes(), MEMORY_BYTES);
    Told { ended, status, content_type, has_first_byte: first_byte.is_some(), wire_bytes }
}

async fn ask(limits: GetLimits, server: &Server) -> Told {
    ask_by(&scrape_get(limits, None), &Asked::at(server.address())).await
}

/// Asks a server that sends these bytes and closes.
async fn answered(bytes: &[u8]) -> Told {
    ask(PATIENT, &Server::answering(bytes.to_vec()).await).await
}
