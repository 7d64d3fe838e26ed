//! Writes and reads accounts as SS58 addresses, as upstream does.

use annals_log::Account;
use sp_core::crypto::{AccountId32, Ss58AddressFormat, Ss58Codec as _};

/// The prefix of every address that Bittensor writes.
const PREFIX: u16 = 42;
/// An address of 32 bytes has at most 50; base58 takes time by the square of the length.
const ADDRESS_BYTES_MAX: usize = 64;

/// Returns the address with prefix 42.
pub(crate) fn ss58_of(account: &Account) -> String {
    AccountId32::new(account.0).to_ss58check_with_version(Ss58AddressFormat::custom(PREFIX))
}

/// Returns the account of an address, whatever its prefix; `None` when the text is not an address.
pub(crate) fn account_of(address: &str) -> Option<Account> {
    let address = (address.len() <= ADDRESS_BYTES_MAX).then_some(address)?;
    let (account, _) = AccountId32::from_ss58check_with_version(address).ok()?;
    Some(Account(account.into()))
}
