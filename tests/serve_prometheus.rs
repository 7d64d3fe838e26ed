//! `annals serve-prometheus`, from the outside, as far as no chain is needed: what would be sent, and when nothing is.

use crate::program::{Session, err, line, out};

const SERVE: [&str; 5] = ["serve-prometheus", "--port", "9100", "--hotkey", "//Alice"];

fn alices() -> Session {
    let session = Session::new();
    session.annals(&["init", "--netuid", "3", "--genesis", "any", "--hotkey", "//Alice"]).success();
    session
}

#[test]
fn a_dry_run_prints_the_call_and_touches_nothing() {
    let session = alices();
    let serve = [&SERVE[..], &["--dry-run", "--rpc", "ws://127.0.0.1:9", "--metrics-version", "7"]].concat();
    let shown = session.annals(&[&serve[..], &["--ip", "203.0.113.7"]].concat()).success();
    assert_eq!(line(&shown, "call"), "SubtensorModule.serve_prometheus");
    let args = r#"{"netuid":3,"version":7,"ip":3405803783,"port":9100,"ip_type":4}"#;
    assert_eq!(line(&shown, "args"), args);
    assert_eq!(line(&shown, "signer"), "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
    assert_eq!(line(&shown, "node"), "ws://127.0.0.1:9");
    assert!(!out(&shown).contains("refused"), "{}", out(&shown));

    let six = session.annals(&[&serve[..], &["--ip", "2001:db8::7"]].concat()).success();
    assert!(line(&six, "args").ends_with(r#""port":9100,"ip_type":6}"#), "{}", out(&six));
    let refused = session.annals(&[&serve[..], &["--ip", "127.0.0.1"]].concat()).success();
    assert_eq!(line(&refused, "refused"), "the chain would say SubtensorModule.InvalidIpAddress");
    assert_eq!(line(&session.annals(&["verify", "--log-only"]).success(), "size"), "3 entries, 0 to 2");
}

#[test]
fn what_the_chain_would_refuse_anyway_is_not_sent() {
    let session = alices();
    for (ip, port, why) in [
        ("0.0.0.0", "9100", "InvalidIpAddress"),
        ("::1", "9100", "InvalidIpAddress"),
        ("10.0.0.1", "0", "InvalidPort"),
    ] {
        let serve = [
            "serve-prometheus",
            "--hotkey",
            "//Alice",
            "--rpc",
            "ws://127.0.0.1:9",
            "--ip",
            ip,
            "--port",
            port,
        ];
        let refused = session.annals(&serve).code(2);
        assert!(
            err(&refused).contains(why) && err(&refused).contains("nothing was sent"),
            "{}",
            err(&refused)
        );
    }
    session.annals(&[&SERVE[..], &["--ip", "gpu.example.org"]].concat()).code(2);
    let keyless = ["serve-prometheus", "--ip", "203.0.113.7", "--port", "9100"];
    let unsigned = session.annals(&keyless).code(2);
    assert!(err(&unsigned).contains("ANNALS_HOTKEY"), "{}", err(&unsigned));
}

#[test]
fn nothing_is_sent_that_could_not_be_recorded() {
    let session = alices();
    let serve = [&SERVE[..], &["--ip", "203.0.113.7", "--rpc", "ws://127.0.0.1:9"]].concat();
    let options = annals_log::Options::default();
    let held = annals_log::Log::open(&session.data(), options).unwrap();
    let refused = session.annals(&serve).code(3);
    let told = err(&refused);
    assert!(told.contains("held by another writer") && told.contains("Ctrl-C"), "{told}");
    held.close().unwrap();

    // Another's hotkey never signs for this log.
    let bobs = ["serve-prometheus", "--ip", "203.0.113.7", "--port", "9100", "--hotkey", "//Bob"];
    session.annals(&[&bobs[..], &["--rpc", "ws://127.0.0.1:9"]].concat()).code(2);

    let nobody = session.annals(&serve).code(3);
    assert!(err(&nobody).contains("ws://127.0.0.1:9: "), "{}", err(&nobody));
    let acts = "select count(*) as n from events where source = 'outward'";
    let asked = session.annals(&["query", acts, "--output", "csv"]).success();
    assert_eq!(out(&asked).lines().last(), Some("0"), "{}", out(&asked));
}
