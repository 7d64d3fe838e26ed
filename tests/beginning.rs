//! A mistake in what `annals run` is asked for: it is said before the recorder begins, and the log stays as it was.

use std::net::TcpListener;

use crate::program::{Session, err, fixture, out, text};

/// The files that a recorder cannot begin without changing.
fn watermark(session: &Session) -> Vec<u8> {
    std::fs::read(session.data().join("watermark")).unwrap()
}

/// Says why each of these is refused, of a log that is left as it was.
fn refused_without_an_entry(session: &Session, cases: &[(&str, i32, &str)]) {
    let before = watermark(session);
    for (arguments, code, why) in cases {
        let mut command = session.command();
        command.env("WANDB_API_KEY", "x".repeat(40)).arg("run").args(arguments.split(' '));
        let refused = command.assert().code(*code);
        assert!(err(&refused).contains(why), "{arguments}: {}", err(&refused));
        assert_eq!(watermark(session), before, "{arguments} left an entry");
    }
}

#[test]
fn a_mistake_of_any_source_leaves_no_entry() {
    let session = Session::with_log();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let (listen, receive) = (format!("--metrics-listen {taken}"), format!("--metrics-receive {taken}"));
    std::fs::write(session.path("kept.cassette"), "").unwrap();
    std::fs::create_dir(session.path("folder.db")).unwrap();
    refused_without_an_entry(
        &session,
        &[
            ("--only chain --rpc banana", 2, "--rpc banana: a node's URL begins with ws:// or wss://"),
            (
                "--only chain --archive-url http://a/KEY",
                2,
                "--archive-url http://a: a node's URL begins with",
            ),
            ("--only chain --rpc ws://127.0.0.1:9 --hotkey Alice", 2, "--hotkey takes a development URI"),
            ("--only wandb --wandb-project opencompute", 2, "is no project of W&B"),
            ("--only wandb --wandb-filters {", 2, "filter"),
            ("--only wandb --wandb-url ftp://a", 2, "ftp://a"),
            ("--only computedb", 2, "no database is named"),
            ("--only computedb --computedb nowhere.db", 3, "nowhere.db: No such file"),
            ("--only computedb --computedb folder.db", 2, "folder.db: a database is a file"),
            ("--only computedb --computedb a&b.db", 2, "is no name for a database"),
            ("--only gpu", 2, "no worker is challenged"),
            ("--only metrics --target node", 2, "it has no port"),
            ("--only metrics --scrape-ca none.pem", 3, "none.pem: No such file"),
            (&format!("--only metrics {listen}"), 3, &taken),
            (&format!("--only metrics {receive}"), 3, &taken),
            ("--only metrics --keep-answers kept.cassette", 3, "kept.cassette: File exists"),
            ("--only metrics --keep-answers nowhere/new.cassette", 3, "new.cassette: No such file"),
        ],
    );
}

#[test]
fn workers_that_cannot_be_challenged_leave_no_entry() {
    let session = Session::with_log();
    let config = |text: &str| {
        let worker = "[[gpu.worker]]\nurl = \"http://127.0.0.1:9\"\ntoken_file = \"token\"\n";
        std::fs::write(session.path("config.toml"), format!("{text}{worker}")).unwrap();
    };
    let gpus = "--config config.toml --only chain,gpu --rpc ws://127.0.0.1:9";
    config("");
    refused_without_an_entry(&session, &[(gpus, 3, "token: No such file")]);
    std::fs::write(session.path("token"), "0123456789abcdef").unwrap();
    refused_without_an_entry(&session, &[(gpus, 2, "ANNALS_GPU_HOTKEY names it")]);
    config("[gpu]\nhotkey_file = \"nowhere\"\n");
    refused_without_an_entry(&session, &[(gpus, 3, "nowhere: No such file")]);
    config("[gpu]\ninterval_blocks = 1000000\n");
    refused_without_an_entry(&session, &[(gpus, 2, "interval_blocks is 1000000")]);
}

#[test]
fn a_block_below_the_first_of_a_log_is_refused_before_a_node_is_asked() {
    let session = Session::with_scenario("chain-ladder");
    let below = "--only chain --rpc ws://127.0.0.1:9 --until-head --from-block 0";
    refused_without_an_entry(&session, &[(below, 2, "the log begins with block 1 and never goes below")]);
}

#[test]
fn a_cassette_for_a_recorder_that_does_not_begin_is_not_left_behind() {
    let session = Session::with_log();
    let with_hotkey = Session::new();
    with_hotkey.annals(&["init", "--hotkey", "//Alice", "--genesis", "any"]).success();
    let keep = ["run", "--only", "metrics", "--once", "--keep-answers", "new.cassette", "--hotkey", "//Bob"];
    let refused = with_hotkey.annals(&keep).code(2);
    assert!(err(&refused).contains("entry 0 names the hotkey"), "{}", err(&refused));
    assert!(!with_hotkey.path("new.cassette").exists());

    // And one that does not find its log ends as it always did.
    let nowhere = session.annals(&["--data", "nowhere", "run", "--only", "metrics", "--once"]).code(3);
    assert!(err(&nowhere).contains("there is no log in nowhere"), "{}", err(&nowhere));
}

#[test]
fn a_log_that_has_to_be_mended_first_is() {
    let session = Session::with_log();
    session.annals(&["ingest", &fixture("wandb-offline/run-offline-0.19.0.wandb")]).success();
    let (data, mut mark) = (session.data(), watermark(&session));
    // Of the two slots the first is damaged: readers cannot tell which was the newer.
    mark[20] ^= 1;
    std::fs::write(data.join("watermark"), mark).unwrap();
    let unread = session.annals(&["query", "select 1"]).code(1);
    assert!(err(&unread).contains("the next start of the recorder mends it"), "{}", err(&unread));
    let target = ["--only", "metrics", "--once", "--target", "127.0.0.1:9", "--scrape-timeout", "1"];
    let mended = session.annals(&[&["run"][..], &target, &["--allow-loopback"]].concat());
    mended.success();
    assert!(out(&session.annals(&["verify"]).success()).ends_with("sound\n"), "{}", text(&data));
}
