//! Hotkey files as Bittensor's wallets write them: JSON, without a password.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use annals_log::{Hotkey, HotkeySigner};
use serde::Deserialize;
use sp_core::crypto::{ExposeSecret as _, Pair as _, SecretString, Zeroize as _};
use sp_core::sr25519;

use super::given::pair;
use crate::failure::Failure;
use crate::terminal::say;

const FILE_BYTES_MAX: usize = 64 << 10;
/// How files with a password begin: `NaCl`, Ansible Vault, and Fernet before both.
const ENCRYPTED: [&[u8]; 3] = [b"$NACL", b"$ANSIBLE_VAULT", b"gAAAAA"];

/// Borrowed, so that no secret is copied on the way.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyFile<'a> {
    secret_seed: Option<&'a str>,
    secret_phrase: Option<&'a str>,
    /// All that is left of a key that was derived by a URI.
    private_key: Option<&'a str>,
    ss58_address: Option<&'a str>,
}

/// The hotkey in a file. Says so when others may read it.
pub(super) fn read(path: &Path) -> Result<HotkeySigner, Failure> {
    let text = read_text(path).map_err(|error| Failure::input(path, &error))?;
    let text = text.map_err(|what| Failure::Usage(what.to_owned()).at(path))?;
    parse(text.expose_secret()).map_err(|what| Failure::Usage(what).at(path))
}

/// The text, or why it is none of a hotkey.
fn read_text(path: &Path) -> io::Result<Result<SecretString, &'static str>> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let mode = metadata.permissions().mode() & 0o777;
    if metadata.is_file() && ![0o600, 0o400].contains(&mode) {
        let path = path.display();
        say(&format!("{path} has mode {mode:o}: whoever may read it can sign with it. `chmod 600 {path}`"));
    }
    // With room for all of it: no copy is left behind by growing.
    let mut bytes = Vec::with_capacity(FILE_BYTES_MAX + 1);
    file.take(FILE_BYTES_MAX as u64).read_to_end(&mut bytes)?;
    if ENCRYPTED.iter().any(|start| bytes.starts_with(start)) {
        return Ok(Err(
            "this key has a password, so it is a coldkey or kept like one. annals signs unattended, with a hotkey: `btcli \
             wallet new-hotkey` makes one without",
        ));
    }
    Ok(String::from_utf8(bytes).map(SecretString::new).map_err(|error| {
        error.into_bytes().zeroize();
        NO_KEYFILE
    }))
}

const NO_KEYFILE: &str =
    "this is no hotkey file: JSON with a secretSeed or secretPhrase, as `btcli wallet new-hotkey` writes it";

fn parse(text: &str) -> Result<HotkeySigner, String> {
    // What is wrong with it is not said: that could repeat a secret.
    let file: KeyFile<'_> = serde_json::from_str(text).map_err(|_| NO_KEYFILE.to_owned())?;
    let pair = match (file.secret_seed.or(file.secret_phrase), file.private_key) {
        (Some(secret), _) => pair(secret),
        (None, Some(key)) => expanded(key),
        (None, None) => return Err("this file has a public key alone, and nothing to sign with".to_owned()),
    };
    let signer = pair.map(HotkeySigner::new).ok_or("the secret in this file is none of sr25519")?;
    match file.ss58_address {
        Some(address) if address.parse::<Hotkey>().ok().as_ref() != Some(signer.hotkey()) => {
            let hotkey = signer.hotkey();
            Err(format!(
                "this file contradicts itself: its secret is that of {hotkey}, and it says {address:?}"
            ))
        }
        _ => Ok(signer),
    }
}

/// Of a secret key's 64 bytes, in hex.
fn expanded(key: &str) -> Option<sr25519::Pair> {
    let mut bytes = sp_core::bytes::from_hex(key).ok()?;
    let pair = sr25519::Pair::from_seed_slice(&bytes).ok();
    bytes.zeroize();
    pair
}

#[cfg(test)]
mod tests {
    use sp_core::hexdisplay::HexDisplay;

    use super::*;

    /// As `btcli wallet new-hotkey` wrote it; the mnemonic is the one that all development keys come from.
    const PHRASE: &str = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
    const SEED: &str = "0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e";
    const ADDRESS: &str = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV";

    fn address_of(text: &str) -> Result<String, String> {
        parse(text).map(|signer| signer.hotkey().to_string())
    }

    #[test]
    fn each_form_of_the_secret_gives_the_same_hotkey() {
        let private = HexDisplay::from(&pair(SEED).unwrap().to_raw_vec()).to_string();
        for secret in [
            format!(r#""secretSeed": "{SEED}""#),
            format!(r#""secretPhrase": "{PHRASE}", "secretSeed": null"#),
            format!(
                r#""accountId": "0x46", "publicKey": "0x46", "secretPhrase": "{PHRASE}", "secretSeed": "{SEED}""#
            ),
            format!(r#""privateKey": "0x{private}""#),
        ] {
            let with = format!(r#"{{{secret}, "ss58Address": "{ADDRESS}"}}"#);
            assert_eq!(address_of(&with).as_deref(), Ok(ADDRESS), "{secret}");
            assert_eq!(address_of(&format!("{{{secret}}}")).as_deref(), Ok(ADDRESS), "{secret}");
        }
    }

    #[test]
    fn what_is_no_hotkey_is_refused_without_a_word_of_it() {
        let bob = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
        for (text, why) in [
            (SEED.to_owned(), "no hotkey file"),
            (format!(r#"{{"secretSeed": [{SEED:?}]}}"#), "no hotkey file"),
            (format!(r#"{{"ss58Address": "{ADDRESS}"}}"#), "public key alone"),
            (format!(r#"{{"secretSeed": "{}"}}"#, &SEED[..60]), "none of sr25519"),
            (format!(r#"{{"secretPhrase": "{PHRASE} walk"}}"#), "none of sr25519"),
            (format!(r#"{{"secretSeed": "{SEED}", "ss58Address": "{bob}"}}"#), "contradicts itself"),
        ] {
            let what = address_of(&text).expect_err(&text);
            assert!(what.contains(why), "{text}: {what}");
            assert!(!what.contains("fac7959") && !what.contains("bottom"), "{what}");
        }
    }
}
