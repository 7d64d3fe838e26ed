//! SCALE values: what is there is shown, and what is only claimed costs nothing.

use annals_log::Account;
use parity_scale_codec::{Compact, Encode};
use scale_info::form::PortableForm;
use scale_info::{Field, TypeInfo};
use sp_core::crypto::AccountId32;
use sp_crypto_hashing::blake2_256;

use super::types::{RuntimeCall, metadata_of};
use crate::sources::chain::scale::{Noticed, ScaleError, Walk, account_of};

/// Shows a value of a type, of which no byte may be left.
fn shown<T: TypeInfo + 'static>(bytes: &[u8]) -> Result<(String, Noticed), ScaleError> {
    let (metadata, id) = metadata_of::<T>();
    let mut walk = Walk::over(&metadata, bytes);
    let shown = walk.show(id)?;
    assert!(walk.input.rest().is_empty());
    let mut walk = Walk::over(&metadata, bytes);
    walk.skip(id).unwrap();
    assert!(walk.input.rest().is_empty(), "what is skipped is as long as what is shown");
    Ok(shown)
}

fn text<T: TypeInfo + Encode + 'static>(value: &T) -> String {
    shown::<T>(&value.encode()).unwrap().0
}

/// Both ways over what is no value.
fn refused<T: TypeInfo + 'static>(bytes: &[u8]) -> ScaleError {
    let (metadata, id) = metadata_of::<T>();
    let shown = Walk::over(&metadata, bytes).show(id).unwrap_err();
    assert_eq!(Walk::over(&metadata, bytes).skip(id), Err(shown.clone()));
    shown
}

#[test]
fn integers_are_shown_whole() {
    assert_eq!(text(&(u8::MAX, u16::MAX, u32::MAX, u64::MAX)), "[255,65535,4294967295,18446744073709551615]");
    assert_eq!(text(&u128::MAX), "340282366920938463463374607431768211455");
    assert_eq!(
        text(&(i8::MIN, i16::MIN, i32::MIN, i64::MIN)),
        "[-128,-32768,-2147483648,-9223372036854775808]"
    );
    assert_eq!(text(&i128::MIN), "-170141183460469231731687303715884105728");
    assert_eq!(text(&(true, false)), "[true,false]");
}

#[test]
fn compact_integers_are_shown_at_every_width() {
    for value in [
        0,
        63,
        64,
        (1 << 14) - 1,
        1 << 14,
        (1 << 30) - 1,
        1 << 30,
        u128::from(u32::MAX),
        1 << 40,
        u128::from(u64::MAX),
        1 << 100,
        u128::MAX,
    ] {
        let bytes = Compact(value).encode();
        assert_eq!(shown::<Compact<u128>>(&bytes).unwrap().0, value.to_string());
        for cut in 0..bytes.len() {
            assert_eq!(refused::<Compact<u128>>(&bytes[..cut]), ScaleError::TooShort, "{value}");
        }
    }
    // Longer than need be, which a node accepts.
    assert_eq!(shown::<Compact<u128>>(&[0b0000_0101, 0]).unwrap().0, "1");
    // Of 17 bytes, and of 67.
    for first in [0b0011_0111, 0xff] {
        assert_eq!(
            refused::<Compact<u128>>(&[&[first][..], &[1; 67]].concat()),
            ScaleError::Malformed("compact")
        );
    }
}

#[test]
fn accounts_are_shown_as_bittensor_writes_them() {
    let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    let key = account_of(alice).unwrap();
    assert_eq!(hex::encode(key), "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d");
    assert_eq!(Account(key).address(), alice);
    assert_eq!(shown::<AccountId32>(&key).unwrap().0, format!("\"{alice}\""));
    assert_eq!(refused::<AccountId32>(&key[..31]), ScaleError::TooShort);
    for none in [
        "",
        "5Grw",
        &alice.replace('Q', "R"),
        "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d0",
    ] {
        assert_eq!(account_of(none), None, "{none}");
    }
}

#[test]
fn what_may_be_missing_is_null() {
    assert_eq!(text(&(None::<u16>, Some(7_u16))), "[null,7]");
    assert_eq!(refused::<Option<u16>>(&[2, 0, 0]), ScaleError::NoVariant("Option".into(), 2));
}

#[test]
fn what_is_no_value_of_its_type_is_refused() {
    assert_eq!(refused::<bool>(&[2]), ScaleError::Malformed("bool"));
    assert_eq!(refused::<String>(&[8, 0xc3, 0x28]), ScaleError::Malformed("str"));
    assert_eq!(refused::<RuntimeCall>(&[1]), ScaleError::NoVariant("runtime::RuntimeCall".into(), 1));
    assert_eq!(refused::<u64>(&[0; 7]), ScaleError::TooShort);
    let (metadata, _) = metadata_of::<u8>();
    assert_eq!(Walk::over(&metadata, &[0]).skip(99_999), Err(ScaleError::NoType(99_999)));
}

