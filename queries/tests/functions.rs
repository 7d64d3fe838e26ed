//! Functions: SS58 and JSON; `block_time` is with the chain.

use crate::scratch::{START_MS, STEP_MS, Scratch, ask, history_row, refusal, rows};

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const ALICE_HEX: &str = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";

fn one(expression: &str) -> String {
    rows(&Scratch::with(Vec::new()).session(), &format!("SELECT {expression}")).remove(0)
}

#[test]
fn addresses_become_keys_and_back() {
    assert_eq!(one(&format!("ss58_decode('{ALICE}')")), ALICE_HEX);
    assert_eq!(one(&format!("ss58_prefix('{ALICE}')")), "42");
    assert_eq!(one(&format!("ss58_encode('{ALICE_HEX}', 42)")), ALICE);
    assert_eq!(one(&format!("ss58_encode('0x{ALICE_HEX}', ss58_prefix('{ALICE}'))")), ALICE);
    assert_eq!(one(&format!("ss58_prefix(ss58_encode('{ALICE_HEX}', 16383))")), "16383");
}

#[test]
fn keys_are_hex_and_addresses_have_prefix_42() {
    assert_eq!(one(&format!("ss58_to_hex('{ALICE}')")), ALICE_HEX);
    assert_eq!(one(&format!("ss58_to_hex(ss58_encode('{ALICE_HEX}', 0))")), ALICE_HEX);
    let shouted = ALICE_HEX.to_uppercase();
    for hex in [ALICE_HEX, &format!("0x{ALICE_HEX}"), &shouted] {
        assert_eq!(one(&format!("hex_to_ss58('{hex}')")), ALICE, "{hex}");
    }
    for call in ["ss58_to_hex('5Grw')", "ss58_to_hex(null)", "hex_to_ss58('0x00')", "hex_to_ss58(null)"] {
        assert_eq!(one(call), "", "{call}");
    }
}

#[test]
fn what_is_no_address_is_null() {
    for text in ["", "5Grw", &ALICE.replace('G', "H"), "not an address", &"1".repeat(20_000)] {
        let shown = one(&format!("ss58_decode('{text}'), ss58_prefix('{text}')"));
        assert_eq!(shown, "|", "{}", &text[..text.len().min(60)]);
    }
    for call in ["'00', 42", "'zz', 42", "null, 42"] {
        assert_eq!(one(&format!("ss58_encode({call})")), "", "{call}");
    }
    for prefix in ["-1", "16384", "null"] {
        assert_eq!(one(&format!("ss58_encode('{ALICE_HEX}', {prefix})")), "", "{prefix}");
    }
}

#[test]
fn json_is_asked_with_functions_and_operators() {
    let row = r#"{"gpu":{"name":"H200","count":8},"loss":0.5,"tags":["a","b"]}"#;
    let session = Scratch::with(vec![vec![history_row("a", 1, row)]]).session();
    let one =
        |expression: &str| rows(&session, &format!("SELECT {expression} FROM wandb_history h")).remove(0);
    assert_eq!(one(r#"json_get_str("row", 'gpu', 'name')"#), "H200");
    assert_eq!(one(r#"json_get_int("row", 'gpu', 'count')"#), "8");
    assert_eq!(one(r#"h."row"->'gpu'->>'name'"#), "H200");
    assert_eq!(one(r#"h."row"->'tags'->>1"#), "b");
    assert_eq!(one(r#"h."row" ? 'loss', h."row" ? 'lost'"#), "true|false");
    assert_eq!(one(r#"(h."row"->>'loss')::double * 2"#), "1.0");
    assert!(
        ask(&session, r#"SELECT 1 FROM wandb_history h WHERE h."row" ? 'loss'"#).unwrap().row_count() == 1
    );
}

#[test]
fn a_size_was_reached_when_its_last_entry_was_recorded() {
    // Entries 0 and 1 at the start, two commits, then one that stops.
    let row = |step| history_row("a", step, "{}");
    let session = Scratch::with(vec![vec![row(0), row(1)], vec![row(2)]]).session();
    let one = |call: &str| rows(&session, &format!("SELECT {call}")).remove(0);
    let calls =
        "recorded_at(1), recorded_at(2), recorded_at(3), recorded_at(4), recorded_at(5), recorded_at(6)";
    let minute = |minute: u64| format!("2026-01-01T00:0{minute}:00Z");
    assert_eq!(one(calls), [0, 0, 1, 1, 2, 3].map(minute).join("|"));
    assert_eq!(one("recorded_at(0), recorded_at(7), recorded_at(-1), recorded_at(null)"), "|||");
    let all = "SELECT count(*), bool_and(recorded_at(log_index + 1) = recorded_at) FROM events";
    assert_eq!(rows(&session, all), ["6|true"]);
    assert_eq!(ask(&session, "SELECT recorded_at(5)").unwrap().volatile, [""; 0]);
    for call in ["recorded_at('5')", "recorded_at(5.5)", "recorded_at()", "recorded_at(5, 6)"] {
        let refusal = refusal(&session, &format!("SELECT {call}"));
        assert!(refusal.contains("recorded_at takes a size of the log"), "{call}: {refusal}");
    }
}

#[test]
fn sizes_are_found_in_any_order_across_segments() {
    let seed = std::env::var("ANNALS_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("ANNALS_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let filler = |random: &mut fastrand::Rng| {
        let noise: String = (0..2_000).map(|_| random.alphanumeric()).collect();
        history_row("a", 0, &format!("{{\"noise\":\"{noise}\"}}"))
    };
    let commits = (0..30).map(|_| (0..random.usize(1..4)).map(|_| filler(&mut random)).collect());
    let commits: Vec<Vec<_>> = commits.collect();
    let mut expected = vec![START_MS; 2];
    for (minute, commit) in (1..).zip(&commits) {
        expected.extend(commit.iter().map(|_| START_MS + minute * STEP_MS));
    }
    let scratch = Scratch::with(commits);
    let session = scratch.session();
    assert!(rows(&session, "SELECT file FROM system.segments").len() > 2);
    let mut sizes: Vec<usize> = (1..=expected.len()).collect();
    random.shuffle(&mut sizes);
    for size in sizes {
        let sql = format!("SELECT recorded_at({size})::bigint");
        assert_eq!(rows(&session, &sql), [expected[size - 1].to_string()], "{size}");
    }
}
