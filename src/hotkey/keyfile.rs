//! Hotkey files as Bittensor's wallets write them: JSON, without a password.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use annals_log::{Hotkey, HotkeySigner};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use sp_core::crypto::{ExposeSecret as _, Pair as _, SecretString, Zeroize as _};
use sp_core::sr25519;

use super::development;
use super::pair::pair;
use crate::failure::Failure;
use crate::secret_file::warn_of_mode;

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
    /// Which kind of key it is, in newer files: a number, as substrate-interface counts them, or a name.
    crypto_type: Option<Value>,
    /// Of exports of polkadot-js alone.
    encoded: Option<IgnoredAny>,
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
    warn_of_mode(path, &file.metadata()?);
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

const EXPORT: &str = "this is an export of polkadot-js, under its own password: `btcli wallet regen-hotkey` makes a hotkey file of it";
const ESCAPED: &str = "this is no hotkey file that can be read: a text in it is written with a backslash";
const DEVELOPMENT: &str = "this file holds a development key, which the whole world has: whoever signs with it is anybody. \
     To try things out, name it on the command line, as //Alice; `btcli wallet new-hotkey` makes a hotkey of one's own";

fn parse(text: &str) -> Result<HotkeySigner, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // What is wrong with it is not said: that could repeat a secret.
    let unread = |_| if text.contains('\\') { ESCAPED } else { NO_KEYFILE };
    let file: KeyFile<'_> = serde_json::from_str(text).map_err(unread)?;
    file.check_crypto_type()?;
    let secret = given(file.secret_seed).or(given(file.secret_phrase));
    let pair = match (secret, given(file.private_key)) {
        (Some(secret), _) if development::is_phrase_of(secret) => return Err(DEVELOPMENT.to_owned()),
        (Some(secret), _) if is_hex(secret) => of_hex(secret),
        (Some(secret), _) => pair(secret),
        (None, Some(key)) => of_hex(key),
        (None, None) if file.encoded.is_some() => return Err(EXPORT.to_owned()),
        (None, None) => return Err("this file has a public key alone, and nothing to sign with".to_owned()),
    };
    let pair = pair.ok_or("the secret in this file is none of sr25519")?;
    if development::is_key(&pair.public()) {
        return Err(DEVELOPMENT.to_owned());
    }
    let signer = HotkeySigner::new(pair);
    match given(file.ss58_address) {
        Some(address) if address.parse::<Hotkey>().ok().as_ref() != Some(signer.hotkey()) => {
            let hotkey = signer.hotkey();
            Err(format!(
                "this file contradicts itself: its secret is that of {hotkey}, and it says {address:?}"
            ))
        }
        _ => Ok(signer),
    }
}

impl KeyFile<'_> {
    /// A secret makes a key of any kind: only the file says which was meant.
    fn check_crypto_type(&self) -> Result<(), String> {
        let kind = match &self.crypto_type {
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(name)) => name.trim().to_ascii_lowercase(),
            _ => return Ok(()),
        };
        let kind = match kind.as_str() {
            "0" | "ed25519" => "ed25519 (cryptoType 0)",
            "2" | "ecdsa" => "ecdsa (cryptoType 2)",
            _ => return Ok(()),
        };
        Err(format!(
            "the key in this file is {kind}, and a hotkey is sr25519: `btcli wallet new-hotkey` makes such a one"
        ))
    }
}

/// Tools write an empty member where they have nothing. To Substrate's libraries an empty secret is the development
/// phrase.
fn given(member: Option<&str>) -> Option<&str> {
    member.map(str::trim).filter(|text| !text.is_empty() && *text != "0x")
}

