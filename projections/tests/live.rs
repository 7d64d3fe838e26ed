//! The projector: what it hands out is what a fold of the same entries gives, while the log goes on.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use annals_log::{Clock, Event, LOG_SOURCE, Log, Reader, RecorderStopped, TreeSize};
use annals_projections::{ProjectionError, Projections, Projector, ProjectorOptions, View};
use tokio::sync::watch;

use crate::determinism::everything;
use crate::random_log::Pool;
use crate::scratch::{Run, START_MS, Scratch, options, poll};
use crate::seed::seeded;

/// A projector that goes too slowly ends a test after this.
const PATIENCE: Duration = Duration::from_secs(60);

fn how(scratch: &Scratch) -> ProjectorOptions {
    ProjectorOptions {
        folder: Some(scratch.tables()),
        look_every: Duration::from_millis(5),
        entries_between_roots: None,
        clock: Clock::fixed(START_MS),
        on_trouble: Box::new(|error| panic!("{error}")),
    }
}

fn start(scratch: &Scratch, options: ProjectorOptions) -> Projector {
    let (root, folder) = (scratch.root(), scratch.tables());
    Projector::start(options, move || {
        let mut reader = Reader::open(&root)?;
        let tables = Projections::load(&folder, &mut reader);
        Ok((reader, tables.unwrap_or_else(|_| Projections::begin_in(&folder, None).unwrap())))
    })
}

