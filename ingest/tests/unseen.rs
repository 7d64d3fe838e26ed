//! Runs that are there no more: what proves it, and what does not.

use annals_ingest::Raw;
use annals_log::{Fact as _, Kind, WandbRun, WandbRunGone, WandbRunUnseen};

use crate::scratch::{RUNS, Run, START_MS, Scratch, answer, ask_run, exchange, fetch, page, page_of, poll};

/// A sweep that lists these and then asks for one by its id.
fn sweep_and_ask(minute: i64, runs: &[Run], asked: &str, found: Option<&Run>) -> Raw {
    let found = found.map_or("null".to_owned(), Run::node);
    let body = format!(r#"{{"data": {{"project": {{"run": {found}}}}}}}"#);
    let exchanges = vec![
        exchange(minute, RUNS, answer(200, &page(runs, false))),
        exchange(minute, &ask_run(asked), answer(200, &body)),
    ];
    fetch("wandb", exchanges)
}

fn told_of(found: &Scratch, kind: Kind) -> Vec<String> {
    let found = found.found().into_iter().filter(|event| event.kind == kind);
    found.map(|event| event.native_id.clone()).collect()
}

#[test]
fn a_run_is_gone_after_two_sweeps_without_it_and_an_answer_that_there_is_none() {
    let scratch = Scratch::new();
    let (a, b) = ([Run::new("a", "{}")], Run::new("b", "{}"));
    let both = [a[0].clone(), b.clone()];
    // Whatever the server says of it, one sweep is not two.
    scratch.take(&[poll(0, &both), sweep_and_ask(1, &a, "b", None)]);
    assert_eq!(told_of(&scratch, WandbRunUnseen::KIND), ["b"]);
    assert!(told_of(&scratch, WandbRunGone::KIND).is_empty());
    // Nor are two with one in between that saw it, or two of which the server has the run, or says nothing of it.
    scratch.take(&[poll(2, &both), poll(3, &a), sweep_and_ask(4, &a, "b", Some(&b))]);
    scratch.take(&[poll(5, &a), poll(6, &a)]);
    assert_eq!(told_of(&scratch, WandbRunUnseen::KIND), ["b"; 4]);
    assert!(told_of(&scratch, WandbRunGone::KIND).is_empty());

    scratch.take(&[sweep_and_ask(7, &a, "b", None)]);
    let gone = scratch.found().into_iter().find(|event| event.kind == WandbRunGone::KIND).unwrap();
    assert_eq!(gone.attached, [br#"{"data": {"project": {"run": null}}}"#]);
    assert_eq!(gone.fact::<WandbRunGone>().unseen_since_ms, START_MS + 6 * 60_000);
    // It is told once, and when it comes back, as it was.
    let before = told_of(&scratch, WandbRun::KIND).len();
    scratch.take(&[poll(8, &a), poll(9, &both)]);
    assert_eq!(told_of(&scratch, WandbRunGone::KIND), ["b"]);
    assert_eq!(told_of(&scratch, WandbRun::KIND).len(), before + 1);
}

#[test]
fn what_does_not_see_all_tells_of_no_run_that_it_is_unseen() {
    let scratch = Scratch::new();
    let a = [Run::new("a", "{}")];
    let recent = RUNS.replace("+created_at", "-heartbeat_at");
    let unreadable = page_of(&["null".into()], false);
    scratch.take(&[
        poll(0, &[Run::new("a", "{}"), Run::new("b", "{}")]),
        fetch("wandb", vec![exchange(1, &recent, answer(200, &page(&a, false)))]),
        fetch("wandb", vec![exchange(2, RUNS, answer(200, &page(&a, true)))]),
        fetch("wandb", vec![exchange(3, RUNS, answer(200, &unreadable))]),
    ]);
    assert!(told_of(&scratch, WandbRunUnseen::KIND).is_empty());
    // Who asks for something else begins anew.
    let other = RUNS.replace("opencompute", "other");
    let ask = |minute| {
        let asked = answer(200, r#"{"data": {"project": {"run": null}}}"#);
        let exchanges = vec![
            exchange(minute, &other, answer(200, &page(&[], false))),
            exchange(minute, &ask_run("b"), asked),
        ];
        fetch("wandb", exchanges)
    };
    scratch.take(&[poll(4, &a), ask(5)]);
    assert!(told_of(&scratch, WandbRunGone::KIND).is_empty());
}
