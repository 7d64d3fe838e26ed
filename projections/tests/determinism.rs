//! The same entries give the same rows and roots, in whatever portions they come.

use std::fs;

use annals_log::{Hash, TreeSize};
use annals_projections::{ProjectionError, Projections, TableSnapshot};

use crate::random_log::Pool;
use crate::scratch::{Run, Scratch, closing, policy, poll, rows_of, set_policy, sweep};
use crate::seed::seeded;

/// Rows that stand, all rows that stood, and the root, of every table; then the covered times, and the root of
/// the fold beside what else it knows.
pub(crate) fn everything(projections: &mut Projections) -> Vec<(String, Vec<String>, Vec<String>, Hash)> {
    let roots: Vec<_> = projections.state_roots().into_iter().map(|(_, root)| root).collect();
    let snapshot = projections.snapshot();
    let table = |(snapshot, root): (TableSnapshot, Hash)| {
        let closed =
            snapshot.closed.scan(snapshot.schema).flat_map(|batch| rows_of(&batch.unwrap())).collect();
        (snapshot.schema.name.to_owned(), rows_of(&snapshot.open), closed, root)
    };
    let coverage = table((snapshot.register.coverage, Hash([0; 32])));
    let known = vec![format!("{:?} {:?}", snapshot.register.sources, snapshot.blocks)];
    let fold = ("fold".to_owned(), known, Vec::new(), projections.fold_root());
    snapshot.tables.into_iter().zip(roots).map(table).chain([coverage, fold]).collect()
}

fn random_log(rng: &mut fastrand::Rng, polls: usize) -> Scratch {
    let scratch = Scratch::new();
    for commit in Pool::of_golden_cases().commits(polls, rng) {
        scratch.append(commit);
    }
    scratch
}

#[test]
fn rebuild_equals_resume_equals_one_by_one_equals_any_portions() {
    let mut rng = seeded("rebuild_equals_resume_equals_one_by_one_equals_any_portions");
    let scratch = random_log(&mut rng, 120);
    let reader = scratch.reader();
    let whole = everything(&mut scratch.projections());
    let rows: usize = whole.iter().map(|(_, open, closed, _)| open.len() + closed.len()).sum();
    println!("{} entries, {rows} rows", reader.size());
    assert!(rows > 500);

    let mut one_by_one = Projections::new(None);
    for size in 1..=reader.size().0 {
        one_by_one.catch_up(&reader, TreeSize(size), |_| ()).unwrap();
    }
    assert!(everything(&mut one_by_one) == whole, "one by one");

    for _ in 0..5 {
        let mut portions = Projections::new(None);
        while portions.position() < reader.size() {
            let size = TreeSize(portions.position().0 + rng.u64(1..60));
            portions.catch_up(&reader, size, |_| ()).unwrap();
        }
        assert!(everything(&mut portions) == whole, "portions");
    }
}

/// What is read ahead does not show: everything before a fault is folded, and nothing behind it.
#[test]
fn a_fold_that_meets_a_fault_stands_right_before_it() {
    let scratch = Scratch::new();
    let sound = scratch.append(poll(&[&Run::of_validator("run-1", "")]));
    scratch.append(poll(&[&Run::of_validator("hit-by-a-bad-sector", "")]));
    scratch.append(poll(&[&Run::of_validator("run-3", "")]));
    let reader = scratch.reader();
    let segment = scratch.root().join("segments").join(format!("{:020}.seg", 0));
    let mut bytes = fs::read(&segment).unwrap();
    let hit = bytes.windows(19).position(|bytes| bytes == b"hit-by-a-bad-sector").unwrap();
    bytes[hit] ^= 1;
    fs::write(&segment, bytes).unwrap();

    let mut tables = Projections::new(None);
    let fault = tables.catch_up(&reader, reader.size(), |_| ()).unwrap_err();
    assert!(matches!(fault, ProjectionError::Log(_)), "{fault}");
    assert!(tables.position() >= sound && tables.position() < reader.size());
    assert!(everything(&mut tables) == everything(&mut scratch.projections_at(tables.position())));
}

