//! Functions: SS58 and JSON; `block_time` is with the chain.

use crate::scratch::{Scratch, ask, history_row, rows};

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
