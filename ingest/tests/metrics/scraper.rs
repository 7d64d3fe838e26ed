//! Targets that are scraped into a log: every scrape is one event, whatever the endpoint does.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use annals_ingest::sources::{
    Allowed, AnnouncedEndpoint, AnnouncedNow, BodyMemory, ScrapeGet, Scraper, ScraperOptions,
};
use annals_ingest::{Driver, Feed, Raw, Taken};
use annals_log::{Account, Announcement, Hash, Log, Scrape, ScrapeOutcome, SourceMemory};
use tokio::sync::watch;

use super::server::Server;
use super::{BRIEF, PATIENT, scrape_get};
use crate::scratch::Scratch;

/// Has to be named, and not only posted.
const POSTED: &str = "203.0.113.7:9100";

fn options(get: ScrapeGet) -> ScraperOptions {
    ScraperOptions {
        announced: None,
        given: Vec::new(),
        allowed: Allowed::loopback(),
        interval: Duration::from_millis(50),
        get,
        seed: Hash([1; 32]),
        is_once: true,
        stand_ins: BTreeMap::new(),
    }
}

fn endpoint(hotkey: u8, block: u64, address: &str) -> AnnouncedEndpoint {
    AnnouncedEndpoint {
        announcement: Announcement { netuid: 27, hotkey: Account([hotkey; 32]), uid: Some(3), block },
        address: address.parse().ok(),
        told: "1 (type 9), port 7".into(),
    }
}

fn announced(endpoints: Vec<AnnouncedEndpoint>) -> AnnouncedNow {
    Some(Arc::new(endpoints))
}

/// Brings all that a feed has, and records it. Returns the scrapes by target, and what was brought.
async fn scrape_all(options: ScraperOptions, scratch: &Scratch) -> (BTreeMap<String, Scrape>, Vec<Raw>) {
    let mut log = scratch.open_now();
    let (mut scraper, mut driver, mut raws) = (Scraper::new(options), Driver::default().live(), Vec::new());
    while let Some(raw) = scraper.next(Arc::default()).await.unwrap() {
        driver.take(&raw, &mut log, &mut Taken::default()).unwrap();
        raws.push(raw);
    }
    drop(log);
    let mut scrapes = BTreeMap::new();
    for found in scratch.found().iter().filter(|found| found.source == "metrics") {
        let before = scrapes.insert(found.native_id.clone(), found.fact::<Scrape>());
        assert!(before.is_none(), "{} was scraped twice", found.native_id);
    }
    (scrapes, raws)
}