/// The first view of at least this size.
fn view_of(views: &watch::Receiver<Option<View>>, size: TreeSize) -> View {
    let began = Instant::now();
    loop {
        if let Some(view) = views.borrow().clone().filter(|view| view.tables.position >= size) {
            return view;
        }
        assert!(began.elapsed() < PATIENCE, "no view of size {size}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn shown(view: &View) -> String {
    let tables = view.tables.tables.iter().chain([&view.tables.register.coverage]);
    let tables = tables.map(|table| {
        let closed: Vec<_> = table.closed.scan(table.schema).map(Result::unwrap).collect();
        let rows: usize = closed.iter().map(arrow_array::RecordBatch::num_rows).sum();
        format!("{} {:?} {rows}", table.schema.name, table.open)
    });
    let known = format!("{:?} {:?}", view.tables.register.sources, view.tables.blocks);
    tables.chain([known]).collect::<Vec<_>>().join("\n")
}

#[test]
fn views_are_what_a_fold_of_the_same_entries_gives_while_the_log_is_written() {
    let mut rng = seeded("views_are_what_a_fold_of_the_same_entries_gives_while_the_log_is_written");
    let scratch = Scratch::new();
    let mut log = Log::open(&scratch.root(), options()).unwrap();
    let projector = start(&scratch, how(&scratch));
    let views = projector.views();
    let mut seen: Vec<View> = Vec::new();
    for commit in Pool::of_golden_cases().commits(60, &mut rng) {
        let size = log.append(commit).unwrap().size;
        if rng.bool() {
            projector.look();
        }
        seen.extend(rng.bool().then(|| view_of(&views, size)));
    }
    seen.push(view_of(&views, log.size()));
    assert!(seen.len() > 10);
    for view in seen {
        assert_eq!(view.tables.position, view.reader.size());
        let tables = Arc::new(scratch.projections_at(view.tables.position).snapshot());
        assert_eq!(shown(&view), shown(&View { tables, ..view.clone() }));
    }
}

#[test]
fn a_table_that_did_not_change_shares_its_rows_with_the_view_before() {
    let scratch = Scratch::new();
    scratch.append(poll(&[&Run::of_validator("one", r#""allocated_hotkeys":["5A"]"#)]));
    let projector = start(&scratch, how(&scratch));
    let views = projector.views();
    let before = view_of(&views, scratch.reader().size());
    scratch.append(poll(&[&Run::of_validator("one", r#""allocated_hotkeys":["5A","5B"]"#)]));
    let after = view_of(&views, scratch.reader().size());
    let mut shared = Vec::new();
    for (one, other) in before.tables.tables.iter().zip(&after.tables.tables) {
        if Arc::ptr_eq(one.open.column(0), other.open.column(0)) {
            shared.push(one.schema.name);
        }
    }
    assert!(shared.contains(&"stats") && shared.contains(&"neurons"), "{shared:?}");
    assert!(!shared.contains(&"allocated_hotkeys"), "{shared:?}");
}

#[test]
fn what_is_settled_is_saved_and_its_roots_are_those_of_a_fold() {
    let scratch = Scratch::new();
    scratch.append(poll(&[&Run::of_validator("one", r#""allocated_hotkeys":["5A"]"#)]));
    let mut projector = start(&scratch, how(&scratch));
    let roots = projector.settle().unwrap();
    let mut fold = scratch.projections();
    assert_eq!(roots, fold.state_events(START_MS));
    let mut loaded = Projections::load(&scratch.tables(), &mut scratch.reader()).unwrap();
    assert_eq!(everything(&mut loaded), everything(&mut fold));
    scratch.append(roots);
    assert_eq!(projector.settle().unwrap(), [], "the log has them");
    drop(projector);
    // What was saved is gone on from.
    let mut again = start(&scratch, how(&scratch));
    scratch.append(poll(&[&Run::of_validator("one", r#""allocated_hotkeys":["5B"]"#)]));
    let size = scratch.reader().size();
    assert_eq!(again.settle().unwrap(), scratch.projections_at(size).state_events(START_MS));
}

#[test]
fn roots_that_are_due_wait_to_be_taken() {
    let scratch = Scratch::new();
    let options = ProjectorOptions { entries_between_roots: Some(10), ..how(&scratch) };
    let mut projector = start(&scratch, options);
    let began = Instant::now();
    let mut commits = 0;
    let roots = loop {
        let hotkey = format!(r#""allocated_hotkeys":["5A{commits}"]"#);
        scratch.append(poll(&[&Run::of_validator("one", &hotkey)]));
        commits += 1;
        if let Some(roots) = projector.roots().unwrap() {
            break roots;
        }
        assert!(began.elapsed() < PATIENCE);
    };
    assert!(commits > 1, "ten entries are more than a poll");
    let state: annals_log::ProjectionState = annals_log::decode(&roots[0].body).unwrap();
    let mut fold = scratch.projections_at(TreeSize(state.at_size));
    assert_eq!(roots, fold.state_events(START_MS));
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_the_roots_come_all_the_same() {
    let scratch = Scratch::new();
    scratch.append(poll(&[&Run::of_validator("one", r#""allocated_hotkeys":["5A"]"#)]));
    let folder: PathBuf = scratch.tables();
    fs::write(&folder, "a file").unwrap();
    let troubles = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&troubles);
    let on_trouble = Box::new(move |error: &ProjectionError| {
        assert!(matches!(error, ProjectionError::Disk(_)), "{error}");
        counted.fetch_add(1, Ordering::Relaxed);
    });
    let root = scratch.root();
    let mut projector = Projector::start(ProjectorOptions { on_trouble, ..how(&scratch) }, move || {
        Ok((Reader::open(&root)?, Projections::new(None)))
    });
    assert_eq!(projector.settle().unwrap(), scratch.projections().state_events(START_MS));
    assert_eq!(troubles.load(Ordering::Relaxed), 1);
}

#[test]
fn a_log_that_was_put_back_ends_the_projector_which_says_so() {
    let scratch = Scratch::new();
    let watermark = scratch.root().join("watermark");
    let before = fs::read(&watermark).unwrap();
    let event = || Event::new(LOG_SOURCE, "", START_MS, &RecorderStopped { recorder: "x".into() });
    scratch.append(vec![event()]);
    let mut projector = start(&scratch, how(&scratch));
    let views = projector.views();
    view_of(&views, scratch.reader().size());
    fs::write(&watermark, before).unwrap();
    let began = Instant::now();
    while views.has_changed().is_ok() {
        assert!(began.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(5));
    }
    let error = projector.settle().unwrap_err();
    assert!(matches!(error, ProjectionError::Log(_)) && error.to_string().contains("are lost"), "{error}");
}
