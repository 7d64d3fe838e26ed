//! What is generated is what would have been recorded: the ingest is shown the same answers of W&B.

use std::collections::BTreeMap;

use annals_ingest::{Answer, Driver, Exchange, Outcome, Raw, Request, Taken};
use annals_log::json::Text;
use annals_log::{
    Clock, Event, Fact as _, FixtureIdentity, ListedRun, Log, LogId, NewLog, Options, PollScope, Reader,
    RunIdSignature, RunNode, WandbHistoryRow, WandbPoll, WandbRun, decode,
};

use super::made::{events_of, reader, with_made};
use crate::program::Session;

/// The server, as the events tell of it.
#[derive(Default)]
struct Server {
    /// The last node of each run.
    nodes: BTreeMap<String, String>,
}

impl Server {
    /// The answers that a poll had, in pages as W&B sends them.
    fn answers_to(&self, poll: &WandbPoll, list: &[ListedRun]) -> Vec<Exchange> {
        let pages: Vec<&[ListedRun]> = list.chunks(50).collect();
        let page = |(place, runs): (usize, &&[ListedRun])| {
            let edges: Vec<_> = runs.iter().map(|run| format!(r#"{{"node":{}}}"#, self.node(run))).collect();
            let body = format!(
                r#"{{"data":{{"project":{{"runs":{{"edges":[{}],"pageInfo":{{"hasNextPage":{}}}}}}}}}}}"#,
                edges.join(","),
                place + 1 < pages.len()
            );
            let cursor = if place == 0 { "null" } else { r#""Mg==""# };
            let order = if poll.scope == PollScope::Sweep { "+created_at" } else { "-heartbeat_at" };
            let variables = format!(
                r#"{{"project":"opencompute","entity":"neuralinternet","cursor":{cursor},"order":"{order}"}}"#
            );
            exchange("Runs", &variables, body, poll.finished_at_ms)
        };
        pages.iter().enumerate().map(page).collect()
    }

    /// A run that is not news has another heartbeat, and the rest of its node.
    fn node(&self, listed: &ListedRun) -> String {
        let node = &self.nodes[&listed.run_id];
        let before = RunNode::read(node).unwrap().heartbeat_at.unwrap();
        let heartbeat = |time: &str| format!(r#""heartbeatAt":"{time}""#);
        let (before, now) = (before.as_str().unwrap(), listed.heartbeat_at.as_deref().unwrap());
        node.replace(&heartbeat(before), &heartbeat(now))
    }
}

/// The answer that had this row alone.
fn answer_with(row: &Event) -> Exchange {
    let step = decode::<WandbHistoryRow>(&row.body).unwrap().step.unwrap();
    let text = serde_json::to_string(std::str::from_utf8(row.attached[0].bytes()).unwrap()).unwrap();
    let body = format!(r#"{{"data":{{"project":{{"run":{{"history":[{text}]}}}}}}}}"#);
    let variables =
        format!(r#"{{"run":"{}","minStep":{step},"maxStep":{},"pageSize":1000}}"#, row.native_id, step + 1);
    exchange("HistoryPage", &variables, body, row.fetched_at_ms)
}

fn exchange(operation: &str, variables: &str, body: String, fetched_at_ms: i64) -> Exchange {
    let asked =
        format!(r#"{{"query":"query {operation}($entity: String!) {{ x }}","variables":{variables}}}"#);
    let request = Request { method: "POST".into(), target: "/graphql".into(), body: asked };
    Exchange { fetched_at_ms, request, outcome: Outcome::Answer(Answer { status: 200, body: body.into() }) }
}

/// What the ingest makes of the answers that the events of a generated log came from.
fn recorded_anew(events: &[Event], session: &Session) -> Vec<Event> {
    let root = session.path("anew");
    let fixture = Some(FixtureIdentity { log_id: LogId(*b"annals-fixture-4"), seed: [27; 32] });
    let options = Options { clock: Clock::fixed(events[0].fetched_at_ms), ..Options::default() };
    let mut log = Log::create(&root, NewLog { fixture, ..NewLog::default() }, options).unwrap();
    let (mut server, mut driver, mut taken) = (Server::default(), Driver::default(), Taken::default());
    let mut take = |source: &str, exchanges| {
        let raw = Raw { source: source.into(), exchanges, part: 0, more: false };
        driver.take(&raw, &mut log, &mut taken).unwrap();
    };
    for event in events {
        match event.kind {
            WandbRun::KIND => {
                let node = String::from_utf8(event.attached[0].bytes().to_vec()).unwrap();
                server.nodes.insert(event.native_id.clone(), node);
            }
            WandbPoll::KIND => {
                let list = ListedRun::decode_list(event.attached[0].bytes()).unwrap();
                take("wandb", server.answers_to(&decode(&event.body).unwrap(), &list));
            }
            WandbHistoryRow::KIND => take("wandb_history", vec![answer_with(event)]),
            _ => {}
        }
    }
    drop(log);
    events_of(&Reader::open(&root).unwrap())
}

fn is_of_wandb(event: &Event) -> bool {
    event.source.starts_with("wandb")
}

#[test]
fn the_ingest_makes_the_same_events_of_the_same_answers() {
    // Over an hour: a sweep is in it.
    let made = with_made(1400);
    let events = events_of(&reader(&made));
    let anew = recorded_anew(&events, &made);
    let told: Vec<_> = events.iter().filter(|event| is_of_wandb(event)).collect();
    let anew: Vec<_> = anew.iter().filter(|event| is_of_wandb(event)).collect();
    assert_eq!(told.len(), 1400 - 4);
    for (told, anew) in told.iter().zip(&anew) {
        assert!(told == anew, "told {told:?}\nanew {anew:?}");
    }
    assert_eq!(told.len(), anew.len());
}

#[test]
fn runs_are_signed_wrongly_or_not_at_all_too_and_their_configs_are_of_the_sizes_told() {
    let events = events_of(&reader(&with_made(1400)));
    let mut verdicts: BTreeMap<&str, u32> = BTreeMap::new();
    let (mut big, mut small) = (0, 0);
    for event in events.iter().filter(|event| event.kind == WandbRun::KIND) {
        let run: WandbRun = decode(&event.body).unwrap();
        *verdicts.entry(run.signature.as_str()).or_default() += 1;
        let attached = [event.attached[0].bytes().to_vec()];
        let config =
            run.config_text(&attached).unwrap().as_ref().map_or(0, |text: &Text| text.as_bytes().len());
        match config {
            56_000..72_000 => big += 1,
            1_200..3_200 => small += 1,
            other => panic!("a config of {other} bytes"),
        }
    }
    assert_eq!(verdicts.keys().copied().collect::<Vec<_>>(), ["absent", "valid", "wrong"]);
    assert!(verdicts[RunIdSignature::Valid.as_str()] > 700, "{verdicts:?}");
    let states: u32 = big + small;
    assert_eq!(big, states.div_ceil(20));
}
