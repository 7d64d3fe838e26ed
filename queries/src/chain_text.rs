//! How the chain's users write its bytes: accounts as SS58 addresses, all else as `0x` and hex.

use annals_log::Account;
use sp_core::crypto::{AccountId32, Ss58AddressFormat, Ss58Codec as _};

/// SS58 has prefixes of 14 bits.
const PREFIX_MAX: u16 = (1 << 14) - 1;

/// With prefix 42.
pub(crate) fn address(key: [u8; 32]) -> String {
    Account(key).address()
}

/// `None` for what is no prefix.
pub(crate) fn address_with(key: [u8; 32], prefix: u16) -> Option<String> {
    let format = (prefix <= PREFIX_MAX).then(|| Ss58AddressFormat::custom(prefix))?;
    Some(AccountId32::new(key).to_ss58check_with_version(format))
}

/// The key in an address, and its prefix, which may be any.
pub(crate) fn key_and_prefix(address: &str) -> Option<([u8; 32], u16)> {
    Account::of_address(address).map(|(account, prefix)| (account.0, prefix))
}

/// With `0x` in front.
pub(crate) fn hex(bytes: &[u8]) -> String {
    format!("0x{}", digits(bytes))
}

/// Nothing in front.
pub(crate) fn digits(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).expect("half a byte is a digit");
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect()
}

/// With or without `0x`, in either case.
pub(crate) fn key_of_hex(hex: &str) -> Option<[u8; 32]> {
    let digits = hex.strip_prefix("0x").unwrap_or(hex).as_bytes();
    let (pairs, rest) = digits.as_chunks::<2>();
    let byte = |pair: &[u8; 2]| {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()
    };
    let bytes: Vec<u8> = pairs.iter().map(byte).collect::<Option<_>>()?;
    rest.is_empty().then(|| bytes.try_into().ok())?
}
