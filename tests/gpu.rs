//! `annals gpu`, from the outside: a worker and who challenges it, over loopback.

use std::fs;

use crate::program::{Session, err, out, text};
use crate::serving::Serving;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/pog");
const MINER: &str = "5CA3onFpA75kRSgNkF6twsDeumSA5NhLhxQWSdraSEL8vScn";

fn start_worker(session: &Session, hotkey: &str) -> Serving {
    let token = session.path("token");
    fs::write(&token, "0123456789abcdef0123456789abcdef\n").unwrap();
    let worker = ["gpu", "worker", "--cpu", "--hotkey", hotkey, "--listen", "127.0.0.1:0"];
    let arguments = [&worker[..], &["--token-file", text(&token)]].concat();
    Serving::start(session, &hotkey.replace('/', "-"), &arguments)
}

#[test]
fn a_challenge_is_recorded_and_verified_again_by_its_evidence_alone() {
    let session = Session::with_log();
    let worker = start_worker(&session, "//Miner");
    let other = start_worker(&session, "//Other");
    let token = session.path("token");
    let challenged = session
        .annals(&[
            "gpu",
            "challenge",
            "--worker",
            &worker.url,
            "--together",
            &other.url,
            "--token-file",
            text(&token),
            "--hotkey",
            "//Validator",
            "--size",
            "small",
        ])
        .success();
    assert_eq!(out(&challenged).matches("passed, at least 0.").count(), 2, "{}", out(&challenged));
    let sql = format!(
        "select hotkey, protocol, outcome, beacon, int8_tops_lower_bound > 0 as fast, resident_bytes_lower_bound, \
               open_beacon_number > beacon_number as later, unchecked from pog_attempts where hotkey = '{MINER}'"
    );
    let answer = out(&session.annals(&["query", &sql, "--output", "ndjson"]).success());
    let expected = format!(
        r#"{{"hotkey":"{MINER}","protocol":2,"outcome":"passed","beacon":"log","fast":true,"resident_bytes_lower_bound":0,"later":true,"unchecked":"[\"clock\"]"}}"#
    );
    assert_eq!(answer.trim(), expected);
    let inventory = "select count(*) as n, count(distinct hotkey) as hotkeys from gpu_inventory";
    let answer = out(&session.annals(&["query", inventory, "--output", "ndjson"]).success());
    assert_eq!(answer.trim(), r#"{"n":2,"hotkeys":2}"#);
    // The log has both beacons, and the roots before the later one: the clock is all that is left.
    let verified = out(&session.annals(&["gpu", "verify", "--last"]).success());
    assert!(verified.contains("verified  passed"), "{verified}");
    assert_eq!(verified.lines().filter(|line| line.starts_with("unchecked")).count(), 1, "{verified}");
    assert!(verified.contains("unchecked the clock"), "{verified}");
    session.annals(&["verify"]).success();

    // The transcript by itself, in a log that knows nothing of it.
    let index =
        out(&session.annals(&["query", "select max(log_index) as i from pog_attempts", "--output", "csv"]));
    let index = index.lines().nth(1).unwrap();
    let file = session.keep("taken.pog", &session.annals(&["raw", index]).success());
    let elsewhere = Session::with_log();
    let taken = elsewhere.annals(&["ingest", text(&file)]).success();
    assert!(out(&taken).contains("1 events from 1 attempts"), "{}", out(&taken));
    let again = elsewhere.annals(&["ingest", text(&file)]).success();
    assert!(out(&again).contains("nothing new"), "{}", out(&again));
    let verified = out(&elsewhere.annals(&["gpu", "verify", "--last"]).success());
    assert!(verified.contains("unchecked the anchor") && verified.contains("unchecked beacon"), "{verified}");
}

#[test]
fn an_attempt_that_came_to_nothing_is_recorded_too() {
    let session = Session::with_log();
    let token = session.path("token");
    fs::write(&token, "0123456789abcdef0123456789abcdef\n").unwrap();
    let challenge =
        ["gpu", "challenge", "--token-file", text(&token), "--hotkey", "//Validator", "--size", "small"];
    // Nobody listens there: the port was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let challenged = session.annals(&[&challenge[..], &["--worker", &url]].concat()).code(3);
    assert!(err(&challenged).contains("no connection"), "{}", err(&challenged));
    let sql = "select outcome, worker, hotkey, evidence_bytes from pog_attempts";
    let answer = out(&session.annals(&["query", sql, "--output", "ndjson"]).success());
    assert_eq!(
        answer.trim(),
        format!(r#"{{"outcome":"unreachable","worker":"{url}","hotkey":null,"evidence_bytes":null}}"#)
    );
    let verified = session.annals(&["gpu", "verify", "--last"]).code(3);
    assert!(err(&verified).contains("unreachable"), "{}", err(&verified));
    for (more, what) in [
        (["--worker", "ftp://127.0.0.1"], "is no URL of a worker"),
        (["--worker", "http://user:secret@127.0.0.1"], "is no URL of a worker"),
    ] {
        let refused = session.annals(&[&challenge[..], &more].concat()).code(2);
        assert!(err(&refused).contains(what), "{}", err(&refused));
    }
}

#[test]
fn files_of_others_are_verified_or_refused_by_name() {
    let session = Session::with_log();
    let right = format!("{FIXTURES}/right.pog");
    let wrong = format!("{FIXTURES}/wrong-tile.pog");
    session.annals(&["gpu", "verify", &right]).success();
    let verified = session.annals(&["gpu", "verify", &wrong]).code(1);
    assert!(out(&verified).contains("verified  wrong_tile round 0 2 3"), "{}", out(&verified));
    session.annals(&["ingest", &right, &wrong]).success();
    let sql = "select outcome, detail, int8_tops_lower_bound, worker from pog_attempts order by log_index";
    let answer = out(&session.annals(&["query", sql, "--output", "csv"]).success());
    assert_eq!(
        answer.lines().skip(1).collect::<Vec<_>>(),
        ["passed,,4.518167e-6,", "wrong_tile,wrong_tile round 0 2 3,,"]
    );
    // Bytes of strangers: cut, with a byte too many, with a size that nobody has, big-endian, none.
    let bytes = fs::read(&right).unwrap();
    let mut huge = bytes.clone();
    huge[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut big_endian = bytes.clone();
    big_endian[8..12].reverse();
    let mut longer = bytes.clone();
    longer.push(0);
    for (name, bytes, why) in [
        ("cut.pog", &bytes[..bytes.len() - 1], "has 11592 bytes, not 11591"),
        ("longer.pog", &longer[..], "has 11592 bytes, not 11593"),
        ("huge.pog", &huge[..], "size is 4294967295"),
        ("big-endian.pog", &big_endian[..], "size is 1073741824"),
        ("empty.pog", &[][..], "no attempt of upstream's protocol"),
    ] {
        let path = session.path(name);
        fs::write(&path, bytes).unwrap();
        let refused = session.annals(&["ingest", text(&path)]).code(3);
        assert!(err(&refused).contains(why), "{name}: {}", err(&refused));
        let refused = session.annals(&["gpu", "verify", text(&path)]).code(1);
        assert!(err(&refused).contains("malformed"), "{name}: {}", err(&refused));
    }
}

#[test]
fn a_worker_is_not_started_without_a_hotkey_or_with_a_token_that_is_guessed() {
    let session = Session::new();
    let token = session.path("token");
    for (content, more, what) in [
        ("short\n", &["--hotkey", "//Miner"][..], "one line of 16 to 512"),
        ("0123456789abcdef 0123456789abcdef\n", &["--hotkey", "//Miner"], "without spaces"),
        ("0123456789abcdef0123456789abcdef\n", &[], "ANNALS_GPU_HOTKEY"),
        ("0123456789abcdef0123456789abcdef\n", &["--hotkey", "word word"], "development URI"),
    ] {
        fs::write(&token, content).unwrap();
        let arguments = ["gpu", "worker", "--cpu", "--listen", "127.0.0.1:0", "--token-file", text(&token)];
        let refused = session.annals(&[&arguments[..], more].concat()).code(2);
        assert!(err(&refused).contains(what), "{}", err(&refused));
    }
}

#[test]
fn a_machine_without_a_driver_says_so() {
    // Where there is one, it tells.
    let session = Session::new();
    let told = session.annals(&["gpu", "info", "--output", "json"]);
    match told.get_output().status.code() {
        Some(0) => assert!(out(&told).contains("\"gpus\":["), "{}", out(&told)),
        _ => assert!(err(&told.code(3)).contains("NVIDIA driver")),
    }
    let refused = session.annals(&["gpu", "info", "--output", "csv"]);
    assert!([Some(2), Some(3)].contains(&refused.get_output().status.code()));
}

#[test]
fn a_worker_on_cuda_needs_a_device() {
    let session = Session::new();
    let token = session.path("token");
    fs::write(&token, "0123456789abcdef0123456789abcdef\n").unwrap();
    if annals_gpu::device::device_count().is_ok_and(|count| count > 0) {
        return;
    }
    let arguments = ["gpu", "worker", "--cuda", "--hotkey", "//Miner", "--token-file", text(&token)];
    let refused = session.annals(&arguments).code(3);
    assert!(err(&refused).contains("CUDA") && err(&refused).contains("--cpu"), "{}", err(&refused));
}
