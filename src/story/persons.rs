//! The persons of a story: hotkeys by the names that it gives them.

use annals_log::Hotkey;
use sp_core::crypto::Pair as _;
use sp_core::sr25519;

use super::file::Name;
use super::mistake::Mistake;
use crate::hotkey::{DEVELOPMENT, of_development};

/// Returns the address of a hotkey: `//Name`, or an address as it stands.
pub(super) fn address(name: &Name) -> Result<String, Mistake> {
    address_of(name.get_ref()).map_err(|what| Mistake::of(name, what))
}

/// Returns the addresses of a list.
pub(super) fn addresses(names: &[Name]) -> Result<Vec<String>, Mistake> {
    names.iter().map(address).collect()
}

/// Returns the key of a hotkey that signs.
pub(super) fn pair(name: &Name) -> Result<sr25519::Pair, Mistake> {
    of_development(name.get_ref()).ok_or_else(|| {
        let what = "signs in the story, so it is named as //Validator0: of such names everybody has the key";
        Mistake::of(name, format!("{:?} {what}", name.get_ref()))
    })
}

/// Returns the uid that a key is.
pub(super) fn uid(key: &Name) -> Result<u16, Mistake> {
    let wrong = |_| Mistake::of(key, format!("{:?} is no uid: one is a number up to 65535", key.get_ref()));
    key.get_ref().parse().map_err(wrong)
}

/// The address that a text names.
///
/// # Errors
/// In words: it names none.
pub(super) fn address_of(text: &str) -> Result<String, String> {
    let is_address = || text.parse::<Hotkey>().is_ok();
    let address = if is_development(text) {
        of_development(text).map(|pair| Hotkey::from(pair.public()).address().to_owned())
    } else {
        is_address().then(|| text.to_owned())
    };
    address.ok_or_else(|| format!("{text:?} is no hotkey: one is named as //Miner7, or by its address"))
}

/// Whether a text names a development key.
pub(super) fn is_development(text: &str) -> bool {
    text.starts_with(DEVELOPMENT)
}

/// The id of a hotkey's first run: the letters and digits of its name.
pub(super) fn run_id_of(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