#[test]
fn texts_and_names_are_shown_as_json() {
    assert_eq!(text(&"a \"quoted\"\n\u{1}".to_owned()), r#""a \"quoted\"\n\u0001""#);
    let remark = [&[7, 8][..], b"hi"].concat();
    let (text, noticed) = shown::<RuntimeCall>(&remark).unwrap();
    assert_eq!(text, r#"{"System":{"remark":"0x6869"}}"#);
    assert_eq!(noticed.called, ["System"]);
}

#[test]
fn long_bytes_are_shown_by_their_digest() {
    assert_eq!(text(&vec![7_u8; 1024]), format!("\"0x{}\"", "07".repeat(1024)));
    let long = vec![7_u8; 1025];
    let digest = hex::encode(blake2_256(&long));
    assert_eq!(text(&long), format!(r#"{{"length":1025,"blake2_256":"0x{digest}"}}"#));
}

#[test]
fn calls_inside_of_calls_are_noticed() {
    let inner = [&[7, 8][..], b"hi"].concat();
    let batch = [&[0, 8][..], &inner, &[0, 4], &inner].concat();
    let (_, noticed) = shown::<RuntimeCall>(&batch).unwrap();
    assert_eq!(noticed.called, ["Utility", "System"], "each once, however often");
}

/// On a stack as small as that of any thread.
#[test]
fn calls_nested_without_end_are_refused() {
    for depth in [200, 100_000] {
        let nested = [0, 4].repeat(depth);
        assert_eq!(refused::<RuntimeCall>(&nested), ScaleError::TooLarge, "{depth}");
    }
    let nested = [[0, 4].repeat(30), vec![7, 0]].concat();
    let (text, _) = shown::<RuntimeCall>(&nested).unwrap();
    assert_eq!(text.matches("Utility").count(), 30);
}

#[test]
fn items_without_bytes_are_counted() {
    assert_eq!(text(&vec![(), (), ()]), "[[],[],[]]");
    for count in [u64::from(u32::MAX), u64::MAX] {
        assert_eq!(refused::<Vec<()>>(&Compact(count).encode()), ScaleError::TooLarge);
        assert_eq!(
            refused::<Vec<Vec<()>>>(&[vec![4], Compact(count).encode()].concat()),
            ScaleError::TooLarge
        );
    }
    assert_eq!(refused::<[(); 4_000_000_000]>(&[]), ScaleError::TooLarge);
}

#[test]
fn a_length_that_is_only_claimed_takes_no_memory() {
    for count in [5, 1 << 30, 1 << 40, u64::MAX] {
        let bytes = [Compact(count).encode(), vec![1; 4]].concat();
        assert_eq!(refused::<Vec<u8>>(&bytes), ScaleError::TooShort);
        assert_eq!(refused::<Vec<u16>>(&bytes), ScaleError::TooShort);
        assert_eq!(refused::<String>(&bytes), ScaleError::TooShort);
        assert_eq!(refused::<Vec<AccountId32>>(&bytes), ScaleError::TooShort);
    }
    // More than a machine can address.
    assert_eq!(refused::<Vec<u8>>(&Compact(u128::MAX).encode()), ScaleError::TooShort);
}

/// Fields of a value of a type.
fn fields_of<T: TypeInfo + 'static>(
    bytes: &[u8],
    text_bytes_max: usize,
) -> Result<(Option<String>, usize), ScaleError> {
    let (metadata, id) = metadata_of::<T>();
    let field: Field<PortableForm> = Field { name: None, ty: id.into(), type_name: None, docs: vec![] };
    let mut walk = Walk::over(&metadata, bytes);
    let shown = walk.show_fields(&[field], text_bytes_max)?;
    assert_eq!(shown.bytes.len() + walk.input.rest().len(), bytes.len());
    Ok((shown.text, shown.bytes.len()))
}

#[test]
fn fields_that_take_too_much_as_text_are_walked_over() {
    let bytes = [(0..1000).map(|_| u16::MAX).collect::<Vec<_>>().encode(), vec![7; 9]].concat();
    for (text_bytes_max, is_shown) in [(6003, true), (6002, false), (0, false)] {
        let (text, length) = fields_of::<Vec<u16>>(&bytes, text_bytes_max).unwrap();
        assert_eq!((text.is_some(), length), (is_shown, 2002), "{text_bytes_max}");
    }
    // One text is never longer than any of a block, whatever room there is.
    let long = vec![u16::MAX; 1_500_000].encode();
    assert_eq!(fields_of::<Vec<u16>>(&long, usize::MAX), Ok((None, long.len())));
    let error = fields_of::<Vec<u16>>(&bytes[..100], 5).unwrap_err();
    assert_eq!(error, ScaleError::TooShort, "what is not there is not too large");
}

#[test]
fn values_have_a_bound_by_the_bytes_that_they_are_made_of() {
    let (metadata, id) = metadata_of::<Vec<bool>>();
    let million = [Compact(1_000_000_u32).encode(), vec![0; 1_000_000]].concat();
    let two = million.repeat(2);
    let mut walk = Walk::over(&metadata, &two);
    assert_eq!([walk.skip(id), walk.skip(id)], [Ok(()), Ok(())]);
    let (metadata, id) = metadata_of::<Vec<()>>();
    let two_thousand = Compact(2_000_u32).encode().repeat(3);
    let mut walk = Walk::over(&metadata, &two_thousand);
    assert_eq!([walk.skip(id), walk.skip(id)], [Ok(()), Ok(())]);
    assert_eq!(walk.skip(id), Err(ScaleError::TooLarge));
}