fn answer(content_type: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

const TEXT: &str = "text/plain; version=0.0.4";

#[tokio::test]
async fn hostile_endpoints_are_one_event_each_and_nobody_waits_for_them() {
    let elsewhere = "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n";
    let nested = format!("a{{{}}} 1\n", (0..129).map(|label| format!("l{label}=\"\",")).collect::<String>());
    let servers = [
        ("ok", Server::answering(answer(TEXT, "# TYPE a gauge\na 1\na{b=\"c\"} 2\n")).await),
        ("ok", Server::answering(answer("application/openmetrics-text", "a 1\n# EOF\n")).await),
        ("ok", Server::answering(answer(TEXT, "")).await),
        ("unparsable", Server::answering(answer("application/openmetrics-text", "a 1\n")).await),
        ("unparsable", Server::answering(answer("text/html", "<html>\n")).await),
        ("unparsable", Server::answering(answer(TEXT, "a 1\n<html>\n")).await),
        ("too_many_samples", Server::answering(answer(TEXT, &"a 1\n".repeat(100_001))).await),
        ("over_limit", Server::answering(answer(TEXT, &nested)).await),
        ("status", Server::answering(elsewhere.into()).await),
        ("timeout", Server::silent().await),
        ("timeout", Server::dribbling("HTTP/1.1 200 OK\r\n\r\n", b'a').await),
        ("too_large", Server::endless("HTTP/1.1 200 OK\r\n\r\n", "a 1\n".repeat(1_000)).await),
        ("unreachable", Server::answering(Vec::new()).await),
    ];
    let get = scrape_get(super::GetLimits { total: Duration::from_secs(5), ..BRIEF }, None);
    let given = servers.iter().map(|(_, server)| server.address().to_string().parse().unwrap()).collect();
    let scratch = Scratch::new();
    let memory: BodyMemory = get.memory.clone();
    let (scrapes, raws) = scrape_all(ScraperOptions { given, ..options(get) }, &scratch).await;
    assert_eq!(scrapes.len(), servers.len());
    for (outcome, server) in &servers {
        let scrape = &scrapes[&server.address().to_string()];
        assert_eq!(scrape.outcome.name(), *outcome, "{scrape:?}");
        assert_eq!(scrape.address, Some(server.address().to_string()));
        assert!(server.connections() == 1 && scrape.announced.is_empty());
    }
    let of = |place: usize| &scrapes[&servers[place].1.address().to_string()];
    assert_eq!(of(0).outcome, ScrapeOutcome::Ok { samples: 2 });
    assert_eq!((of(0).body_bytes, of(0).status), (30, Some(200)));
    assert_eq!(
        of(5).outcome,
        ScrapeOutcome::Unparsable { line: 2, what: "a metric's name was expected".into() }
    );
    assert_eq!(of(6).outcome, ScrapeOutcome::TooManySamples { most: 100_000 });
    assert_eq!(of(8).status, Some(302));
    assert_eq!(memory.free_bytes(), super::MEMORY_BYTES);
    // The same answers, played again, are the same events; where they are recorded already they are nothing new.
    let again = Scratch::new();
    again.take(&raws);
    let told = |scratch: &Scratch| -> Vec<_> {
        let of_metrics = scratch.found().into_iter().filter(|found| found.source == "metrics");
        of_metrics.map(|found| (found.native_id, found.body)).collect()
    };
    assert_eq!(told(&again), told(&scratch));
    assert_eq!(again.take(&raws).already, raws.len() as u64);
}

#[tokio::test]
async fn an_address_that_strangers_post_is_judged_whatever_the_operator_allows() {
    let server = Server::answering(answer(TEXT, "a 1\n")).await;
    let local = server.address().to_string();
    let (_say, heard) = watch::channel(announced(vec![
        endpoint(1, 5, &local),
        endpoint(2, 5, "10.0.0.1:9100"),
        endpoint(3, 5, "[::ffff:10.0.0.1]:9100"),
        endpoint(4, 5, "8.8.8.8:22"),
        endpoint(5, 5, "no address"),
    ]));
    let scratch = Scratch::new();
    let options = ScraperOptions { announced: Some(heard), ..options(scrape_get(PATIENT, None)) };
    let (scrapes, _) = scrape_all(options, &scratch).await;
    let rules: BTreeSet<_> = scrapes.values().filter_map(|scrape| scrape.outcome.rule()).collect();
    assert_eq!(rules, BTreeSet::from(["loopback", "low_port", "no_address", "private", "v4_mapped"]));
    assert!(scrapes.len() == 5 && scrapes.values().all(|scrape| scrape.address.is_none()));
    assert_eq!(server.connections(), 0);
    // Who announced it stands beside the refusal.
    assert_eq!(scrapes[&local].announced[0].hotkey, Account([1; 32]));
    assert!(scrapes.contains_key("1 (type 9), port 7"));
}

#[tokio::test]
async fn fifty_announcements_of_one_address_are_one_scrape() {
    let server = Server::answering(answer(TEXT, "a 1\n")).await;
    let endpoints = (0..50).map(|hotkey| endpoint(hotkey, 100 - u64::from(hotkey), POSTED)).collect();
    let (_say, heard) = watch::channel(announced(endpoints));
    let scratch = Scratch::new();
    let stand_ins = BTreeMap::from([(POSTED.parse().unwrap(), server.address())]);
    let options = ScraperOptions { announced: Some(heard), stand_ins, ..options(scrape_get(PATIENT, None)) };
    let (scrapes, _) = scrape_all(options, &scratch).await;
    let scrape = &scrapes[POSTED];
    assert_eq!((server.connections(), scrape.announced.len(), scrape.announced[0].block), (1, 50, 51));
    // The event says where the answer really came from.
    assert_eq!(scrape.address, Some(server.address().to_string()));
}

/// Records what comes, until `is_enough`; every third wait is dropped, as a supervisor may.
async fn follow(scraper: &mut Scraper, log: &mut Log, mut is_enough: impl FnMut(&Raw) -> bool) {
    let mut driver = Driver::default().live();
    for wait in 0_u32.. {
        let next = scraper.next(Arc::<SourceMemory>::default());
        let raw = if wait % 3 == 0 {
            match tokio::time::timeout(Duration::from_millis(1), next).await {
                Ok(raw) => raw,
                Err(_) => continue,
            }
        } else {
            next.await
        };
        let raw = raw.unwrap().unwrap();
        driver.take(&raw, log, &mut Taken::default()).unwrap();
        if is_enough(&raw) {
            return;
        }
    }
}

#[tokio::test]
async fn an_endpoint_is_a_target_from_its_announcement_to_its_end() {
    let (first, second) =
        (Server::answering(answer(TEXT, "a 1\n")).await, Server::answering(answer(TEXT, "a 2\n")).await);
    let later: SocketAddr = "203.0.114.7:9100".parse().unwrap();
    let stand_ins = BTreeMap::from([(POSTED.parse().unwrap(), first.address()), (later, second.address())]);
    let (say, heard) = watch::channel(announced(vec![endpoint(1, 5, POSTED)]));
    let options = ScraperOptions {
        announced: Some(heard),
        stand_ins,
        is_once: false,
        ..options(scrape_get(PATIENT, None))
    };
    let (scratch, mut scraper) = (Scratch::new(), Scraper::new(options));
    let mut log = scratch.open_now();
    let is_of =
        |raw: &Raw, target: &str| raw.exchanges.iter().any(|exchange| exchange.request.target == target);
    let mut count = 0;
    follow(&mut scraper, &mut log, |raw| {
        count += u32::from(is_of(raw, POSTED));
        count == 2
    })
    .await;
    // It moves.
    say.send_replace(announced(vec![endpoint(1, 9, &later.to_string())]));
    follow(&mut scraper, &mut log, |raw| is_of(raw, &later.to_string())).await;
    let before = first.connections();
    let mut rounds = 0;
    follow(&mut scraper, &mut log, |raw| {
        assert!(!is_of(raw, POSTED), "a target that was withdrawn is asked");
        rounds += 1;
        rounds == 2
    })
    .await;
    assert_eq!(first.connections(), before);
    drop(log);
    let blocks: BTreeSet<_> = scratch
        .found()
        .iter()
        .filter(|found| found.source == "metrics")
        .map(|found| found.fact::<Scrape>().announced[0].block)
        .collect();
    assert_eq!(blocks, BTreeSet::from([5, 9]));
}

#[tokio::test]
async fn a_target_that_was_named_does_not_wait_for_what_is_announced() {
    let server = Server::answering(answer(TEXT, "a 1\n")).await;
    let (say, heard) = watch::channel(None);
    let options = ScraperOptions {
        announced: Some(heard),
        given: vec![server.address().to_string().parse().unwrap()],
        is_once: false,
        ..options(scrape_get(PATIENT, None))
    };
    let (scratch, mut scraper) = (Scratch::new(), Scraper::new(options));
    let mut log = scratch.open_now();
    follow(&mut scraper, &mut log, |_| true).await;
    // And what is announced comes beside it.
    say.send_replace(announced(vec![endpoint(1, 5, "10.0.0.1:9100")]));
    follow(&mut scraper, &mut log, |raw| {
        raw.exchanges.iter().any(|exchange| exchange.request.target == "10.0.0.1:9100")
    })
    .await;
}

#[tokio::test]
async fn a_body_is_kept_once_and_whole() {
    let body = "# TYPE a gauge\na 1\n";
    let server = Server::answering(answer(TEXT, body)).await;
    let given = vec![server.address().to_string().parse().unwrap()];
    let options = ScraperOptions { given, is_once: false, ..options(scrape_get(PATIENT, None)) };
    let (scratch, mut scraper) = (Scratch::new(), Scraper::new(options));
    let mut log = scratch.open_now();
    let mut scrapes = 0;
    follow(&mut scraper, &mut log, |raw| {
        scrapes += raw.exchanges.len();
        scrapes >= 3
    })
    .await;
    drop(log);
    let found: Vec<_> = scratch.found().into_iter().filter(|found| found.source == "metrics").collect();
    assert!(found.len() >= 3 && found.iter().all(|found| found.attached == [body.as_bytes()]));
}
