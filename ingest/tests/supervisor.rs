//! Feeds that are run side by side: what one of them does is not felt by the others.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use annals_ingest::{Feed, FeedError, Lag, News, Outcome, Raw, Recorder, Supervisor, Until};
use annals_log::SourceMemory;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::scratch::{RUNS, answer, exchange, fetch};
use crate::virtual_time::VirtualTime;

/// What a feed does when it is asked.
#[derive(Clone, Copy)]
enum Does {
    /// Answers after a second.
    Answer,
    /// Says what is wrong in answers, as a request that failed is recorded.
    Trouble(&'static str),
    Fail(&'static str),
    Refuse(&'static str),
}

/// A feed that does one thing after another, and then ends.
struct Scripted {
    source: &'static str,
    script: VecDeque<Does>,
    time: VirtualTime,
    trouble: Option<String>,
}

/// Why a run ended.
#[derive(Debug, PartialEq, Eq)]
struct Why(String);

impl From<FeedError> for Why {
    fn from(error: FeedError) -> Self {
        Self(error.to_string())
    }
}

/// Notes what it is given, and when.
struct Notes {
    time: VirtualTime,
    memories: BTreeMap<String, Arc<SourceMemory>>,
    /// Answers that it still takes.
    room: usize,
    lines: Vec<String>,
}

impl Scripted {
    fn boxed(source: &'static str, script: &[Does], time: &VirtualTime) -> Box<dyn Feed> {
        Box::new(Self { source, script: script.to_vec().into(), time: time.clone(), trouble: None })
    }
}

impl Feed for Scripted {
    fn source(&self) -> Option<&'static str> {
        Some(self.source)
    }

    fn next(&mut self, memory: Arc<SourceMemory>) -> BoxFuture<'_, Result<Option<Raw>, FeedError>> {
        assert_eq!(Arc::strong_count(&memory), 2, "the log's, and this one's");
        drop(memory);
        async move {
            match self.script.pop_front() {
                None => Ok(None),
                Some(Does::Fail(why)) => Err(FeedError::unavailable(why)),
                Some(Does::Refuse(why)) => Err(FeedError::Refused(why.into())),
                Some(Does::Trouble(why)) => {
                    self.time.sleep(Duration::from_secs(1)).await;
                    let failed = exchange(0, RUNS, Outcome::Failed(why.into()));
                    Ok(Some(fetch(self.source, vec![failed])))
                }
                Some(Does::Answer) => {
                    self.time.sleep(Duration::from_secs(1)).await;
                    Ok(Some(fetch(self.source, vec![exchange(0, RUNS, answer(200, ""))])))
                }
            }
        }
        .boxed()
    }

    fn taken(&mut self, raw: &Raw, _: &SourceMemory) {
        self.trouble = match &raw.exchanges[0].outcome {
            Outcome::Failed(why) => Some(why.clone()),
            Outcome::Answer(_) => None,
        };
    }

    fn trouble(&self) -> Option<String> {
        self.trouble.clone()
    }
}

impl Recorder for Notes {
    type Error = Why;

    fn memory(&mut self, source: &str) -> Result<Arc<SourceMemory>, Why> {
        Ok(Arc::clone(self.memories.entry(source.to_owned()).or_default()))
    }

    fn record(&mut self, raw: Raw) -> Result<Raw, Why> {
        let holders = Arc::strong_count(&self.memories[&raw.source]);
        assert_eq!(holders, 1, "a memory that a feed still held would be copied now");
        self.room = self.room.checked_sub(1).ok_or_else(|| Why("the disk is full".to_owned()))?;
        self.lines.push(format!("{:>4.1} {}", self.time.now().as_secs_f32(), raw.source));
        Ok(raw)
    }

