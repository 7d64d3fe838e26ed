//! Answers of W&B's server: a byte says to which question, the rest is the answer.

use annals_ingest::sources::{Wandb, WandbHistory};
use annals_ingest::{Cassette, Decoded, Source, SourceError};
use annals_log::{Fact as _, SourceMemory, WandbRun};

use crate::golden::fixture;
use crate::recordable::{assert_recordable, raw};

/// As far as a question is looked into.
const QUESTIONS: [&str; 5] = [
    r#"{"query":"query Runs { x }","variables":{"entity":"e","project":"p","order":"+created_at","filters":"{}"}}"#,
    r#"{"query":"query Runs { x }","variables":{"entity":"e","project":"p","order":"-heartbeat_at"}}"#,
    r#"{"query":"query Run { x }","variables":{"entity":"e","project":"p","name":"0djlnjjs"}}"#,
    r#"{"query":"query HistoryPage { x }","variables":{"run":"0djlnjjs","minStep":0,"maxStep":1000}}"#,
    r#"{"query":"query RunParquetHistory { x }","variables":{"runName":"0djlnjjs"}}"#,
];

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = [
        (2, r#"{"data":{"project":{"run":null}}}"#),
        (3, r#"{"data":{"project":{"run":{"history":["{\"_step\":0,\"_timestamp\":1.5e9}","{\"_step\":2}"]}}}}"#),
        (4, r#"{"data":{"project":{"run":{"parquetHistory":{"parquetUrls":["https://x/y"],"liveData":[]}}}}}"#),
        (0, r#"{"errors":[{"message":"permission denied"}],"data":null}"#),
    ]
    .map(|(question, answer)| [&[question], answer.as_bytes()].concat())
    .into();
    for name in ["golden-tie/case.cassette", "sn27-day/day.cassette.zst"] {
        let mut cassette = Cassette::open(&fixture(name)).unwrap();
        let (mut bytes, mut pages) = (0, 0);
        while let Some(fetch) = cassette.next_fetch().unwrap()
            && pages < 20
        {
            let exchanges =
                fetch.exchanges.iter().filter(|exchange| exchange.request.target.contains("graphql"));
            for answer in
                exchanges.filter_map(|exchange| exchange.outcome.body()).filter(|body| body.len() < 20_000)
            {
                (bytes, pages) = (bytes + answer.len(), pages + 1);
                seeds.push([&[0], answer].concat());
            }
        }
        assert!(bytes > 0, "{name} has answers");
    }
    seeds
}

pub(crate) fn run(input: &[u8]) {
    let Some((question, answer)) = input.split_first() else { return };
    let question = usize::from(*question) % QUESTIONS.len();
    let decoded = match question {
        0..3 => decode(&Wandb::default(), QUESTIONS[question], answer),
        _ => decode(&WandbHistory::default(), QUESTIONS[question], answer),
    };
    let decoded = decoded.expect("a bad answer is told as an event");
    assert_recordable(&decoded.steps);
    for event in decoded.steps.iter().flatten().filter(|event| event.kind == WandbRun::KIND) {
        let node = std::str::from_utf8(event.attached[0].bytes()).unwrap();
        assert!(std::str::from_utf8(answer).unwrap().contains(node), "evidence that nobody gave");
    }
}

/// The same answer after the same log gives the same events.
fn decode<S: Source>(source: &S, question: &str, answer: &[u8]) -> Result<Decoded, SourceError> {
    let raw = raw(S::NAME, "POST", question, answer);
    let once = || source.decode(&raw, &mut S::Context::default(), &SourceMemory::default());
    let decoded = once();
    assert_eq!(decoded.as_ref().ok(), once().as_ref().ok());
    decoded
}
