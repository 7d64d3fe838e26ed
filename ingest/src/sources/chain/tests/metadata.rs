//! Metadata as it comes from a node that means harm.

use subxt::ext::codec::Encode as _;
use subxt::ext::frame_metadata::v14::RuntimeMetadataV14;

use super::types::made_of;
use crate::sources::chain::question::RuntimeVersion;
use crate::sources::chain::runtime::{Runtime, versions_in};

fn read(bytes: Vec<u8>) -> Result<Runtime, String> {
    Runtime::of(&RuntimeVersion { spec_name: "made".into(), spec_version: 1, transaction_version: 1 }, bytes)
}

fn bytes_of(made: &RuntimeMetadataV14) -> Vec<u8> {
    [b"meta".to_vec(), vec![14], made.encode()].concat()
}

#[test]
fn sound_metadata_is_read() {
    let runtime = read(bytes_of(&made_of::<u8>())).unwrap();
    assert_eq!((runtime.told.spec_version, runtime.told.metadata_version), (1, 14));
}

/// subxt panics on it: it takes a type's id for its place.
#[test]
fn a_type_that_is_not_at_its_place_is_refused() {
    let mut made = made_of::<u8>();
    for one in &mut made.types.types {
        one.id += 5_000_000;
    }
    let refused = read(bytes_of(&made)).err().unwrap();
    assert_eq!(refused, "the metadata names types or extensions that it does not have");
}

#[test]
fn what_only_begins_like_metadata_is_refused() {
    let sound = bytes_of(&made_of::<u8>());
    for cut in 0..sound.len() {
        assert!(read(sound[..cut].to_vec()).is_err(), "{cut}");
    }
    // Types without end, of which none is there.
    assert!(read([b"meta", &[14][..], &[0xfe, 0xff, 0xff, 0xff]].concat()).is_err());
    assert!(read([b"meta", &[14][..], &[0x13], &[0xff; 8]].concat()).is_err());
}

#[test]
fn versions_of_metadata_that_are_cut_are_none() {
    assert_eq!(versions_in(&[8, 14, 0, 0, 0, 15, 0, 0, 0]), [14, 15]);
    for none in
        [&[][..], &[8, 14, 0, 0, 0], &[12, 14, 0, 0, 0, 15, 0, 0, 0], &[0xfe, 0xff, 0xff, 0xff], &[0x13; 9]]
    {
        assert!(versions_in(none).is_empty());
    }
}
