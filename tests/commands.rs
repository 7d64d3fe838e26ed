//! The commands, from the outside: what they print, and their exit codes.

use std::path::Path;

use crate::program::{Session, err, fixture, line, out, text};

#[test]
fn a_log_is_made_verified_and_proven_to_a_stranger() {
    let session = Session::with_log();
    let verified = session.annals(&["verify", "--signatures"]).success();
    assert_eq!(out(&verified).lines().last(), Some("sound"));
    assert_eq!(line(&verified, "size"), "3 entries, 0 to 2");

    let proof = session.keep("p.tlog-proof", &session.annals(&["prove", "0"]).success());
    let proven = session.annals(&["verify-proof", text(&proof)]).success();
    assert_eq!(line(&proven, "kind"), "log_opened");

    // Somewhere else, with the key alone.
    let stranger = Session::new();
    let vkey = line(&verified, "key");
    stranger.annals(&["verify-proof", text(&proof), "--vkey", &vkey]).success();
    let refused = stranger.annals(&["verify-proof", text(&proof)]).code(3);
    assert!(err(&refused).contains("--vkey"), "{}", err(&refused));
}

#[test]
fn files_are_taken_in_once_and_an_entry_leads_back_to_the_bytes_as_they_came() {
    let session = Session::with_log();
    let first = session.annals(&["ingest", &fixture("wandb-offline")]).success();
    let lines: Vec<_> =
        out(&first).lines().map(|line| line.rsplit(": ").next().unwrap().to_owned()).collect();
    assert_eq!(lines[..2], ["14 events from 34 records", "14 events from 35 records"]);
    // Each table's first state root is recorded, too.
    assert_eq!(line(&first, "size"), "62");
    let again = session.annals(&["ingest", &fixture("wandb-offline/run-offline-0.19.0.wandb")]).success();
    assert!(out(&again).contains("nothing new in 34 records"), "{}", out(&again));
    let verified = session.annals(&["verify"]).success();
    assert!(line(&verified, "state roots").ends_with("as the fold gives them"), "{}", out(&verified));
    assert!(!out(&session.annals(&["verify", "--log-only"]).success()).contains("state roots"));

    // Entry 4 is the first state: the record of the file, and the config that it led to.
    let record = session.annals(&["raw", "4"]).success().get_output().stdout.clone();
    let file = std::fs::read(fixture("wandb-offline/run-offline-0.19.0.wandb")).unwrap();
    assert!(record.len() > 100 && file.windows(record.len()).any(|bytes| bytes == record));
    let config = session.annals(&["raw", "4", "--payload", "1"]).success();
    assert_eq!(out(&config), r#"{"_wandb":{"value":{}}}"#);
    let none = session.annals(&["raw", "0"]).code(2);
    assert_eq!(err(&none).trim(), "annals: entry 0 (log_opened) has 0 payloads, there is no number 0");
}

#[test]
fn damaged_tables_are_made_again_and_stop_nobody() {
    let session = Session::with_log();
    session.annals(&["ingest", &fixture("wandb-offline/run-offline-0.19.0.wandb")]).success();
    let tables = session.data().join("tables");
    let flip = |path: &Path| {
        let mut bytes = std::fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(path, bytes).unwrap();
    };
    for entry in std::fs::read_dir(&tables).unwrap() {
        flip(&entry.unwrap().path());
    }
    let again = session.annals(&["ingest", &fixture("wandb-offline/run-offline-0.31.0.wandb")]).success();
    assert!(err(&again).contains("made again from the log"), "{}", err(&again));
    session.annals(&["verify"]).success();

    // Something that is no folder, where the tables should be.
    std::fs::remove_dir_all(&tables).unwrap();
    std::fs::write(&tables, "").unwrap();
    let without = session.annals(&["ingest", &fixture("wandb-offline/run-offline-0.31.0.wandb")]).success();
    assert!(err(&without).contains("the tables could not be kept"), "{}", err(&without));
    session.annals(&["verify"]).success();
}

#[test]
fn files_that_cannot_be_taken_in_are_named_and_the_others_are() {
    let session = Session::with_log();
    let folder = session.path("wandb");
    std::fs::create_dir(&folder).unwrap();
    session.annals(&["ingest", text(&folder)]).code(3);
    session.annals(&["ingest", "nowhere.wandb"]).code(3);
    std::fs::write(folder.join("notes.txt"), "").unwrap();
    let usage = session.annals(&["ingest", text(&folder.join("notes.txt"))]).code(2);
    assert!(err(&usage).contains("ends in none of .wandb, .cassette, .cassette.zst"), "{}", err(&usage));

    std::fs::write(folder.join("a.cassette"), "{}").unwrap();
    std::fs::write(folder.join("b.wandb"), "no").unwrap();
    std::fs::copy(fixture("wandb-offline/run-offline-0.31.0.wandb"), folder.join("c.wandb")).unwrap();
    let part = session.annals(&["ingest", text(&folder)]).code(3);
    assert!(out(&part).contains("c.wandb: 14 events"), "{}", out(&part));
    let told = err(&part);
    assert!(told.contains("a.cassette: this is no cassette"), "{told}");
    assert!(told.contains("b.wandb: this is no .wandb file"), "{told}");
    assert!(told.contains("2 of 3 files"), "{told}");
}

#[test]
fn a_cassette_of_another_chain_is_refused_in_a_line() {
    let session = Session::new();
    session.annals(&["init", "--netuid", "3"]).success();
    let refused = session.annals(&["ingest", &fixture("chain-ladder")]).code(3);
    let told = err(&refused);
    assert!(told.contains("ladder.cassette.zst: it is of another chain: its block 0 is 0x4545"), "{told}");
    assert!(told.contains("the log is of 0x2f0555cc"), "{told}");
    let blocks = "select count(*) as n from events where source = 'chain'";
    assert_eq!(out(&session.annals(&["query", blocks]).success()), "{\"n\":0}\n");
}

#[test]
fn a_cassette_is_played_into_the_log() {
    let session = Session::with_log();
    let page = r#"{"data":{"project":{"runs":{"edges":[{"node":{"name":"a","state":"running","config":"{}","createdAt":"2025-06-02T08:36:23"}}],"pageInfo":{"hasNextPage":false}}}}}"#;
    let query = r#"{"query":"query Runs { project { id } }","variables":{"order":"+created_at"}}"#;
    let exchange = serde_json::json!({
        "source": "wandb", "ends": "poll", "fetched_at_ms": 1_767_225_600_000_i64,
        "request": {"method": "POST", "target": "/graphql", "body": query}, "status": 200, "body": page,
    });
    let cassette = session.path("day.cassette");
    std::fs::write(&cassette, format!("{{\"cassette\":1}}\n{exchange}\n")).unwrap();
    let taken = session.annals(&["ingest", text(&cassette)]).success();
    assert!(out(&taken).contains("2 events from 1 answers"), "{}", out(&taken));
    let node = session.annals(&["raw", "4"]).success();
    assert!(page.contains(&out(&node)), "{}", out(&node));
}

#[test]
fn a_checkpoint_kept_elsewhere_finds_a_log_that_was_put_back() {
    let session = Session::with_log();
    let kept = session.keep("kept", &session.annals(&["checkpoint"]).success());
    let verified = session.annals(&["verify", "--against", text(&kept)]).success();
    assert!(line(&verified, "checkpoints").starts_with("2 "), "the one handed out, and the same one kept");

    // The same folder on an earlier day.
    let session = Session::with_log();
    let earlier = session.path("earlier");
    let copied = std::process::Command::new("cp").arg("-r").args([session.data(), earlier.clone()]).status();
    assert!(copied.unwrap().success());
    session.annals(&["ingest", &fixture("wandb-offline/run-offline-0.19.0.wandb")]).success();
    let kept = session.keep("kept", &session.annals(&["checkpoint"]).success());
    let refused = session.annals(&["--data", text(&earlier), "verify", "--against", text(&kept)]).code(1);
    let fault = line(&refused, "FAULT");
    assert!(fault.starts_with(text(&kept)) && fault.contains("an older state was put back"), "{fault}");
}

#[test]
fn a_file_that_is_no_checkpoint_of_the_log_is_at_fault_and_not_the_log() {
    let session = Session::with_log();
    let checkpoint = session.annals(&["checkpoint"]).success();
    let note = out(&checkpoint);
    let others = out(&Session::with_log().annals(&["checkpoint"]).success());
    let of_other = format!("is not a checkpoint of this log (it is of {})", others.lines().next().unwrap());
    let utf16: Vec<u8> = format!("\u{feff}{note}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files = [
        ("another log's", others.into_bytes(), of_other.as_str()),
        ("a byte order mark", format!("\u{feff}{note}").into_bytes(), "byte order mark"),
        ("CR LF", note.replace('\n', "\r\n").into_bytes(), "CR LF"),
        (
            "an empty line behind it",
            format!("{note}\n").into_bytes(),
            "no signature line after the last empty line",
        ),
        ("a newline that was cut off", note.trim_end().into(), "does not end in a newline"),
        ("another size", note.replacen("\n3\n", "\n4\n", 1).into_bytes(), "was changed after it was signed"),
        ("UTF-16", utf16, "not UTF-8"),
        ("nothing", Vec::new(), "not a signed note"),
        ("too much", vec![b'x'; 2 << 20], "longer than"),
    ];
    for (what, bytes, why) in files {
        let kept = session.path("kept");
        std::fs::write(&kept, bytes).unwrap();
        let refused = session.annals(&["verify", "--against", text(&kept)]).code(2);
        let told = err(&refused);
        assert!(told.contains(text(&kept)) && told.contains(why), "{what}: {told}");
        assert!(!told.contains("fault:") && out(&refused).is_empty(), "{what}: {told}{}", out(&refused));
    }
}

#[test]
fn signatures_of_witnesses_do_no_harm() {
    let session = Session::with_log();
    // 4 bytes of key id and 4,995 of a signature, in base64.
    let signature = "AAAA".repeat(1_666) + "AA==";
    let witnesses: String = (0..16).map(|n| format!("\u{2014} witness{n}.example {signature}\n")).collect();
    let cosigned = |arguments: &[&str], name: &str| {
        let path = session.path(name);
        std::fs::write(&path, out(&session.annals(arguments).success()) + &witnesses).unwrap();
        path
    };
    let kept = cosigned(&["checkpoint"], "kept");
    session.annals(&["verify", "--against", text(&kept)]).success();
    let proof = cosigned(&["prove", "0"], "p.tlog-proof");
    session.annals(&["verify-proof", text(&proof)]).success();
}

#[test]
fn a_proof_that_is_no_text_is_a_bad_proof() {
    let session = Session::with_log();
    let mut bytes = out(&session.annals(&["prove", "0"]).success()).into_bytes();
    let middle = bytes.len() / 2;
    bytes[middle] = 0xff;
    let proof = session.path("p.tlog-proof");
    std::fs::write(&proof, bytes).unwrap();
    let refused = session.annals(&["verify-proof", text(&proof)]).code(1);
    assert!(err(&refused).contains("not a tlog-proof: it is not UTF-8"), "{}", err(&refused));
}

#[test]
fn a_proof_of_another_log_names_both() {
    let (session, other) = (Session::with_log(), Session::with_log());
    let proof = session.keep("p.tlog-proof", &other.annals(&["prove", "0"]).success());
    let refused = session.annals(&["verify-proof", text(&proof)]).code(1);
    let origin = |session: &Session| line(&session.annals(&["verify"]).success(), "log");
    let why = format!(
        "the proof is of log {}, the key you trust is that of {}. Give the other one's key with --vkey",
        origin(&other),
        origin(&session)
    );
    assert!(err(&refused).contains(&why), "{}", err(&refused));
}

#[test]
fn damage_is_an_audit_finding_that_names_the_place() {
    let session = Session::with_log();
    let segment = session.data().join("segments/00000000000000000000.seg");
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[4096 + 90] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let refused = session.annals(&["verify"]).code(1);
    assert!(err(&refused).contains("segments/00000000000000000000.seg at byte 4096"), "{}", err(&refused));
}

#[test]
fn every_failure_has_its_exit_code_and_says_the_way_out() {
    let session = Session::new();
    let none = session.annals(&["verify"]).code(3);
    assert!(
        err(&none).contains("there is no log in") && err(&none).contains("annals init"),
        "{}",
        err(&none)
    );
    session.annals(&["frobnicate"]).code(2);

    let session = Session::with_log();
    session.annals(&["init"]).code(2);
    let past = session.annals(&["prove", "3"]).code(2);
    assert_eq!(err(&past).trim(), "annals: there is no entry 3: the log has 3, indexes 0 to 2");
    session.annals(&["verify", "--against", "nowhere"]).code(3);
    session.annals(&["verify-proof", "nowhere"]).code(3);
    session.annals(&["init", "--data", "elsewhere", "--origin", "has a space"]).code(2);
    assert!(!session.path("elsewhere/segments").exists());

    let nonsense = session.path("nonsense");
    std::fs::write(&nonsense, "c2sp.org/tlog-proof@v1\n").unwrap();
    session.annals(&["verify-proof", text(&nonsense)]).code(1);
}

#[test]
fn what_can_be_asked_is_told_on_a_page() {
    let session = Session::with_log();
    let page = out(&session.annals(&["tables", "--output", "table"]).success());
    assert!(page.starts_with("public\n  allocated_hotkeys "), "{page}");
    assert!(page.contains("\n\nsystem\n  checkpoints "), "{page}");
    // A past has no line of its own, but is named.
    assert!(page.contains("; its past: stats_history, stats_at(...)\n"), "{page}");
    let rows = out(&session.annals(&["query", "select table_name from system.tables"]).success());
    let names = rows.lines().map(|row| row.split('"').nth(3).unwrap());
    let unnamed: Vec<_> = names.filter(|name| !page.contains(name)).collect();
    assert!(rows.lines().count() > 80 && unnamed.is_empty(), "{unnamed:?}");

    let page = out(&session.annals(&["tables", "Stats", "--output", "table"]).success());
    let head: Vec<_> = page.lines().take(4).collect();
    assert!(head[0].starts_with("stats: The entry that upstream picks for each uid, "), "{page}");
    assert_eq!(head[1], "  key: uid, uid_text");
    assert!(
        head[2].starts_with("  past: stats_history has all of it, stats_at('size', 1000) a moment"),
        "{page}"
    );
    assert_eq!(head[3], "");
    let tie = page.lines().find(|line| line.starts_with("  order_tie ")).unwrap();
    assert!(
        tie.contains(" Boolean ") && tie.contains("  Whether votes and scores were equal, so that"),
        "{tie}"
    );
    let past = out(&session.annals(&["tables", "stats_history", "--output", "table"]).success());
    assert!(past.contains("\n  key: uid, uid_text, valid_from\n"), "{past}");
    let without = out(&session.annals(&["tables", "wandb_liveness", "--output", "table"]).success());
    assert!(without.contains("\n  past: none is kept\n"), "{without}");
}

#[test]
fn what_can_be_asked_is_rows_in_every_other_form() {
    let session = Session::with_log();
    for (arguments, sql) in [
        (&["tables"][..], "show tables"),
        (&["tables", "stats"], "describe stats"),
        (&["tables", "system.sources"], "describe system.sources"),
    ] {
        for form in ["json", "csv"] {
            let told = session.annals(&[arguments, &["--output", form]].concat()).success();
            assert_eq!(
                out(&told),
                out(&session.annals(&["query", sql, "--output", form]).success()),
                "{sql}"
            );
        }
    }
    let block = session.annals(&["tables", "events", "--expanded"]).success();
    assert!(out(&block).starts_with("row 1\n  column_name  log_index\n"), "{}", out(&block));
    for (name, meant) in
        [("statz", "`stats`"), ("sources", "`system.sources`"), ("stats\"; select 1", "no table")]
    {
        for form in ["table", "json"] {
            let refused = session.annals(&["tables", name, "--output", form]).code(2);
            assert!(err(&refused).contains("there is no table") && err(&refused).contains(meant), "{name}");
        }
    }
}

#[test]
fn help_teaches_the_way() {
    let session = Session::new();
    let help = session.annals(&["--help"]).success();
    for word in [
        "init",
        "ingest",
        "verify",
        "checkpoint",
        "raw",
        "prove",
        "verify-proof",
        "ANNALS_DATA",
        "Exit codes",
    ] {
        assert!(out(&help).contains(word), "{word}");
    }
}
