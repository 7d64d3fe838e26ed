//! The signature in a run's config, by upstream's own rule of acceptance.

use annals_log::json::{Text, Value};
use annals_log::{RunConfig, RunIdSignature};
use sha2::{Digest as _, Sha256};
use sp_core::crypto::Ss58Codec as _;
use sp_core::sr25519;

use crate::keypair::signed;

/// What `verify_run` of upstream's `compute/wandb/wandb.py` says: the hotkey's sr25519 signature over the SHA-256 of
/// the run id, in hex as Python's `bytes.fromhex` reads it. A hotkey counts under any SS58 prefix. Upstream tells
/// [`RunIdSignature::Valid`] from the rest, and nothing more.
pub(crate) fn verdict(run_id: &Text, config: &RunConfig) -> RunIdSignature {
    let present = |key| config.get(key).filter(|value| value.is_truthy());
    match (present("hotkey"), present("signature")) {
        (Some(hotkey), Some(signature)) => match (public_key(hotkey), signature_bytes(signature)) {
            (Some(hotkey), Some(signature)) if signs(&hotkey, &signature, run_id) => RunIdSignature::Valid,
            (Some(_), Some(_)) => RunIdSignature::Wrong,
            _ => RunIdSignature::Malformed,
        },
        _ => RunIdSignature::Absent,
    }
}

/// A config as far as signatures go: in one that cannot be read there is none.
pub(crate) fn read_config(config: Option<&Text>) -> RunConfig {
    config.and_then(|text| RunConfig::read(text).ok()).unwrap_or_default()
}

fn signs(hotkey: &sr25519::Public, signature: &sr25519::Signature, run_id: &Text) -> bool {
    signed(hotkey, signature, &Sha256::digest(run_id.as_bytes()))
}

fn public_key(hotkey: &Value) -> Option<sr25519::Public> {
    let address = hotkey.as_text()?.as_str()?;
    sr25519::Public::from_ss58check_with_version(address).ok().map(|(key, _)| key)
}

fn signature_bytes(signature: &Value) -> Option<sr25519::Signature> {
    let bytes = from_hex(signature.as_text()?.as_bytes())?;
    sr25519::Signature::try_from(bytes.as_slice()).ok()
}

/// Python's `bytes.fromhex`: digits of either case; ASCII white space before, between and after the pairs, not within.
fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut rest = text;
    loop {
        rest = rest.trim_ascii_start();
        // Python's white space has the vertical tab too.
        while let [0x0b, after @ ..] = rest {
            rest = after.trim_ascii_start();
        }
        match rest {
            [] => return Some(bytes),
            [high, low, after @ ..] => {
                let digit = |digit: u8| char::from(digit).to_digit(16);
                bytes.push(
                    u8::try_from(digit(*high)? << 4 | digit(*low)?).expect("two hex digits are a byte"),
                );
                rest = after;
            }
            [_] => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_as_python_does() {
        assert_eq!(from_hex(b"00fF"), Some(vec![0, 255]));
        assert_eq!(from_hex(b" 00 \t\n\r\x0b\x0cff "), Some(vec![0, 255]));
        assert_eq!(from_hex(b""), Some(Vec::new()));
        for wrong in [&b"0"[..], b"0 0", b"0x00", b"00f", b"gg", b"\xc2\xa000"] {
            assert_eq!(from_hex(wrong), None, "{wrong:?}");
        }
    }
}
