//! `.wandb` files: the two that real clients wrote, and what may happen to one.

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use annals_ingest::sources::{WandbFile, WandbFileError, WandbOffline};
use annals_ingest::{
    Answer, Driver, Exchange, IngestError, Outcome, Raw, Request, Source as _, SourceError, Taken,
};
use annals_log::json::{self, Value};
use annals_log::{Batch, Evidence, Fact as _, Log, SourceMemory, WandbFileDamage, WandbHistoryRow, WandbRun};

use crate::scratch::{Found, START_MS, Scratch};

const FILES: [&str; 2] = ["run-offline-0.19.0.wandb", "run-offline-0.31.0.wandb"];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/wandb-offline").join(name)
}

fn take(path: &Path, log: &mut Log) -> Result<Taken, IngestError> {
    let (mut driver, mut taken) = (Driver::default(), Taken::default());
    let mut file = WandbFile::open(path, START_MS).unwrap();
    while let Some(raw) = file.next_records().unwrap() {
        driver.take(&raw, log, &mut taken)?;
    }
    Ok(taken)
}

/// Why a file was not taken in, as its source says it.
fn file_error<T: Debug>(refused: Result<T, IngestError>) -> WandbFileError {
    match refused {
        Err(IngestError::Source(SourceError::Unfit(error))) => *error.downcast().unwrap(),
        other => panic!("{other:?}"),
    }
}

/// A log with what the file says, and a place to put other versions of it.
fn taken(bytes: &[u8]) -> (Scratch, PathBuf, Taken) {
    let scratch = Scratch::new();
    let path = scratch.path().join("run-abcd1234.wandb");
    std::fs::write(&path, bytes).unwrap();
    let mut log = scratch.open();
    let taken = take(&path, &mut log).unwrap();
    log.close().unwrap();
    (scratch, path, taken)
}

fn states(found: &[Found]) -> Vec<(String, String)> {
    let states = found.iter().filter(|event| event.kind == WandbRun::KIND);
    states
        .map(|event| {
            let run: WandbRun = event.fact();
            let config = run.config_text(&event.attached).unwrap().unwrap();
            let config = json::parse(config.as_str().unwrap()).unwrap();
            let allocated = config.as_object().unwrap().get("allocated_hotkeys").map(Value::to_json);
            (run.state, allocated.unwrap_or_default())
        })
        .collect()
}