#[test]
fn tables_that_are_saved_and_loaded_between_polls_go_on_as_if_they_never_were() {
    let mut rng = seeded("tables_that_are_saved_and_loaded_between_polls_go_on_as_if_they_never_were");
    let pool = Pool::of_golden_cases();
    let scratch = Scratch::new();
    let mut kept = Projections::begin_in(&scratch.tables(), None).unwrap();
    let mut loads = 0;
    for commit in pool.commits(120, &mut rng) {
        scratch.append(commit);
        if rng.u8(..3) == 0 {
            let mut reader = scratch.reader();
            kept.catch_up(&reader, reader.size(), |_| ()).unwrap();
            kept.save(&scratch.tables(), &reader, true).unwrap();
            kept = Projections::load(&scratch.tables(), &mut reader).unwrap();
            loads += 1;
        }
    }
    let reader = scratch.reader();
    kept.catch_up(&reader, reader.size(), |_| ()).unwrap();
    println!("loaded {loads} times");
    let (kept, rebuilt) = (everything(&mut kept), everything(&mut scratch.projections()));
    for (kept, rebuilt) in kept.iter().zip(&rebuilt) {
        assert_eq!(kept, rebuilt);
    }
}

#[test]
fn the_order_in_which_a_poll_sees_runs_does_not_matter() {
    let mut rng = seeded("the_order_in_which_a_poll_sees_runs_does_not_matter");
    let pool = Pool::of_golden_cases();
    let runs: Vec<Run> = (0..40).map(|place| pool.state(format!("run{place}"), &mut rng)).collect();
    let policy = set_policy(&pool.policy(&mut rng));
    let mut shown = Vec::new();
    for _ in 0..3 {
        let mut order: Vec<&Run> = runs.iter().collect();
        rng.shuffle(&mut order);
        let scratch = Scratch::new();
        scratch.append(vec![policy.clone()]);
        scratch.append(order.iter().map(|run| run.seen()).chain([closing(&sweep(), &order)]).collect());
        // The entries have other indexes; everything else is the same.
        shown.push(what_they_say(&mut scratch.projections()));
    }
    assert!(shown[0].iter().map(|(_, rows)| rows.len()).sum::<usize>() > 100);
    assert!(shown.iter().all(|rows| *rows == shown[0]));
}

/// Rows without the entries they come from and the sizes at which they stand, of every table.
fn what_they_say(projections: &mut Projections) -> Vec<(&'static str, Vec<String>)> {
    let rows = |table: TableSnapshot| {
        let columns = table.schema.columns.iter().enumerate();
        let said = columns.filter(|(_, column)| !column.name.ends_with("_log_index"));
        let places: Vec<_> = said.map(|(place, _)| place).collect();
        (table.schema.name, rows_of(&table.open.project(&places).unwrap()))
    };
    projections.snapshot().tables.into_iter().map(rows).collect()
}

#[test]
fn however_it_came_about_a_project_is_shown_as_it_is() {
    let mut rng = seeded("however_it_came_about_a_project_is_shown_as_it_is");
    let pool = Pool::of_golden_cases();
    let policy = set_policy(&pool.policy(&mut rng));
    let (grown, fresh) = (Scratch::new(), Scratch::new());
    let (commits, present) = pool.polls(60, &mut rng);
    grown.append(vec![policy.clone()]);
    for commit in commits {
        grown.append(commit);
    }
    fresh.append(vec![policy]);
    fresh.append(crate::scratch::poll(&present.iter().collect::<Vec<_>>()));
    for (grown, fresh) in
        what_they_say(&mut grown.projections()).iter().zip(&what_they_say(&mut fresh.projections()))
    {
        assert_eq!(grown, fresh);
    }
}

#[test]
fn a_what_if_passes_over_the_policies_of_the_log() {
    let mut rng = seeded("a_what_if_passes_over_the_policies_of_the_log");
    let pool = Pool::of_golden_cases();
    let (scratch, other) = (Scratch::new(), Scratch::without_policy(*b"annals-fixture-4"));
    let (commits, _) = pool.polls(20, &mut rng);
    for commit in commits {
        scratch.append(commit.clone());
        other.append(commit);
        other.append(vec![set_policy(&pool.policy(&mut rng))]);
    }
    let mut what_if = Projections::new(Some(policy()));
    what_if.catch_up(&other.reader(), other.reader().size(), |_| ()).unwrap();
    assert!(what_if.is_what_if());
    assert_eq!(what_they_say(&mut what_if), what_they_say(&mut scratch.projections()));
    assert_ne!(what_they_say(&mut what_if), what_they_say(&mut other.projections()));
}
