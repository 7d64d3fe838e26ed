//! One file for each schema of each kind: entries in hex, each with the fields that are shown of it.
//!
//! `ANNALS_ACCEPT=1` makes a file that is missing out of the samples beside this file, and never touches one that is
//! there: what a later annals reads or writes differently under the same schema is a fault of that annals.

use std::path::PathBuf;

use annals_log::{Body, Envelope, EventView, KINDS, Kind, KindRow};

use super::fixture;
use super::samples::samples;
use crate::scratch::Scratch;

/// An entry, and the fields of its body as JSON.
type Sample = (Vec<u8>, String);

#[test]
fn every_kind_is_read_and_written_as_it_was_when_it_was_new() {
    let made = entries_of_samples();
    for row in KINDS {
        let Some(written) = row.schema() else { continue };
        for schema in 1..=written {
            let golden = read_or_make(row, schema, &made);
            assert!(!golden.is_empty(), "{}, schema {schema}", row.name);
            for (entry, fields) in &golden {
                check(row, schema, entry, fields);
            }
            if schema == written {
                let entries: Vec<_> = golden.into_iter().map(|(entry, _)| entry).collect();
                let made = of_kind(&made, row.kind, schema);
                assert!(entries == made, "the samples of {} are written with other bytes", row.name);
            }
        }
    }
}

#[test]
fn every_golden_file_is_of_a_kind() {
    for file in std::fs::read_dir(fixture("kinds")).unwrap() {
        let path = file.unwrap().path();
        let is_it =
            |row: &KindRow| (1..=row.schema().unwrap_or(0)).any(|schema| file_of(row, schema) == path);
        assert!(KINDS.iter().any(is_it), "{} is of no kind", path.display());
    }
}

fn check(row: &KindRow, schema: u16, entry: &[u8], fields: &str) {
    let name = row.name;
    let envelope = Envelope::decode(entry).unwrap();
    assert_eq!((envelope.kind, envelope.schema), (row.kind, schema), "{name}");
    let Body::Inline(body) = envelope.body else { panic!("the sample of {name} is too long for an entry") };
    let shown = row.fields(&EventView::of(&envelope, body));
    assert_eq!(shown.map(|fields| fields.to_json()).as_deref(), Some(fields), "{name}");
    if row.schema() == Some(schema) {
        assert_eq!(row.write_again(body).as_deref(), Some(body), "{name}");
    }
}

/// Reads the golden file of a kind. Where it is missing it is made of these entries first, if that was asked for.
fn read_or_make(row: &KindRow, schema: u16, entries: &[Vec<u8>]) -> Vec<Sample> {
    let path = file_of(row, schema);
    if !path.exists() && std::env::var_os("ANNALS_ACCEPT").is_some() {
        make(row, schema, entries);
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; with a sample in log/tests/golden/samples, ANNALS_ACCEPT=1 makes it",
            path.display()
        )
    });
    let lines: Vec<_> = text.lines().filter(|line| !line.is_empty()).collect();
    let (pairs, rest) = lines.as_chunks::<2>();
    assert_eq!(rest, &[] as &[&str], "{}: the last entry has no fields", path.display());
    pairs.iter().map(|[entry, fields]| (hex::decode(entry).unwrap(), (*fields).to_owned())).collect()
}

fn make(row: &KindRow, schema: u16, entries: &[Vec<u8>]) {
    let mut text = String::new();
    for entry in of_kind(entries, row.kind, schema) {
        let envelope = Envelope::decode(&entry).unwrap();
        let Body::Inline(body) = envelope.body else { panic!("the sample of {} is too long", row.name) };
        let fields = row.fields(&EventView::of(&envelope, body)).expect("a sample can be read");
        text.push_str(&format!("{}\n{}\n\n", hex::encode(&entry), fields.to_json()));
    }
    assert!(!text.is_empty(), "log/tests/golden/samples has none of {}, schema {schema}", row.name);
    std::fs::create_dir_all(fixture("kinds")).unwrap();
    std::fs::write(file_of(row, schema), text.trim_end().to_owned() + "\n").unwrap();
}

fn file_of(row: &KindRow, schema: u16) -> PathBuf {
    fixture("kinds").join(format!("{}.{schema}.txt", row.name))
}

/// The samples as entries. They are one commit, so that the bytes of none depend on how many there are.
fn entries_of_samples() -> Vec<Vec<u8>> {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    let opened = log.opened().clone();
    let first = usize::try_from(log.append(samples(&opened)).unwrap().first.0).unwrap();
    drop(log);
    scratch.entries().split_off(first)
}

fn of_kind(entries: &[Vec<u8>], kind: Kind, schema: u16) -> Vec<Vec<u8>> {
    let is_it = |entry: &Vec<u8>| {
        let envelope = Envelope::decode(entry).unwrap();
        (envelope.kind, envelope.schema) == (kind, schema)
    };
    entries.iter().filter(|entry| is_it(entry)).cloned().collect()
}