/// Of a seed as some tools write it, without 0x.
fn is_hex(secret: &str) -> bool {
    secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Of a seed's 32 bytes or a secret key's 64, in hex.
fn of_hex(key: &str) -> Option<sr25519::Pair> {
    let mut bytes = sp_core::bytes::from_hex(key).ok()?;
    let pair = sr25519::Pair::from_seed_slice(&bytes).ok();
    bytes.zeroize();
    pair
}

#[cfg(test)]
mod tests {
    use sp_core::hexdisplay::HexDisplay;

    use super::*;

    /// The second mnemonic of BIP-39's own test vectors.
    const PHRASE: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    const SEED: &str = "0x6fa2796b0071cac425d8a7851038318c2c37dcebfe4bae73197ce93e75909bd2";
    const ADDRESS: &str = "5EHgWw2Af1pnoc7f1A8bfmM97W3DAYW8xr82RfhLL9oAabAe";

    fn address_of(text: &str) -> Result<String, String> {
        parse(text).map(|signer| signer.hotkey().to_string())
    }

    #[test]
    fn each_form_of_the_secret_gives_the_same_hotkey() {
        let private = HexDisplay::from(&pair(SEED).unwrap().to_raw_vec()).to_string();
        for secret in [
            format!(r#""secretSeed": "{SEED}""#),
            format!(r#""secretSeed": "{}""#, &SEED[2..]),
            format!(r#""secretPhrase": "{PHRASE}", "secretSeed": null"#),
            format!(
                r#""accountId": "0x46", "publicKey": "0x46", "secretPhrase": "{PHRASE}", "secretSeed": "{SEED}""#
            ),
            format!(r#""privateKey": "0x{private}""#),
            format!(r#""privateKey": "{private}", "cryptoType": 1"#),
            format!(r#""secretSeed": "{SEED}", "cryptoType": "sr25519""#),
        ] {
            let with = format!(r#"{{{secret}, "ss58Address": "{ADDRESS}"}}"#);
            assert_eq!(address_of(&with).as_deref(), Ok(ADDRESS), "{secret}");
            assert_eq!(address_of(&format!("{{{secret}}}")).as_deref(), Ok(ADDRESS), "{secret}");
            assert_eq!(address_of(&format!("\u{feff}{{{secret}}}\r\n")).as_deref(), Ok(ADDRESS), "{secret}");
        }
    }

    #[test]
    fn an_empty_member_counts_as_absent() {
        let private = HexDisplay::from(&pair(SEED).unwrap().to_raw_vec()).to_string();
        for empty in ["", " ", "\u{3000}", "0x"] {
            for secret in [
                format!(r#""secretSeed": "{empty}", "secretPhrase": "{PHRASE}", "privateKey": "{empty}""#),
                format!(r#""secretSeed": "{SEED}", "secretPhrase": "{empty}""#),
                format!(r#""secretSeed": "{empty}", "secretPhrase": "{empty}", "privateKey": "0x{private}""#),
            ] {
                let text = format!(r#"{{{secret}, "ss58Address": "{empty}", "cryptoType": "{empty}"}}"#);
                assert_eq!(address_of(&text).as_deref(), Ok(ADDRESS), "{text}");
            }
            for nothing in [
                format!(r#"{{"secretSeed": "{empty}"}}"#),
                format!(r#"{{"secretPhrase": "{empty}", "privateKey": "{empty}"}}"#),
            ] {
                let what = address_of(&nothing).expect_err(&nothing);
                assert!(what.contains("public key alone"), "{nothing}: {what}");
            }
        }
    }

    #[test]
    fn a_development_key_is_never_taken_from_a_file() {
        let phrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
        let spaced = phrase.replace(' ', "  ");
        let private = |uri: &str| HexDisplay::from(&pair(uri).unwrap().to_raw_vec()).to_string();
        for (member, secret) in [
            ("secretPhrase", phrase),
            ("secretPhrase", &spaced),
            ("secretPhrase", &format!("{phrase}//1")),
            ("secretPhrase", "//Alice"),
            ("secretPhrase", "/soft"),
            ("secretSeed", "//Alice"),
            ("secretSeed", "///password"),
            ("secretSeed", "0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e"),
            ("secretSeed", "fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e"),
            // Alice's own, without a word of where it came from.
            ("secretSeed", "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a"),
            ("privateKey", &private("//Ferdie")),
            ("privateKey", &private("//Bob//stash")),
        ] {
            let what = address_of(&format!("{{{member:?}: {secret:?}}}")).expect_err(secret);
            assert!(what.contains("the whole world has") && what.contains("//Alice"), "{secret}: {what}");
        }
    }

    #[test]
    fn what_is_no_hotkey_is_refused_without_a_word_of_it() {
        let bob = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
        let ed25519 = "the key in this file is ed25519 (cryptoType 0)";
        for (text, why) in [
            (SEED.to_owned(), "no hotkey file"),
            (format!(r#"{{"secretSeed": [{SEED:?}]}}"#), "no hotkey file"),
            (format!(r#"{{"ss58Address": "{ADDRESS}"}}"#), "public key alone"),
            (format!(r#"{{"secretSeed": "{}"}}"#, &SEED[..60]), "none of sr25519"),
            (format!(r#"{{"secretPhrase": "{PHRASE} walk"}}"#), "none of sr25519"),
            (format!(r#"{{"secretSeed": "{SEED}", "ss58Address": "{bob}"}}"#), "contradicts itself"),
            (format!(r#"{{"secretSeed": "{SEED}", "cryptoType": 0}}"#), ed25519),
            (format!(r#"{{"secretSeed": "{SEED}", "cryptoType": "0", "ss58Address": "{bob}"}}"#), ed25519),
            (format!(r#"{{"secretPhrase": "{PHRASE}", "cryptoType": "Ed25519"}}"#), ed25519),
            (format!(r#"{{"secretPhrase": "{PHRASE}", "cryptoType": 2}}"#), "ecdsa (cryptoType 2)"),
            (format!(r#"{{"secretPhrase": "{}"}}"#, PHRASE.replace(' ', "\\u0020")), "with a backslash"),
            (
                format!(
                    r#"{{"encoded": "MFMCAQEw", "encoding": {{"content": ["pkcs8", "sr25519"],
                    "type": ["scrypt", "xsalsa20-poly1305"], "version": "3"}}, "address": "{ADDRESS}", "meta": {{}}}}"#
                ),
                "export of polkadot-js",
            ),
        ] {
            let what = address_of(&text).expect_err(&text);
            assert!(what.contains(why), "{text}: {what}");
            assert!(!what.contains(&SEED[2..9]) && !what.contains("winner"), "{what}");
        }
    }
}
