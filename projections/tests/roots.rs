//! State roots: what they name, and when they are recorded.

use annals_log::{Event, Fact as _, Hash, LOG_SOURCE, ProjectionState, TreeSize, Validators};
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
    // Three cells, of which one is null: a declared validator is of no block, and how it ends is no part of it. The entry
    // of the policy is 4, and the row stands behind it.
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
    assert_eq!(recorded(&mut scratch.projections()).len(), Projections::schemas().len());
    assert!(recorded(&mut scratch.projections()).is_empty());
    scratch.append(poll(&[&Run::of_validator("one", r#""allocated_hotkeys":["5A"]"#)]));
    assert_eq!(
        recorded(&mut scratch.projections()),
        ["wandb_runs", "wandb_liveness", "allocated_hotkeys", "allocation_claims", "upstream_outcome"]
    );
}

#[test]
fn a_root_that_is_not_the_folds_is_found_and_one_of_other_tables_is_listed() {
    let scratch = Scratch::new();
    scratch.append(poll(&[&Run::of_validator("one", r#""allocated_hotkeys":["5A"]"#)]));
    scratch.append(scratch.projections().state_events(0));
    let size = scratch.append(poll(&[&Run::of_validator("one", r#""allocated_hotkeys":["5B"]"#)]));

    let root =
        scratch.projections().state_roots().into_iter().find(|(schema, _)| schema.name == "stats").unwrap().1;
    let sound =
        ProjectionState { version: 2, policy_sha256: policy().digest().0, at_size: size.0, root: root.0 };
    let claims = [
        sound.clone(),
        ProjectionState { root: [7; 32], ..sound.clone() },
        ProjectionState { at_size: size.0 + 100, ..sound.clone() },
        ProjectionState { version: 9, ..sound.clone() },
        ProjectionState { policy_sha256: [0; 32], ..sound },
    ];
    let event = |claim: &ProjectionState| Event::new(LOG_SOURCE, "stats", 0, claim);
    scratch.append(claims.iter().map(event).collect());

    let mut reached = TreeSize(0);
    let audit = StateAudit::of(&scratch.reader(), scratch.reader().size(), |size| reached = size).unwrap();
    assert_eq!(audit.right, Projections::schemas().len() as u64 + 1);
    let states = |found: &[annals_projections::RecordedRoot]| {
        found.iter().map(|root| root.state.clone()).collect::<Vec<_>>()
    };
    assert_eq!(states(&audit.wrong), claims[1..3]);
    assert_eq!(states(&audit.unchecked), claims[3..]);
    assert!(reached >= size);
}
