//! Polls: what becomes an event, what does not, and what makes a poll whole.

use annals_ingest::{Driver, Exchange, IngestError, Outcome, Raw, SourceError, Taken};
use annals_log::{Fact as _, Hash, ListedRun, PollOutcome, PollScope, RunIdSignature, WandbPoll, WandbRun};

use crate::scratch::{
    RUNS, Run, START_MS, Scratch, answer, ask_history, ask_run, exchange, fetch, page, page_of, poll,
};

fn runs(found: &Scratch) -> Vec<(String, WandbRun)> {
    let found = found.found().into_iter().filter(|event| event.kind == WandbRun::KIND);
    found.map(|event| (event.native_id.clone(), event.fact())).collect()
}

fn polls(found: &Scratch) -> Vec<(WandbPoll, Vec<ListedRun>)> {
    let found = found.found().into_iter().filter(|event| event.kind == WandbPoll::KIND);
    found.map(|event| (event.fact(), ListedRun::decode_list(&event.attached[0]).unwrap())).collect()
}

fn failed(found: &Scratch) -> String {
    match polls(found).pop().unwrap().0.outcome {
        PollOutcome::Failed(what) => what,
        PollOutcome::Complete => panic!("the poll is complete"),
    }
}

#[test]
fn a_run_is_recorded_when_its_state_changes_and_not_with_every_heartbeat() {
    let scratch = Scratch::new();
    let first = [Run::new("a", "{}"), Run::new("b", r#"{"x": {"value": 1}}"#)];
    let mut later = first.clone();
    later[0].heartbeat = 30;
    later[1].config = r#"{"x": {"value": 2}}"#.into();
    let mut last = later.clone();
    last[0].state = "crashed";
    let taken = scratch.take(&[poll(0, &first), poll(1, &later), poll(2, &last)]);
    assert_eq!(taken, Taken { exchanges: 3, events: 7, already: 0 });

    let runs = runs(&scratch);
    assert_eq!(runs.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["a", "b", "b", "a"]);
    assert_eq!(runs[2].1.config_sha256, Some(Hash::of(later[1].config.as_bytes()).0));
    assert_eq!((runs[3].1.state.as_str(), runs[3].1.signature), ("crashed", RunIdSignature::Absent));

    let polls = polls(&scratch);
    let heartbeats: Vec<_> = polls.iter().map(|(_, list)| list[0].heartbeat_at.clone().unwrap()).collect();
    assert_eq!(heartbeats, ["2025-06-21T23:44:00Z", "2025-06-21T23:44:30Z", "2025-06-21T23:44:30Z"]);
    assert!(polls.iter().all(|(poll, list)| poll.outcome == PollOutcome::Complete
        && poll.scope == PollScope::Sweep
        && list.len() == 2));
}

#[test]
fn a_run_keeps_the_bytes_of_its_node_and_the_exact_config() {
    let scratch = Scratch::new();
    let config =
        "{\"note\": {\"value\": \"tab\\t, raw \u{1}, \\ud800\"}, \"n\": {\"value\": 9007199254740993.0}}";
    let run = Run::new("a", config);
    scratch.take(&[poll(0, std::slice::from_ref(&run))]);
    let found = scratch.found().remove(0);
    assert_eq!(found.attached, [run.node().into_bytes()]);
    let told: WandbRun = found.fact();
    assert_eq!(told.config_text(&found.attached).unwrap().unwrap().as_str(), Some(config));
    assert_eq!(found.observed_at_ms, Some(1_750_549_440_000));
}

#[test]
fn a_second_taking_of_the_same_answers_records_nothing() {
    let scratch = Scratch::new();
    let raws = [poll(0, &[Run::new("a", "{}")]), poll(1, &[Run::new("a", r#"{"x": 1}"#)])];
    scratch.take(&raws);
    let before = scratch.found().len();
    assert_eq!(scratch.take(&raws), Taken { exchanges: 2, events: 0, already: 2 });
    assert_eq!(scratch.found().len(), before);
    // And what is new after them is.
    assert_eq!(scratch.take(&[poll(2, &[Run::new("a", r#"{"x": 1}"#)])]).events, 1);
}

/// Two pages, and the run that upstream asks for by its id, in fetches of one answer each.
fn long_poll(minute: i64) -> [Raw; 3] {
    let [first, second] = [[Run::new("a", "{}")], [Run::new("b", "{}")]];
    let part = |part, more, exchange| Raw { part, more, ..fetch("wandb", vec![exchange]) };
    let checklist = r#"{"data": {"project": {"run": null}}}"#;
    [
        part(0, true, exchange(minute, RUNS, answer(200, &page(&first, true)))),
        part(1, true, exchange(minute, RUNS, answer(200, &page(&second, false)))),
        part(2, false, exchange(minute, &ask_run("0djlnjjs"), answer(200, checklist))),
    ]
}

#[test]
fn a_poll_of_several_fetches_is_closed_once_and_lists_all() {
    let scratch = Scratch::new();
    scratch.take(&long_poll(0));
    let found = scratch.found();
    assert_eq!(found.iter().map(|event| event.sequence).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
    let (poll, list) = polls(&scratch).remove(0);
    assert_eq!(
        (poll.pages, poll.missing, poll.outcome),
        (3, vec!["0djlnjjs".to_owned()], PollOutcome::Complete)
    );
    assert_eq!(list.iter().map(|run| run.run_id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn a_poll_that_was_cut_off_is_made_again_and_its_runs_are_not() {
    let scratch = Scratch::new();
    let raws = long_poll(0);
    scratch.take(&raws[..2]);
    assert!(polls(&scratch).is_empty());
    scratch.take(&raws);
    assert_eq!(runs(&scratch).len(), 2);
    assert_eq!(polls(&scratch)[0].1.len(), 2);
}

#[test]
fn a_recording_of_a_poll_that_was_cut_off_does_not_run_into_the_next_poll() {
    let scratch = Scratch::new();
    scratch.take(&[&long_poll(0)[..1], &long_poll(1)[..]].concat());
    let (poll, list) = polls(&scratch).remove(0);
    assert_eq!((poll.pages, list.len(), poll.started_at_ms), (3, 2, START_MS + 60_000));
}

#[test]
fn a_recording_that_lost_a_part_of_a_poll_is_refused() {
    let scratch = Scratch::new();
    let (mut log, mut driver, mut taken) = (scratch.open(), Driver::default(), Taken::default());
    let [first, _, last] = long_poll(0);
    driver.take(&first, &mut log, &mut taken).unwrap();
    let refused = driver.take(&last, &mut log, &mut taken);
    assert!(
        matches!(refused, Err(IngestError::Source(SourceError::PartMissing { part: 2, after: 1 }))),
        "{refused:?}"
    );
}

#[test]
fn the_same_run_on_two_pages_is_one_run() {
    let scratch = Scratch::new();
    let pages = [
        exchange(0, RUNS, answer(200, &page(&[Run::new("a", "{}")], true))),
        exchange(0, RUNS, answer(200, &page(&[Run::new("a", "{}"), Run::new("b", "{}")], false))),
    ];
    scratch.take(&[fetch("wandb", pages.to_vec())]);
    assert_eq!((runs(&scratch).len(), polls(&scratch)[0].1.len()), (2, 2));
}

#[test]
fn a_poll_that_fails_says_so_and_keeps_what_it_saw() {
    let bad = [
        (answer(502, "<html>"), "answer 2: HTTP status 502"),
        (answer(200, "<html>"), "answer 2: is not the JSON it should be: at byte 0: an object was expected"),
        (
            answer(200, r#"{"data": null, "errors": [{"message": "rate limit"}]}"#),
            "answer 2: the server says: rate limit",
        ),
        (
            answer(200, r#"{"data": {"project": null}}"#),
            "answer 2: the answer has no project: it is missing, or may not be read with this key",
        ),
        (answer(200, r#"{"data": {"project": {"runCount": 1}}}"#), "answer 2: the project has no runs in it"),
        (Outcome::Failed("timed out after 30 s".into()), "answer 2: timed out after 30 s"),
    ];
    for (outcome, what) in bad {
        let scratch = Scratch::new();
        let first = page(&[Run::new("a", "{}")], true);
        let exchanges = vec![exchange(0, RUNS, answer(200, &first)), exchange(1, RUNS, outcome.clone())];
        scratch.take(&[fetch("wandb", exchanges)]);
        assert_eq!((runs(&scratch).len(), failed(&scratch).as_str()), (1, what));
        let kept = scratch.found().pop().unwrap().attached;
        match outcome {
            Outcome::Answer(answer) => assert_eq!(kept[1], answer.body),
            Outcome::Failed(_) => assert_eq!(kept.len(), 1),
        }
    }
}

#[test]
fn a_sweep_that_stops_before_the_last_page_is_not_complete() {
    let scratch = Scratch::new();
    scratch.take(&[fetch("wandb", vec![exchange(0, RUNS, answer(200, &page(&[], true)))])]);
    assert_eq!(failed(&scratch), "it ended although the server has another page");

    let scratch = Scratch::new();
    let recent = RUNS.replace("+created_at", "-heartbeat_at");
    scratch.take(&[fetch("wandb", vec![exchange(0, &recent, answer(200, &page(&[], true)))])]);
    assert_eq!(polls(&scratch)[0].0.outcome, PollOutcome::Complete);

    let scratch = Scratch::new();
    let answered = answer(200, r#"{"data": {"project": {"run": null}}}"#);
    scratch.take(&[fetch("wandb", vec![exchange(0, &ask_run("x"), answered)])]);
    assert_eq!(failed(&scratch), "no page of runs was asked for");
}

#[test]
fn pages_that_do_not_belong_together_are_no_complete_poll() {
    let two = |first: &str, second: &str| {
        let scratch = Scratch::new();
        let (one, other) = (page(&[Run::new("a", "{}")], true), page(&[Run::new("b", "{}")], false));
        let exchanges = vec![exchange(0, first, answer(200, &one)), exchange(0, second, answer(200, &other))];
        scratch.take(&[fetch("wandb", exchanges)]);
        scratch
    };
    let second = RUNS.replace("null", "\"Mg==\"");
    assert_eq!(polls(&two(RUNS, &second))[0].0.outcome, PollOutcome::Complete);
    assert_eq!(
        failed(&two(&second, &second)),
        "answer 1: it is not the first page of runs, and no other came before it"
    );
    let filtered = second.replace("\"order\"", "\"filters\": \"{}\", \"order\"");
    assert_eq!(
        failed(&two(RUNS, &filtered)),
        "answer 2: it was asked for another project, other runs or another order than the first"
    );
    assert_eq!(
        polls(&two(RUNS, &second))[0].0.asked,
        r#"{"entity":"neuralinternet","project":"opencompute","order":"+created_at"}"#
    );
}

#[test]
fn a_poll_of_which_a_part_is_older_than_the_log_is_left_out_whole() {
    let scratch = Scratch::new();
    let [first, second, last] = long_poll(0);
    scratch.take(&[poll(0, &[Run::new("a", "{}")])]);
    let later = |raw: Raw| {
        let exchanges = raw.exchanges.into_iter();
        Raw {
            exchanges: exchanges
                .map(|exchange| Exchange { fetched_at_ms: START_MS + 1, ..exchange })
                .collect(),
            ..raw
        }
    };
    let taken = scratch.take(&[first, later(second), later(last)]);
    assert_eq!((taken.events, taken.already), (0, 3));
}

#[test]
fn a_long_display_name_is_told_in_part_and_kept_whole() {
    let scratch = Scratch::new();
    let node = Run::new("a", "{}").node().replace("validator-a", &"n".repeat(5 << 20));
    scratch.take(&[fetch(
        "wandb",
        vec![exchange(0, RUNS, answer(200, &page_of(std::slice::from_ref(&node), false)))],
    )]);
    let found = scratch.found().remove(0);
    assert_eq!(found.fact::<WandbRun>().display_name.unwrap().len(), 256);
    assert_eq!(found.attached[0], node.into_bytes());
}

#[test]
fn what_is_no_run_is_listed_and_the_others_are_recorded() {
    let scratch = Scratch::new();
    let nodes =
        [Run::new("a", "{}").node(), r#"{"name": 7}"#.into(), "null".into(), Run::new("b", "{}").node()];
    scratch.take(&[fetch("wandb", vec![exchange(0, RUNS, answer(200, &page_of(&nodes, false)))])]);
    assert_eq!(runs(&scratch).len(), 2);
    let (poll, list) = polls(&scratch).remove(0);
    assert_eq!(list.len(), 2);
    assert_eq!(
        poll.unreadable,
        [
            "answer 1, run 1: at byte 9: this field of a run is a text or null",
            "answer 1, run 2: at byte 0: an object was expected",
        ]
    );
}

#[test]
fn a_list_without_configs_tells_that_runs_are_there_and_nothing_of_their_state() {
    let scratch = Scratch::new();
    let run = Run::new("a", "{}");
    let light = run.node().replace("\"config\": \"{}\",", "");
    scratch.take(&[
        poll(0, &[run]),
        fetch("wandb", vec![exchange(1, RUNS, answer(200, &page_of(&[light], false)))]),
    ]);
    assert_eq!((runs(&scratch).len(), polls(&scratch)[1].1.len()), (1, 1));
}

#[test]
fn names_longer_than_any_are_no_names() {
    let scratch = Scratch::new();
    let long = "x".repeat(300);
    let mut state = Run::new("b", "{}");
    state.state = Box::leak(long.clone().into_boxed_str());
    scratch.take(&[poll(0, &[Run::new(&long, "{}"), state, Run::new("", "{}"), Run::new("c", "{}")])]);
    assert_eq!(runs(&scratch).len(), 1);
    let too_long = "its name, state or a time has over 256 bytes";
    let expected = [too_long, too_long, "its name is empty, or has a control character in it"];
    let unreadable = &polls(&scratch)[0].0.unreadable;
    assert!(unreadable.iter().zip(expected).all(|(told, what)| told.ends_with(what)), "{unreadable:?}");
    assert_eq!(unreadable.len(), 3);
}

#[test]
fn a_config_that_cannot_be_read_is_recorded_as_it_is() {
    let scratch = Scratch::new();
    scratch.take(&[poll(0, &[Run::new("a", "{not json")])]);
    let (_, run) = runs(&scratch).remove(0);
    assert_eq!(run.signature, RunIdSignature::Absent);
    assert_eq!(run.config_sha256, Some(Hash::of(b"{not json").0));
}

#[test]
fn a_request_that_no_poll_makes_is_refused_and_nothing_is_recorded() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    for (source, body) in
        [("wandb", "{}"), ("wandb", &*ask_history("a", 0..1)), ("wandb_history", RUNS), ("moon", "{}")]
    {
        let raw = fetch(source, vec![exchange(0, body, answer(200, "{}"))]);
        let refused = Driver::default().take(&raw, &mut log, &mut Taken::default());
        assert!(
            matches!(
                refused,
                Err(IngestError::Source(SourceError::UnknownRequest { .. } | SourceError::UnknownSource(_)))
            ),
            "{refused:?}"
        );
    }
    log.close().unwrap();
    assert!(scratch.found().is_empty());
}

#[test]
fn a_poll_that_is_larger_than_a_commit_is_several_and_closed_by_the_last() {
    let scratch = Scratch::new();
    let large: Vec<_> = (0..5)
        .map(|number| {
            let text: String = std::iter::repeat_with(fastrand::alphanumeric).take(4 << 20).collect();
            Run::new(&format!("run-{number}"), &text)
        })
        .collect();
    scratch.take(&[poll(0, &large)]);
    let sequences: Vec<_> = scratch.found().iter().filter_map(|event| event.sequence).collect();
    assert_eq!(sequences, [1, 2, 3, 4, 5]);
    assert_eq!(polls(&scratch)[0].1.len(), 5);
}

#[test]
fn answers_that_are_had_now_count_whatever_the_clock_says() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    let mut driver = Driver::default().live();
    let run = |state| Run { state, ..Run::new("a", "{}") };
    // An hour ahead, then two days behind: the clock was set, and set back.
    let polls_of_now = [(0, "running"), (60, "crashed"), (-2_880, "finished"), (-2_880, "running")];
    for (minute, state) in polls_of_now {
        let mut taken = Taken::default();
        driver.take(&poll(minute, &[run(state)]), &mut log, &mut taken).unwrap();
        assert_eq!((taken.events, taken.already), (2, 0), "{state} at {minute}");
    }
    // What was recorded elsewhere is placed by its time alone, and that lies before the last poll of an hour ahead.
    let mut taken = Taken::default();
    Driver::default().take(&poll(59, &[run("killed")]), &mut log, &mut taken).unwrap();
    assert_eq!((taken.events, taken.already), (0, 1));
    drop(log);

    let states: Vec<_> = runs(&scratch).into_iter().map(|(_, run)| run.state).collect();
    assert_eq!(states, ["running", "crashed", "finished", "running"], "in the order in which they were had");
    let finished: Vec<_> = polls(&scratch).iter().map(|(poll, _)| poll.finished_at_ms - START_MS).collect();
    assert_eq!(finished, [0, 60, -2_880, -2_880].map(|minute| minute * 60_000));
}