#[test]
fn every_state_and_every_row_of_the_real_files_is_recorded() {
    for name in FILES {
        let (scratch, _, _) = taken(&std::fs::read(fixture(name)).unwrap());
        let found = scratch.found();
        assert!(found.iter().all(|event| event.native_id == "abcd1234" && event.source == "wandb_offline"));
        let running = |allocated: &str| ("running".to_owned(), allocated.to_owned());
        let expected = [
            running(""),
            running(""),
            running(""),
            running(r#"{"value":["5A0"]}"#),
            running(r#"{"value":["5A1"]}"#),
            running(r#"{"value":["5A2"]}"#),
            ("finished".to_owned(), r#"{"value":["5A2"]}"#.to_owned()),
        ];
        assert_eq!(states(&found), expected, "{name}");

        let rows: Vec<_> = found.iter().filter(|event| event.kind == WandbHistoryRow::KIND).collect();
        let steps: Vec<_> = rows.iter().map(|row| row.fact::<WandbHistoryRow>().step.unwrap()).collect();
        assert_eq!(steps, (0..7).collect::<Vec<_>>(), "{name}");
        let row = json::parse(std::str::from_utf8(&rows[2].attached[0]).unwrap()).unwrap();
        let stats = row.as_object().unwrap().get("stats").unwrap().as_object().unwrap().get("1").unwrap();
        let own_score = stats.as_object().unwrap().get("own_score");
        assert_eq!(own_score, Some(&Value::Bool(true)), "{name}: {}", row.to_json());
        // 2026-11-22, in the first seconds of the minute in which both were written.
        assert!(rows[0].observed_at_ms.unwrap() / 60_000 == 1_795_287_808_153 / 60_000, "{name}");
        assert_eq!(found.len(), 14, "{name}");
    }
}

#[test]
fn the_first_state_has_name_and_time_as_the_client_gave_them() {
    let (scratch, ..) = taken(&std::fs::read(fixture(FILES[1])).unwrap());
    let run: WandbRun = scratch.found()[0].fact();
    assert_eq!(run.display_name.as_deref(), Some("validator-5HkTest"));
    assert_eq!(run.created_at, "2026-11-21T19:03:28.153519Z");
    let Evidence::File(place) = run.evidence else { panic!("a file's state") };
    assert_eq!(place.record, 2);
}

#[test]
fn a_file_that_grows_adds_what_is_new_and_the_same_file_nothing() {
    let whole = std::fs::read(fixture(FILES[1])).unwrap();
    let (all, ..) = taken(&whole);
    let expected = states(&all.found());
    // Everywhere it may be cut, header and first record apart.
    for cut in (0x1f0..whole.len()).step_by(97) {
        let (scratch, path, _) = taken(&whole[..cut]);
        std::fs::write(&path, &whole).unwrap();
        let mut log = scratch.open();
        take(&path, &mut log).unwrap();
        let again = take(&path, &mut log).unwrap();
        assert_eq!((again.events, again.already), (0, 1), "cut at {cut}");
        log.close().unwrap();
        assert_eq!(states(&scratch.found()), expected, "cut at {cut}");
        assert_eq!(scratch.found().len(), 14, "cut at {cut}");
    }
}

#[test]
fn a_run_that_was_resumed_has_two_files_and_both_are_recorded() {
    let (scratch, path, _) = taken(&std::fs::read(fixture(FILES[0])).unwrap());
    std::fs::copy(fixture(FILES[1]), &path).unwrap();
    let mut log = scratch.open();
    assert_eq!(take(&path, &mut log).unwrap().events, 14);
    std::fs::copy(fixture(FILES[0]), &path).unwrap();
    assert_eq!(take(&path, &mut log).unwrap().events, 0);
    log.close().unwrap();
    assert_eq!(scratch.found().len(), 28);
}

#[test]
fn a_file_that_differs_from_what_was_recorded_is_refused() {
    let (scratch, path, _) = taken(&std::fs::read(fixture(FILES[0])).unwrap());
    let mut log = scratch.open();
    let mut file = WandbFile::open(&path, START_MS).unwrap();
    let mut raws: Vec<_> = std::iter::from_fn(|| file.next_records().unwrap()).collect();
    let Outcome::Answer(answer) = &mut raws[0].exchanges[10].outcome else { panic!("a record") };
    *answer.body.last_mut().unwrap() ^= 1;
    let (mut driver, mut taken) = (Driver::default(), Taken::default());
    match file_error(raws.iter().try_for_each(|raw| driver.take(raw, &mut log, &mut taken))) {
        WandbFileError::Changed { run_id, records: 34 } => assert_eq!(run_id, "abcd1234"),
        other => panic!("{other:?}"),
    }
    log.close().unwrap();
    assert_eq!(scratch.found().len(), 14);
}

#[test]
fn a_damaged_record_is_told_with_its_place_and_the_rest_is_read() {
    let mut bytes = std::fs::read(fixture(FILES[1])).unwrap();
    // A chunk ends a block's trust, so the damage is put into a block of its own: pad the file's first records to 32
    // KiB.
    let good = bytes.clone();
    bytes.resize(32 << 10, 0);
    bytes[0x300] ^= 1;
    bytes.extend_from_slice(&good[7..]);
    let (scratch, ..) = taken(&bytes);
    let found = scratch.found();
    let damage: Vec<_> = found.iter().filter(|event| event.kind == WandbFileDamage::KIND).collect();
    assert_eq!(damage.len(), 1);
    let told: WandbFileDamage = damage[0].fact();
    assert!(told.what.ends_with("the checksum of a chunk does not match"), "{}", told.what);
    // What the second block says was all read.
    assert!(states(&found).contains(&("finished".to_owned(), r#"{"value":["5A2"]}"#.to_owned())));
}

#[test]
fn what_is_no_wandb_file_or_has_no_run_is_refused() {
    let scratch = Scratch::new();
    let path = scratch.path().join("x.wandb");
    std::fs::write(&path, "no").unwrap();
    assert!(matches!(WandbFile::open(&path, START_MS), Err(WandbFileError::NotAWandbFile)));
    assert!(matches!(WandbFile::open(&scratch.path().join("y"), START_MS), Err(WandbFileError::Io(_))));

    // The header record alone.
    let whole = std::fs::read(fixture(FILES[1])).unwrap();
    let first_chunk = 7 + 7 + usize::from(whole[11]);
    std::fs::write(&path, &whole[..first_chunk]).unwrap();
    let refused = file_error(take(&path, &mut scratch.open()));
    assert!(matches!(refused, WandbFileError::NoRun { records: 1 }), "{refused:?}");
    assert!(scratch.found().is_empty());
}

/// Records of a run as they would come from a file: its beginning, and one record a config.
fn made_up(configs: &[String]) -> Raw {
    // Field 17, a run with the id "a".
    let run = vec![0x8a, 0x01, 0x03, 0x0a, 0x01, b'a'];
    let records = std::iter::once(run).chain(configs.iter().map(|value| config_record("stats", value)));
    let exchanges = records
        .map(|body| {
            let request = Request { method: "READ".into(), target: "x".into(), body: String::new() };
            Exchange {
                fetched_at_ms: START_MS,
                request,
                outcome: Outcome::Answer(Answer { status: 200, body }),
            }
        })
        .collect();
    Raw { source: "wandb_offline".into(), exchanges, part: 0, more: false }
}

/// A record that updates one key of the config.
fn config_record(key: &str, value: &str) -> Vec<u8> {
    let item = [field(1, key.as_bytes()), field(16, value.as_bytes())].concat();
    field(5, &field(1, &item))
}

fn field(number: u32, bytes: &[u8]) -> Vec<u8> {
    let mut out = varint(number << 3 | 2);
    out.extend(varint(u32::try_from(bytes.len()).unwrap()));
    out.extend_from_slice(bytes);
    out
}

fn varint(mut value: u32) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7f {
        out.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap());
    out
}

fn noise(bytes: usize) -> String {
    let text: String = std::iter::repeat_with(fastrand::alphanumeric).take(bytes).collect();
    format!("\"{text}\"")
}

#[test]
fn states_that_do_not_fit_in_one_commit_are_recorded_after_a_crash_between_two() {
    let configs: Vec<_> = (0..4).map(|_| noise(6 << 20)).collect();
    let raw = made_up(&configs);
    let scratch = Scratch::new();
    let decoded = WandbOffline.decode(&raw, &mut Default::default(), &SourceMemory::default()).unwrap();
    assert_eq!(decoded.steps.len(), 5);
    let mut log = scratch.open();
    for (after, step) in (0..).zip(decoded.steps.into_iter().take(3)) {
        log.record(Batch { after, cursor: Vec::new(), events: step }).unwrap();
    }
    drop(log);
    assert_eq!(scratch.take(std::slice::from_ref(&raw)).events, 2);
    assert_eq!(scratch.take(&[raw]).events, 0);
    let digests: Vec<_> = scratch.found().iter().skip(1).map(|event| event.attached[1].clone()).collect();
    let expected = configs.iter().map(|value| format!(r#"{{"stats":{{"value":{value}}}}}"#).into_bytes());
    assert!(digests == expected.collect::<Vec<_>>());
}

#[test]
fn a_config_that_is_too_long_is_damage_and_the_next_one_a_state() {
    let scratch = Scratch::new();
    // Each control character is one byte in the record and six in the config.
    let long = format!("\"{}\"", "\u{1}".repeat(2 << 20));
    scratch.take(&[made_up(&[long, "1".into()])]);
    let found = scratch.found();
    let damage: WandbFileDamage = found[1].fact();
    assert_eq!(damage.what, "the config has 12582934 bytes, at most 7340032 are recorded");
    assert_eq!(found[2].attached[1], br#"{"stats":{"value":1}}"#);
}

#[test]
fn a_record_of_nothing_but_bad_items_is_one_damage() {
    let mut raw = made_up(&["1".into()]);
    // Half a million items without a value.
    let items = [0x0a, 0].repeat(500_000);
    let Outcome::Answer(answer) = &mut raw.exchanges[1].outcome else { panic!("a record") };
    answer.body = field(5, &items);
    let scratch = Scratch::new();
    scratch.take(&[raw]);
    let found = scratch.found();
    assert_eq!(found.len(), 2);
    let damage: WandbFileDamage = found[1].fact();
    assert!(damage.what.ends_with("; and 499997 more"), "{}", damage.what);
}

#[test]
fn damage_in_front_of_the_run_is_told_with_it() {
    let mut raw = made_up(&["1".into()]);
    let failed = Outcome::Failed("at byte 7: the checksum of a chunk does not match".into());
    let early = Exchange { outcome: failed, ..raw.exchanges[0].clone() };
    raw.exchanges.insert(0, early);
    let scratch = Scratch::new();
    scratch.take(std::slice::from_ref(&raw));
    let found = scratch.found();
    assert_eq!(
        found.iter().map(|event| event.kind.to_string()).collect::<Vec<_>>(),
        ["wandb_file_damage", "wandb_run", "wandb_run"]
    );
    let damage: WandbFileDamage = found[0].fact();
    assert_eq!((damage.place.record, found[0].native_id.as_str()), (1, "a"));
    assert_eq!(scratch.take(&[raw]).events, 0);
}

#[test]
fn what_is_remembered_of_a_file_is_what_the_entries_say() {
    let (scratch, path, _) = taken(&std::fs::read(fixture(FILES[0])).unwrap());
    let mut log = scratch.open();
    std::fs::copy(fixture(FILES[1]), &path).unwrap();
    take(&path, &mut log).unwrap();
    let kept = log.memory("wandb_offline").unwrap().clone();
    log.close().unwrap();
    assert_eq!(*scratch.open().memory("wandb_offline").unwrap(), kept);
}
