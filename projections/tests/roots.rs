//! State roots: what they name, and when they are recorded.

use annals_log::{
    Event, Fact as _, Hash, LOG_SOURCE, PastRows, ProjectionState, ProjectionStateRetracted, TreeSize,
    Validators,
};
use annals_projections::{Projections, StateAudit};

use crate::scratch::{Run, STRANGER, Scratch, VALIDATOR, policy, poll, set_policy};

fn root_of(scratch: &Scratch, table: &str) -> String {
    let mut projections = scratch.projections();
    let (_, root) = projections.state_roots().into_iter().find(|(schema, _)| schema.name == table).unwrap();
    root.to_string()
}

/// Made as LOG-FORMAT.md says, of the bytes of rows.
fn by_the_book(table: &str, version: u8, rows: &[(&[u8], &[u8])]) -> String {
    let of_nothing = Hash::of(b"");
    let mut buckets = vec![of_nothing; 4096];
    for (key, row) in rows {
        let digest = Hash::of(key).0;
        let bucket = &mut buckets[usize::from(u16::from_be_bytes([digest[0], digest[1]])) % 4096];
        assert_eq!(*bucket, of_nothing, "the rows of this test fall into buckets of their own");
        *bucket = Hash::of(&[&[0], *row].concat());
    }
    let head =
        [&[u8::try_from(table.len()).unwrap()], table.as_bytes(), &[version], &policy().digest().0].concat();
    let buckets: Vec<u8> = buckets.iter().flat_map(|bucket| bucket.0).collect();
    Hash::of(&[head, buckets].concat()).to_string()
}

