//! However often the recorder stops and starts again, the log tells the same.

use annals_ingest::{Driver, Raw, Taken};
use annals_log::{Fact as _, WandbPoll};

use crate::scratch::{Run, Scratch, poll};
use crate::seed::seeded;

/// An hour of polls in which some of the runs change.
fn hour(rng: &mut fastrand::Rng) -> Vec<Raw> {
    let mut runs: Vec<_> = (0..6).map(|number| Run::new(&format!("run-{number}"), "{}")).collect();
    (0..20)
        .map(|minute| {
            let run = &mut runs[rng.usize(..6)];
            run.config = format!(r#"{{"x": {{"value": {}}}}}"#, rng.u8(..3));
            run.state = ["running", "crashed"][rng.usize(..2)];
            poll(minute, &runs)
        })
        .collect()
}

#[test]
fn what_is_recorded_does_not_depend_on_when_the_recorder_stopped() {
    let mut rng = seeded("sessions");
    for _ in 0..10 {
        let polls = hour(&mut rng);
        let whole = Scratch::new();
        whole.take(&polls);
        let parted = Scratch::new();
        let mut done = 0;
        while done < polls.len() {
            // Some of it is sent again, as after a crash in which the answer was lost.
            let from = done - rng.usize(..=done.min(3));
            done = (done + rng.usize(1..6)).min(polls.len());
            parted.take(&polls[from..done]);
        }
        let told = |scratch: &Scratch| {
            let found = scratch.found();
            found
                .into_iter()
                .map(|event| (event.native_id, event.body, event.attached, event.sequence))
                .collect::<Vec<_>>()
        };
        assert!(told(&whole) == told(&parted));
        assert_eq!(whole.found().iter().filter(|event| event.kind == WandbPoll::KIND).count(), 20);
    }
}

#[test]
fn what_is_remembered_is_what_the_entries_say() {
    let polls = hour(&mut seeded("memory"));
    let scratch = Scratch::new();
    let (mut log, mut driver, mut taken) = (scratch.open(), Driver::default(), Taken::default());
    for raw in &polls {
        driver.take(raw, &mut log, &mut taken).unwrap();
    }
    let kept = log.memory("wandb").unwrap().clone();
    log.close().unwrap();
    assert_eq!(*scratch.open().memory("wandb").unwrap(), kept);
    assert_eq!((kept.sequence, kept.cursor.as_slice()), (20, b"1767226740000".as_slice()));
}
