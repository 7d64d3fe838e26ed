//! Cassettes: what is written is played again, and what is damaged is refused with its line.

use std::io::Cursor;

use annals_ingest::{
    Answer, Cassette, CassetteError, CassetteWriter, Driver, IngestError, Outcome, Raw, Taken,
};
use annals_log::Log;

use crate::scratch::{RUNS, Run, Scratch, answer, exchange, fetch, page, poll};

fn written(raws: &[Raw]) -> Vec<u8> {
    let mut writer = CassetteWriter::new(Vec::new()).unwrap();
    raws.iter().try_for_each(|raw| writer.write(raw)).unwrap();
    writer.into_inner()
}

fn play(bytes: &[u8]) -> Result<Vec<Raw>, CassetteError> {
    let mut cassette = Cassette::read(Box::new(Cursor::new(bytes.to_vec())))?;
    std::iter::from_fn(|| cassette.next_fetch().transpose()).collect()
}

fn raws() -> Vec<Raw> {
    let not_utf8 = Outcome::Answer(Answer { status: 200, body: vec![0xff, 0, b'\n'] });
    let first = exchange(1, RUNS, answer(200, &page(&[Run::new("a", "{\"x\": \"\u{1}\"}")], true)));
    vec![
        poll(0, &[Run::new("a", "{}")]),
        Raw { more: true, ..fetch("wandb", vec![first, exchange(1, RUNS, answer(429, ""))]) },
        Raw { part: 1, ..fetch("wandb", vec![exchange(2, RUNS, not_utf8)]) },
        fetch("wandb", vec![exchange(3, "", Outcome::Failed("no route to host".into()))]),
    ]
}

#[test]
fn what_is_written_is_played_again() {
    let raws = raws();
    assert_eq!(play(&written(&raws)).unwrap(), raws);
}

#[test]
fn a_compressed_cassette_is_the_same() {
    let scratch = Scratch::new();
    let bytes = written(&raws());
    for (name, bytes) in
        [("a.cassette", bytes.clone()), ("a.cassette.zst", zstd::encode_all(&*bytes, 3).unwrap())]
    {
        let path = scratch.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let mut cassette = Cassette::open(&path).unwrap();
        let played: Vec<_> = std::iter::from_fn(|| cassette.next_fetch().unwrap()).collect();
        assert_eq!(played, raws(), "{name}");
    }
}

#[test]
fn a_cassette_gives_the_log_that_its_answers_gave() {
    let polls =
        [poll(0, &[Run::new("a", "{}")]), poll(1, &[Run::new("a", "{\"x\": 1}"), Run::new("b", "{}")])];
    let direct = Scratch::new();
    direct.take(&polls);
    let replayed = Scratch::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut cassette = Cassette::read(Box::new(Cursor::new(written(&polls)))).unwrap();
    let (mut log, mut seen) = (replayed.open(), 0);
    let count = |_: &Taken, _: &mut Log| {
        seen += 1;
        Ok::<_, IngestError>(())
    };
    let taken = runtime.block_on(Driver::default().take_all(&mut cassette, &mut log, count)).unwrap();
    log.close().unwrap();
    assert_eq!((taken.exchanges, taken.events, seen), (2, 5, 2));
    let root =
        |scratch: &Scratch| annals_log::Reader::open(&scratch.root()).unwrap().checkpoint().claim().root;
    assert_eq!(root(&direct), root(&replayed), "the clock is fixed: the same answers give the same root");
}

#[test]
fn a_cassette_has_this_form() {
    let exchange = exchange(1, "{}", answer(200, "\"\u{1}\""));
    let text = r#"{"cassette":1}
{"source":"wandb","part":2,"fetched_at_ms":1767225660000,"request":{"method":"POST","target":"/graphql","body":"{}"},"status":200,"body":"\"\u0001\"","ends":"part"}
"#;
    let raw = Raw { part: 2, more: true, ..fetch("wandb", vec![exchange]) };
    assert_eq!(String::from_utf8(written(&[raw])).unwrap(), text);
}

#[test]
fn damage_names_the_line_and_the_fetches_in_front_of_it_are_played() {
    let good = String::from_utf8(written(&raws())).unwrap();
    let lines: Vec<_> = good.lines().collect();
    // How many fetches were played, and why no more.
    let with = |line: usize, text: &str| {
        let mut lines = lines.clone();
        lines[line] = text;
        let opened = Cassette::read(Box::new(Cursor::new(lines.join("\n").into_bytes())));
        let mut cassette = opened.map_err(|error| (0, error.to_string()))?;
        let mut played = 0;
        loop {
            match cassette.next_fetch() {
                Ok(Some(_)) => played += 1,
                Ok(None) => return Ok(played),
                Err(error) => return Err((played, error.to_string())),
            }
        }
    };
    let refused = |played: usize, what: &str| Err((played, what.to_owned()));
    assert_eq!(with(0, "{}"), refused(0, "this is no cassette: its first line is not {\"cassette\": 1}"));
    assert_eq!(with(0, "{\"cassette\":2}"), refused(0, "line 1: version 2 is unknown here (known: 1)"));
    let cut = with(3, &lines[3][..lines[3].len() - 1]).unwrap_err();
    assert!(
        cut.0 == 1
            && cut.1
                == format!("line 4 is cut off after {} bytes: the file is incomplete", lines[3].len() - 1),
        "{cut:?}"
    );
    let no_answer = lines[1].replace("\"status\":200,", "");
    assert_eq!(
        with(1, &no_answer),
        refused(0, "line 2: has neither `status` with a body nor `failed`, or both")
    );
    let with_a_key =
        with(1, &lines[1].replace("\"method\"", "\"authorization\":\"Basic YXBpOg==\",\"method\""))
            .unwrap_err();
    assert!(with_a_key.1.starts_with("line 2: unknown field `authorization`"), "{with_a_key:?}");
    let endless = lines[3].replace(",\"ends\":\"part\"", "");
    assert_eq!(with(3, &endless), refused(1, "line 5: the fetch before it has no end"));
    let endless = lines[5].replace(",\"ends\":\"poll\"", "");
    assert_eq!(with(5, &endless), refused(3, "line 7: the last fetch has no end"));
    assert_eq!(with(5, lines[5]), Ok(4));
}