    fn show(&mut self, _: &'static str, _: Lag) {}

    fn say(&mut self, news: &News<'_>) {
        let now = self.time.now().as_secs_f32();
        self.lines.push(match news {
            News::Restart { source, failures } => format!("{now:>4.1} restarts: {source} {failures}"),
            News::Trouble { what, before: Some(before), .. } => {
                format!("{now:>4.1} says: {what}, no more {before}")
            }
            news => format!("{now:>4.1} says: {news}"),
        });
    }
}

/// Runs feeds of these scripts: what was noted, and how it ended.
fn run(until: Until, room: usize, scripts: &[(&'static str, &[Does])]) -> (Vec<String>, Result<(), String>) {
    let time = VirtualTime::default();
    let feeds = scripts.iter().map(|(source, script)| Scripted::boxed(source, script, &time)).collect();
    let mut notes = Notes { time: time.clone(), memories: BTreeMap::new(), room, lines: Vec::new() };
    let clock = time.clone();
    let supervisor = Supervisor::new(until).with_clock(7, Box::new(move |pause| clock.sleep(pause)));
    let ended = time.run(supervisor.run(feeds, &mut notes));
    (notes.lines, ended.map_err(|Why(what)| what))
}

/// The times of the lines that end so, in seconds.
fn times(lines: &[String], end: &str) -> Vec<f32> {
    let lines = lines.iter().filter(|line| line.ends_with(end));
    lines.map(|line| line.trim_start().split(' ').next().unwrap().parse().unwrap()).collect()
}

fn said(lines: &[String]) -> Vec<&str> {
    lines.iter().filter_map(|line| Some(line.split_once("says: ")?.1)).collect()
}

const NO_END: usize = usize::MAX;

#[test]
fn a_feed_that_failed_is_asked_again_and_the_others_go_on_meanwhile() {
    let failing = [Does::Answer, Does::Fail("down"), Does::Fail("down"), Does::Fail("down"), Does::Answer];
    let scripts: [(&str, &[Does]); 2] = [("a", &failing), ("b", &[Does::Answer; 9])];
    let (lines, ended) = run(Until::Stopped, NO_END, &scripts);
    assert_eq!(ended, Ok(()));
    assert_eq!(lines, run(Until::Stopped, NO_END, &scripts).0, "the same seed gives the same pauses");
    assert_eq!(times(&lines, " b"), (1_u8..=9).map(f32::from).collect::<Vec<_>>());
    assert_eq!(said(&lines), ["down", "a answers again, after: down"]);
    // Three pauses of one to two, two to four and four to eight seconds, and the second until it answers.
    let rested = times(&lines, " a")[1] - times(&lines, " a")[0] - 1.0;
    assert!((6.9..=14.1).contains(&rested), "{rested}: {lines:?}");
}

#[test]
fn a_feed_that_was_of_use_again_begins_with_a_short_pause() {
    let script =
        [Does::Fail("a"), Does::Fail("b"), Does::Fail("c"), Does::Answer, Does::Fail("d"), Does::Answer];
    let (lines, _) = run(Until::Stopped, NO_END, &[("a", &script)]);
    let rested = times(&lines, "after: d")[0] - times(&lines, "says: d")[0] - 1.0;
    assert!((0.9..=2.1).contains(&rested), "{rested}: {lines:?}");
    let expected =
        ["a", "b, no more a", "c, no more b", "a answers again, after: c", "d", "a answers again, after: d"];
    assert_eq!(said(&lines), expected);
}

#[test]
fn each_restart_of_a_feed_is_said_though_its_trouble_is_the_same() {
    let script = [Does::Fail("x"), Does::Fail("x"), Does::Answer, Does::Fail("y"), Does::Answer];
    let (lines, _) = run(Until::Stopped, NO_END, &[("a", &script)]);
    let restarts: Vec<_> = lines.iter().filter_map(|line| Some(line.split_once("restarts: ")?.1)).collect();
    assert_eq!(
        restarts,
        ["a 1", "a 2", "a 1"],
        "a failure after answers that were of use is the first again"
    );
    let (lines, _) = run(Until::Polled(1), NO_END, &[("a", &[Does::Fail("x")])]);
    assert_eq!(lines, [""; 0], "a run with an end restarts nothing");
}

#[test]
fn a_trouble_that_answers_tell_of_is_said_once_and_once_that_it_is_over() {
    let script = [Does::Trouble("x"), Does::Trouble("x"), Does::Trouble("y"), Does::Answer, Does::Answer];
    let (lines, ended) = run(Until::Stopped, NO_END, &[("a", &script)]);
    assert_eq!(ended, Ok(()));
    let expected = [
        " 1.0 a",
        " 1.0 says: x",
        " 2.0 a",
        " 3.0 a",
        " 3.0 says: y, no more x",
        " 4.0 a",
        " 4.0 says: a answers again, after: y",
        " 5.0 a",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_is_refused_is_not_asked_for_again_and_the_others_go_on() {
    let (lines, ended) =
        run(Until::Stopped, NO_END, &[("a", &[Does::Refuse("no such block")]), ("b", &[Does::Answer; 2])]);
    assert_eq!(lines, [" 0.0 says: a is not recorded any more: no such block", " 1.0 b", " 2.0 b"]);
    assert_eq!(ended, Err("no such block".to_owned()));
    // Whoever runs it alone has the error itself.
    let (lines, ended) = run(Until::Stopped, NO_END, &[("a", &[Does::Refuse("no such block")])]);
    assert_eq!((lines.len(), ended), (0, Err("no such block".to_owned())));
}

#[test]
fn with_an_end_a_feed_that_fails_ends_with_its_failure() {
    let (lines, ended) = run(
        Until::Polled(2),
        NO_END,
        &[("a", &[Does::Fail("down"), Does::Answer]), ("b", &[Does::Answer; 9])],
    );
    assert_eq!(lines, [" 1.0 b", " 2.0 b"], "so many polls, and nothing is asked again");
    assert_eq!(ended, Err("down".to_owned()));
}

#[test]
fn with_an_end_the_trouble_of_the_last_poll_is_the_outcome() {
    let fails_last = [Does::Trouble("x"), Does::Trouble("y")];
    let (lines, ended) = run(Until::Polled(2), NO_END, &[("a", &fails_last)]);
    assert_eq!(lines, [" 1.0 a", " 1.0 says: x", " 2.0 a"]);
    assert_eq!(ended, Err("y".to_owned()));
    let (lines, ended) = run(Until::Polled(2), NO_END, &[("a", &[Does::Trouble("x"), Does::Answer])]);
    assert_eq!(lines, [" 1.0 a", " 1.0 says: x", " 2.0 a"]);
    assert_eq!(ended, Ok(()));
}

#[test]
fn a_log_that_takes_nothing_more_ends_them_all() {
    let (lines, ended) = run(Until::Stopped, 1, &[("a", &[Does::Answer; 9]), ("b", &[Does::Answer; 9])]);
    assert_eq!(lines.len(), 1);
    assert_eq!(ended, Err("the disk is full".to_owned()));
}