#[test]
fn a_stranger_makes_the_same_root_by_the_book() {
    let scratch = Scratch::new();
    assert_eq!(root_of(&scratch, "allocated_hotkeys"), by_the_book("allocated_hotkeys", 2, &[]));

    let text = |text: &str| [&[5, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let key = [&[1][..], &text(VALIDATOR)].concat();
    // Three cells, of which one is null: a declared validator is of no block, and how it ends is no part of it. The
    // entry of the policy is 4, and the row stands behind it.
    let row = [&[3][..], &text(VALIDATOR), &text("declared"), &[0], &[4, 5]].concat();
    assert_eq!(root_of(&scratch, "validators"), by_the_book("validators", 2, &[(&key, &row)]));

    let run = Run {
        created_at: "1970-01-01T00:00:00.100Z".into(),
        ..Run::of_validator("one", r#""allocated_hotkeys":["5A",7]"#)
    };
    let size = scratch.append(poll(&[&run]));
    let ending = [u8::try_from(size.0 - 2).unwrap(), u8::try_from(size.0).unwrap()];
    let row = |position: u8, hotkey: Vec<u8>, item: &str| {
        // The time, zigzag; the run; the place.
        let key = [&[6, 200][..], &text("one"), &[3, position]].concat();
        let rest = [hotkey, text(item), text(VALIDATOR), vec![1, 1, 1, 1], text("counted")].concat();
        ([&[3][..], &key].concat(), [&[9][..], &key, &rest, &ending].concat())
    };
    let (hotkey, other) = (row(0, text("5A"), r#""5A""#), row(1, vec![0], "7"));
    assert_eq!(
        root_of(&scratch, "allocated_hotkeys"),
        by_the_book("allocated_hotkeys", 2, &[(&hotkey.0, &hotkey.1), (&other.0, &other.1)])
    );
}

#[test]
fn another_row_version_of_the_policy_or_entry_gives_another_root() {
    let scratch = Scratch::new();
    let mut roots = vec![root_of(&scratch, "allocated_hotkeys")];
    for list in [r#"["5A"]"#, r#"["5A","5A"]"#, r#"["5B"]"#, "[]", r#"["5A"]"#] {
        scratch.append(poll(&[&Run::of_validator("one", &format!(r#""allocated_hotkeys":{list}"#))]));
        roots.push(root_of(&scratch, "allocated_hotkeys"));
    }
    // The empty list gives the empty table; the same row from another entry is another row.
    assert_eq!(roots[0], roots[4]);
    roots.remove(4);
    let validators = Validators::Declared(vec![STRANGER.into()]);
    scratch.append(vec![set_policy(&annals_log::Policy { validators, ..policy() })]);
    roots.push(root_of(&scratch, "allocated_hotkeys"));
    let count = roots.len();
    roots.sort();
    roots.dedup();
    assert_eq!(roots.len(), count);
}

#[test]
fn roots_are_recorded_of_tables_that_changed() {
    let scratch = Scratch::new();
    let recorded = |projections: &mut Projections| {
        let events = projections.state_events(0);
        assert!(events.iter().all(|event| event.kind == ProjectionState::KIND));
        let names = events.iter().map(|event| event.native_id.clone()).collect::<Vec<_>>();
        if !events.is_empty() {
            scratch.append(events);
        }
        names
    };
    assert_eq!(recorded(&mut scratch.projections()).len(), Projections::schemas().len() + 1);
    assert!(recorded(&mut scratch.projections()).is_empty());
    scratch.append(poll(&[&Run::of_validator("one", r#""allocated_hotkeys":["5A"]"#)]));
    assert_eq!(
        recorded(&mut scratch.projections()),
        [
            "wandb_runs",
            "wandb_liveness",
            "allocated_hotkeys",
            "allocation_claims",
            "upstream_outcome",
            "fold"
        ]
    );
}

#[test]
fn a_root_that_is_not_the_folds_or_of_another_policy_is_found_and_one_of_other_tables_is_listed() {
    let scratch = Scratch::new();
    scratch.append(poll(&[&Run::of_validator("one", r#""allocated_hotkeys":["5A"]"#)]));
    scratch.append(scratch.projections().state_events(0));
    let size = scratch.append(poll(&[&Run::of_validator("one", r#""allocated_hotkeys":["5B"]"#)]));

    let sound = state_of(&scratch, "allocated_hotkeys");
    assert_eq!(sound.at_size, size.0);
    let past = sound.past.map(|past| PastRows { rows: past.rows + 1, ..past });
    let claims = [
        sound.clone(),
        ProjectionState { root: [7; 32], ..sound.clone() },
        ProjectionState { past, ..sound.clone() },
        ProjectionState { past: None, ..sound.clone() },
        ProjectionState { policy_sha256: [0; 32], ..sound.clone() },
        ProjectionState { at_size: size.0 + 100, ..sound.clone() },
        ProjectionState { version: 9, ..sound.clone() },
    ];
    let event = |claim: &ProjectionState| Event::new(LOG_SOURCE, "allocated_hotkeys", 0, claim);
    scratch.append(claims.iter().map(event).collect());
    // Schema 1 said nothing of rows that stood.
    let old = (sound.version, sound.policy_sha256, sound.at_size, sound.root);
    scratch.append(vec![Event { schema: 1, body: annals_log::encode(&old), ..event(&sound) }]);

    let mut reached = TreeSize(0);
    let audit = audit(&scratch, |size| reached = size);
    assert_eq!(audit.right, Projections::schemas().len() as u64 + 3);
    let states = |found: &[annals_projections::RecordedRoot]| {
        found.iter().map(|root| root.state.clone()).collect::<Vec<_>>()
    };
    assert_eq!(states(&audit.wrong), claims[1..6]);
    assert_eq!(states(&audit.unchecked), claims[6..]);
    assert!(reached >= size);
}

fn audit(scratch: &Scratch, progress: impl FnMut(TreeSize)) -> StateAudit {
    let reader = scratch.reader();
    StateAudit::of(&reader, reader.size(), None, progress).unwrap()
}

/// What would be recorded of a table now.
fn state_of(scratch: &Scratch, table: &str) -> ProjectionState {
    let mut tables = Projections::new(None);
    tables.catch_up(&scratch.reader(), scratch.reader().size(), |_| ()).unwrap();
    let event = tables.state_events(0).into_iter().find(|event| event.native_id == table).unwrap();
    ProjectionState::read(event.schema, &event.body).unwrap()
}

#[test]
fn a_wrong_root_that_is_taken_back_is_listed_and_the_right_one_recorded_again() {
    let scratch = Scratch::new();
    scratch.append(poll(&[&Run::of_validator("one", r#""allocated_hotkeys":["5A"]"#)]));
    let wrong = ProjectionState { root: [7; 32], ..state_of(&scratch, "stats") };
    let index = scratch.append(vec![Event::new(LOG_SOURCE, "stats", 0, &wrong)]).0 - 1;
    assert_eq!(audit(&scratch, |_| ()).wrong.len(), 1);
    let take_back = |log_index: u64| {
        let retracted = ProjectionStateRetracted { log_index, why: "other rows".into() };
        vec![Event::new(LOG_SOURCE, "stats", 0, &retracted)]
    };
    // Neither one that is still to come nor an entry of another kind is taken back by it.
    scratch.append(take_back(index + 3));
    scratch.append(take_back(1));
    assert_eq!(audit(&scratch, |_| ()).wrong.len(), 1);
    let by = scratch.append(take_back(index)).0 - 1;
    let after = audit(&scratch, |_| ());
    assert!(after.wrong.is_empty());
    let [retracted] = &after.retracted[..] else { panic!("{:?}", after.retracted) };
    assert_eq!((retracted.root.log_index.0, retracted.by.0), (index, by));
    assert_eq!((retracted.root.state.clone(), retracted.why.as_str()), (wrong, "other rows"));
    let again = scratch.projections().state_events(0);
    assert!(again.iter().any(|event| event.native_id == "stats"), "the log has no root of it that holds");
}

#[test]
fn a_stranger_makes_the_same_root_of_rows_that_stood_by_the_book() {
    let scratch = Scratch::new();
    let run = |hotkey: &str| Run {
        created_at: "1970-01-01T00:00:00.100Z".into(),
        ..Run::of_validator("one", &format!(r#""allocated_hotkeys":["{hotkey}"]"#))
    };
    let first = scratch.append(poll(&[&run("5A")])).0;
    let second = scratch.append(poll(&[&run("5B")])).0;
    let third = scratch.append(poll(&[&run("5C")])).0;
    let text = |text: &str| [&[5, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    // Twelve cells: the time, zigzag; the run; the place; six more, two of them flags; and the ending.
    let row = |hotkey: &str, from: u64, to: u64| {
        let key = [&[6, 200][..], &text("one"), &[3, 0]].concat();
        let item = format!("\"{hotkey}\"");
        let rest = [text(hotkey), text(&item), text(VALIDATOR), vec![1, 1, 1, 1], text("counted")].concat();
        let ending = [from - 2, from, to].map(|number| [3, u8::try_from(number).unwrap()]).concat();
        [&[0, 12][..], &key, &rest, &ending].concat()
    };
    let leaves = [row("5A", first, second), row("5B", second, third)].map(|row| Hash::of(&row));
    let root = Hash::of(&[&[1][..], &leaves[0].0, &leaves[1].0].concat());
    assert_eq!(state_of(&scratch, "allocated_hotkeys").past, Some(PastRows { rows: 2, root: root.0 }));
}
