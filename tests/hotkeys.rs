//! The recorder's hotkey, from the outside: where it comes from, what is refused, and what a stranger sees of it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::program::{Session, err, fixture, line, out, text};

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
/// The second mnemonic of BIP-39's own test vectors, its seed, and its address.
const PHRASE: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";
const SEED: &str = "0x6fa2796b0071cac425d8a7851038318c2c37dcebfe4bae73197ce93e75909bd2";
const ADDRESS: &str = "5EHgWw2Af1pnoc7f1A8bfmM97W3DAYW8xr82RfhLL9oAabAe";
/// The mnemonic that all development keys come from.
const DEVELOPMENT: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

/// No chain is asked for permits.
const INIT: [&str; 3] = ["init", "--genesis", "any"];

fn alices() -> Session {
    let session = Session::new();
    session.annals(&["init", "--genesis", "any", "--hotkey", "//Alice"]).success();
    session
}

/// A hotkey file as Bittensor's wallet writes it.
fn keyfile(session: &Session) -> PathBuf {
    let json = serde_json::json!({
        "accountId": "0x625e25364c7b68e0a83065ccb40afed43f8fe933e669b24f3d69a57eddb3b715", "publicKey": "0x625e25364c7b68e0a83065ccb40afed43f8fe933e669b24f3d69a57eddb3b715",
        "secretPhrase": PHRASE, "secretSeed": SEED, "ss58Address": ADDRESS,
    });
    write(&session.path("hotkey"), json.to_string().as_bytes(), 0o600)
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> PathBuf {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    path.to_owned()
}

#[test]
fn a_hotkey_signs_what_is_recorded_and_verify_says_so() {
    let session = Session::new();
    let made = session.annals(&["init", "--genesis", "any", "--hotkey", "//Alice"]).success();
    assert_eq!(line(&made, "hotkey"), ALICE);
    let file = fixture("wandb-offline/run-offline-0.19.0.wandb");
    let taken = session.annals(&["ingest", &file, "--hotkey", "//Alice"]).success();
    assert_eq!(err(&taken), "");
    let verified = session.annals(&["verify", "--signatures"]).success();
    assert_eq!(line(&verified, "hotkey"), format!("{ALICE} signed every commit"));
    let checkpoint = session.annals(&["checkpoint"]).success();
    assert!(out(&checkpoint).contains(&format!("\u{2014} {ALICE} ")), "{}", out(&checkpoint));
    assert_eq!(err(&checkpoint), "");
}

#[test]
fn a_session_without_the_hotkey_goes_on_and_is_told_of_everywhere() {
    let session = alices();
    let file = fixture("wandb-offline/run-offline-0.19.0.wandb");
    let taken = session.annals(&["ingest", &file]).success();
    assert!(err(&taken).contains(&format!("the log's hotkey {ALICE} is not given")), "{}", err(&taken));
    let last = session.annals(&["verify", "--log-only"]).success();
    assert!(line(&last, "hotkey").contains("has not signed the last commit"), "{}", out(&last));
    let all = session.annals(&["verify", "--log-only", "--signatures"]).success();
    assert!(line(&all, "hotkey").starts_with(&format!("{ALICE} signed 2 of ")), "{}", out(&all));
    let checkpoint = session.annals(&["checkpoint"]).success();
    assert!(err(&checkpoint).contains(&format!("is not signed by {ALICE}")), "{}", err(&checkpoint));
    let proof = session.keep("p.tlog-proof", &session.annals(&["prove", "0"]).success());
    let proven = session.annals(&["verify-proof", text(&proof)]).success();
    assert!(line(&proven, "unsigned by").starts_with(ALICE), "{}", out(&proven));
    let required = session.annals(&["verify-proof", text(&proof), "--signed-by", ALICE]).code(1);
    assert!(err(&required).contains(&format!("no signature by {ALICE}")), "{}", err(&required));
}

#[test]
fn another_hotkey_and_a_log_without_one_are_told_by_name() {
    let session = alices();
    let file = fixture("wandb-offline/run-offline-0.19.0.wandb");
    let refused = session.annals(&["ingest", &file, "--hotkey", "//Bob"]).code(2);
    assert!(err(&refused).contains(ALICE) && err(&refused).contains(BOB), "{}", err(&refused));

    let without = Session::with_log();
    let told = without.annals(&["ingest", &file, "--hotkey", "//Bob"]).success();
    assert!(err(&told).contains(&format!("{BOB} signs nothing")), "{}", err(&told));
    assert!(!out(&without.annals(&["verify"]).success()).contains("hotkey"));
}

#[test]
fn a_stranger_checks_the_hotkeys_line_of_a_proof_with_the_proof_alone() {
    let session = alices();
    let proof = session.keep("p.tlog-proof", &session.annals(&["prove", "0"]).success());
    let vkey = line(&session.annals(&["verify"]).success(), "key");
    let stranger = Session::new();
    let check = |proof: &Path, hotkey: &str| {
        stranger.annals(&["verify-proof", text(proof), "--vkey", &vkey, "--signed-by", hotkey])
    };
    let proven = stranger.annals(&["verify-proof", text(&proof), "--vkey", &vkey]).success();
    assert!(out(&proven).contains(&format!("\n             {ALICE}, a hotkey\n")), "{}", out(&proven));
    check(&proof, ALICE).success();
    assert!(err(&check(&proof, BOB).code(1)).contains("no signature by"));
    check(&proof, "5Gmv").code(2);

    // The last line is the hotkey's: another signature of the same form.
    let whole = fs::read_to_string(&proof).unwrap();
    let at = whole.len() - 20;
    let other = if whole.as_bytes()[at] == b'A' { "B" } else { "A" };
    let tampered = session.path("tampered");
    fs::write(&tampered, format!("{}{other}{}", &whole[..at], &whole[at + 1..])).unwrap();
    // Anybody can add such a line to a true proof: it is an error only where that hotkey was asked for.
    let proven = stranger.annals(&["verify-proof", text(&tampered), "--vkey", &vkey]).success();
    assert!(!out(&proven).contains(ALICE), "{}", out(&proven));
    assert!(err(&proven).contains(&format!("a line in the name of {ALICE} is not its signature")));
    let asked = check(&tampered, ALICE).code(1);
    let known = session.annals(&["verify-proof", text(&tampered)]).code(1);
    for refused in [asked, known] {
        assert!(
            err(&refused).contains(&format!("the signature by {ALICE} does not match")),
            "{}",
            err(&refused)
        );
        assert_eq!(out(&refused), "", "nothing is called proven");
    }
}

#[test]
fn a_hotkey_comes_from_a_file_the_environment_or_the_config() {
    let session = Session::new();
    let file = keyfile(&session);
    let config = session.path("config.toml");
    fs::write(&config, format!("hotkey_file = {file:?}\n")).unwrap();
    let settings = [
        (vec!["--hotkey-file", text(&file)], None),
        (vec!["--config", text(&config)], None),
        (vec![], Some(text(&file))),
        (vec![], Some(PHRASE)),
        (vec![], Some(SEED)),
        // What is nearer counts.
        (vec!["--hotkey-file", text(&file)], Some("//Bob")),
    ];
    for (arguments, variable) in settings {
        let data = tempfile::tempdir().unwrap();
        let mut command = session.command();
        command.env("ANNALS_DATA", data.path().join("log")).args(INIT).args(&arguments);
        variable.map(|value| command.env("ANNALS_HOTKEY", value));
        let made = command.assert().success();
        assert_eq!(line(&made, "hotkey"), ADDRESS, "{arguments:?} {variable:?}");
        assert_eq!(err(&made).lines().count(), 1, "{arguments:?} {variable:?}: {}", err(&made));
    }
    let mut command = session.command();
    let none = command.arg("init").env("ANNALS_HOTKEY", "").assert().success();
    assert!(!out(&none).contains("hotkey"), "{}", out(&none));
}

#[test]
fn an_empty_secret_in_a_file_is_none_and_a_development_key_is_refused() {
    let json = |seed: &str, phrase: &str| serde_json::json!({"accountId": null, "publicKey": null, "secretPhrase": phrase, "secretSeed": seed});
    let init = |file: &serde_json::Value| {
        let session = Session::new();
        let path = write(&session.path("hotkey"), file.to_string().as_bytes(), 0o600);
        session.annals(&["init", "--yes", "--genesis", "any", "--hotkey-file", text(&path)])
    };
    for file in [json("", PHRASE), json(SEED, "")] {
        assert_eq!(line(&init(&file).success(), "hotkey"), ADDRESS, "{file}");
    }
    for (file, why) in [
        (json("", ""), "public key alone"),
        (json("", DEVELOPMENT), "//Alice"),
        (json("//Alice", ""), "//Alice"),
    ] {
        let refused = init(&file).code(2);
        assert!(err(&refused).contains(why), "{file}: {}", err(&refused));
    }
    let mut ed25519 = json(SEED, PHRASE);
    ed25519["cryptoType"] = 0.into();
    assert!(err(&init(&ed25519).code(2)).contains("ed25519 (cryptoType 0)"));
}

#[test]
fn a_file_that_others_may_read_is_told_of() {
    let session = Session::new();
    let file = keyfile(&session);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let made = session.annals(&["init", "--genesis", "any", "--hotkey-file", text(&file)]).success();
    assert!(err(&made).contains("mode 644") && err(&made).contains("chmod 600"), "{}", err(&made));
}

#[test]
fn a_file_with_a_password_or_without_a_secret_is_refused_with_the_way_out() {
    let session = Session::new();
    let path = session.path("coldkey");
    let files: [(&[u8], &str); 5] = [
        (b"$NACL\xff\xfe\x00\x01", "btcli wallet new-hotkey"),
        (b"$ANSIBLE_VAULT;1.1;AES256\n6234", "btcli wallet new-hotkey"),
        (b"{\"ss58Address\":\"5Gmv\"}", "public key alone"),
        (b"\xff\xff", "no hotkey file"),
        (br#"{"encoded":"MFMCAQEw","encoding":{"version":"3"},"address":"5Gmv"}"#, "export of polkadot-js"),
    ];
    for (bytes, why) in files {
        write(&path, bytes, 0o600);
        let refused = session.annals(&["init", "--hotkey-file", text(&path)]).code(2);
        assert!(err(&refused).contains(why), "{}", err(&refused));
    }
    let missing = session.annals(&["init", "--hotkey-file", "nowhere"]).code(3);
    assert!(err(&missing).contains("nowhere"), "{}", err(&missing));
    assert!(!session.data().exists());
}

#[test]
fn no_secret_is_taken_from_the_command_line_or_repeated() {
    let session = Session::new();
    for secret in [PHRASE, SEED, "/home/alice/hotkey"] {
        let refused = session.annals(&["init", "--hotkey", secret]).code(2);
        assert!(err(&refused).contains("the shell's history"), "{}", err(&refused));
        assert!(!err(&refused).contains(secret), "{}", err(&refused));
    }
    session.annals(&["init", "--hotkey", "//Alice", "--hotkey-file", "hotkey"]).code(2);
    let short = &SEED[..60];
    let long = format!("{PHRASE} walk");
    for (secret, code) in [(short, 2), (long.as_str(), 2), (&SEED[2..], 3), ("bottomdriveobey", 3)] {
        let mut command = session.command();
        let refused = command.arg("init").env("ANNALS_HOTKEY", secret).assert().code(code);
        assert!(err(&refused).contains("ANNALS_HOTKEY"), "{}", err(&refused));
        assert!(!err(&refused).contains(secret), "{}", err(&refused));
    }
    assert!(!session.data().exists());
}

#[test]
fn init_refuses_a_hotkey_that_takes_part_unless_told() {
    let session = Session::new();
    let policy = session.path("policy.toml");
    fs::write(&policy, format!("netuid = 27\nvalidators.declared = [\"{ALICE}\"]\n")).unwrap();
    let init = ["init", "--genesis", "any", "--policy", text(&policy), "--hotkey"];
    let refused = session.annals(&[&init[..], &["//Alice"]].concat()).code(2);
    let told = err(&refused);
    assert!(told.contains(ALICE) && told.contains("a validator") && told.contains("--yes"), "{told}");
    assert!(!session.data().exists());
    session.annals(&[&init[..], &["//Alice", "--yes"]].concat()).success();
    session.annals(&["verify", "--signatures"]).success();

    let other = Session::new();
    other.annals(&[&init[..], &["//Bob"]].concat()).success();
}

#[test]
fn init_asks_the_chain_for_permits_and_says_so_when_it_cannot() {
    let session = Session::new();
    let unasked = session.annals(&[&INIT[..], &["--hotkey", "//Alice"]].concat()).success();
    assert!(err(&unasked).contains("nobody was asked whether"), "{}", err(&unasked));

    let session = Session::new();
    let nobody = [&INIT[..], &["--hotkey", "//Alice", "--rpc", "ws://127.0.0.1:9"]].concat();
    let refused = session.annals(&nobody).code(3);
    let told = err(&refused);
    assert!(told.contains(ALICE) && told.contains("ws://127.0.0.1:9") && told.contains("--yes"), "{told}");
    assert!(!session.data().exists());
    session.annals(&[&nobody[..], &["--rpc", "http://127.0.0.1"]].concat()).code(2);
    let taken = session.annals(&[&nobody[..], &["--yes"]].concat()).success();
    assert!(err(&taken).contains("is not known"), "{}", err(&taken));

    // The config file names a node as well as a flag does.
    let session = Session::new();
    let config = session.path("config.toml");
    fs::write(&config, "chain.rpc = [\"ws://127.0.0.1:9\"]\n").unwrap();
    session.annals(&[&INIT[..], &["--hotkey", "//Alice", "--config", text(&config)]].concat()).code(3);
    // Whoever has no hotkey has no permit.
    session.annals(&[&INIT[..], &["--config", text(&config)]].concat()).success();
}
