//! The memory that bodies share.

use annals_ingest::sources::{Asked, BodyMemory, FailedKind, ScrapeGet};

use super::server::Server;
use super::{BRIEF, PATIENT, scrape_get};

const UNIT_BYTES: usize = BodyMemory::UNIT_BYTES;

fn body(bytes: usize) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\n\r\n{}", "#".repeat(bytes)).into_bytes()
}

#[tokio::test]
async fn a_body_takes_its_units_until_it_is_dropped() {
    let get = ScrapeGet { memory: BodyMemory::of_bytes(16 * UNIT_BYTES), ..scrape_get(PATIENT, None) };
    let free = || get.memory.free_bytes() / UNIT_BYTES;
    for (bytes, units) in [(0, 0), (1, 1), (UNIT_BYTES, 1), (UNIT_BYTES + 1, 2), (13 * UNIT_BYTES - 1, 13)] {
        let server = Server::answering(body(bytes)).await;
        let got = get.get(&Asked::at(server.address())).await;
        let held = got.ended.unwrap();
        assert_eq!((held.bytes().len(), free()), (bytes, 16 - units));
        drop(held);
        assert_eq!(free(), 16);
    }
}

#[tokio::test]
async fn a_body_without_memory_runs_out_of_time_and_holds_nothing() {
    let get = ScrapeGet { memory: BodyMemory::of_bytes(2 * UNIT_BYTES), ..scrape_get(PATIENT, None) };
    let brief = ScrapeGet { limits: BRIEF, ..get.clone() };
    let one = Server::answering(body(UNIT_BYTES)).await;
    let two = Server::answering(body(2 * UNIT_BYTES)).await;
    let held = get.get(&Asked::at(one.address())).await.ended.unwrap();
    let failed = brief.get(&Asked::at(two.address())).await.ended.unwrap_err();
    assert_eq!(failed.kind, FailedKind::Timeout);
    assert_eq!(get.memory.free_bytes(), UNIT_BYTES);
    drop(held);
    assert_eq!(get.get(&Asked::at(two.address())).await.ended.unwrap().bytes().len(), 2 * UNIT_BYTES);
    assert_eq!(get.memory.free_bytes(), 2 * UNIT_BYTES);
}

#[tokio::test]
async fn a_body_waits_for_memory_that_another_gives_back() {
    let get = ScrapeGet { memory: BodyMemory::of_bytes(UNIT_BYTES), ..scrape_get(PATIENT, None) };
    let server = Server::answering(body(UNIT_BYTES)).await;
    let asked = Asked::at(server.address());
    let held = get.get(&asked).await.ended.unwrap();
    let waiting = {
        let (get, asked) = (get.clone(), asked.clone());
        tokio::spawn(async move { get.get(&asked).await })
    };
    while server.connections() < 2 {
        tokio::task::yield_now().await;
    }
    drop(held);
    assert_eq!(waiting.await.unwrap().ended.unwrap().bytes().len(), UNIT_BYTES);
}

#[tokio::test]
async fn a_scrape_that_is_given_up_holds_nothing() {
    let get = scrape_get(PATIENT, None);
    let whole = get.memory.free_bytes();
    let server = Server::dribbling("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n#", b'#').await;
    let asked = Asked::at(server.address());
    let mut scrape = Box::pin(get.get(&asked));
    while get.memory.free_bytes() == whole {
        assert!(futures_util::poll!(&mut scrape).is_pending());
        tokio::task::yield_now().await;
    }
    drop(scrape);
    assert_eq!(get.memory.free_bytes(), whole);
}
