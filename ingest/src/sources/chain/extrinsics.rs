//! Extrinsics of a block, by the metadata of the runtime that executed it.

use annals_log::{CallOutcome, ChainCall, ChainExtrinsic, ToldExtrinsic};
use sp_crypto_hashing::blake2_256;
use subxt::Metadata;
use subxt::ext::frame_decode::extrinsics::ExtrinsicTypeInfo as _;

use super::events::Events;
use super::listing::Listing;
use super::scale::{ScaleError, Walk, account_of};
use super::watch::Watch;

/// An extrinsic, taken apart.
pub(super) struct Extrinsic<'a> {
    signer: Option<[u8; 32]>,
    pub(super) pallet: String,
    pub(super) name: String,
    args: Args<'a>,
}

/// What a call is made with.
struct Args<'a> {
    /// `None` where that would be too large.
    text: Option<String>,
    bytes: &'a [u8],
    /// Pallets of calls inside of it; `None` where it is nested too deep for anybody to say.
    inside: Option<Vec<String>>,
}

/// The upper two bits of the first byte.
const KIND_BITS: u8 = 0b1100_0000;
/// Transaction extensions and a call (version 5).
const GENERAL: u8 = 0b0100_0000;
/// Address, signature, transaction extensions and a call.
const SIGNED: u8 = 0b1000_0000;

impl<'a> Extrinsic<'a> {
    /// Takes an extrinsic apart, but for arguments that take over `args_bytes_max` as text.
    ///
    /// # Errors
    /// In words.
    pub(super) fn decode(
        bytes: &'a [u8],
        metadata: &'a Metadata,
        args_bytes_max: usize,
    ) -> Result<Self, String> {
        let mut walk = Walk::over(metadata, bytes);
        let say = |error: ScaleError| error.to_string();
        if walk.input.rest().is_empty() {
            return Err("it has no bytes".to_owned());
        }
        let length = walk.input.length().map_err(say)?;
        if length != walk.input.rest().len() {
            return Err(format!("it says that it has {length} bytes, and has {}", walk.input.rest().len()));
        }
        let signer = signer(&mut walk, metadata)?;
        let (pallet_index, call_index) = (walk.input.byte().map_err(say)?, walk.input.byte().map_err(say)?);
        let pallet = metadata.pallet_by_call_index(pallet_index);
        let pallet = pallet.ok_or_else(|| format!("no pallet has calls with index {pallet_index}"))?;
        let call = pallet.call_variant_by_index(call_index);
        let call = call.ok_or_else(|| format!("{} has no call {call_index}", pallet.name()))?;
        let (pallet, name) = (pallet.name().to_owned(), call.name.clone());
        let rest = walk.input.rest();
        let args = match walk.show_fields(&call.fields, args_bytes_max) {
            Ok(shown) if walk.input.rest().is_empty() => {
                Args { text: shown.text, bytes: shown.bytes, inside: Some(shown.noticed.called) }
            }
            Ok(_) => return Err(format!("{} bytes follow behind {pallet}.{name}", walk.input.rest().len())),
            // Nothing follows upon a call: all that is left is its arguments, whatever is in them.
            Err(ScaleError::TooLarge) => Args { text: None, bytes: rest, inside: None },
            Err(error) => return Err(format!("{pallet}.{name}: {error}")),
        };
        Ok(Self { signer, pallet, name, args })
    }

    /// Its arguments as they are shown, if they are.
    #[cfg(feature = "fuzzing")]
    pub(super) fn args_text(&self) -> Option<&str> {
        self.args.text.as_deref()
    }

    /// `now` of `Timestamp.set`, in milliseconds since 1970 UTC.
    pub(super) fn timestamp_ms(&self) -> Option<i64> {
        if (self.pallet.as_str(), self.name.as_str()) != ("Timestamp", "set") {
            return None;
        }
        serde_json::from_str::<serde_json::Value>(self.args.text.as_deref()?).ok()?.get("now")?.as_i64()
    }
}

/// Walks over the beginning of an extrinsic, up to its call.
fn signer(walk: &mut Walk<'_>, metadata: &Metadata) -> Result<Option<[u8; 32]>, String> {
    let say = |error: ScaleError| error.to_string();
    let first = walk.input.byte().map_err(say)?;
    let extensions = match (first & KIND_BITS, first & !KIND_BITS) {
        (0, 4 | 5) => return Ok(None),
        (SIGNED, 4) => None,
        (GENERAL, 5) => Some(walk.input.byte().map_err(say)?),
        _ => return Err(format!("its first byte {first:#04x} is that of no form that is known here")),
    };
    let mut signer = None;
    if extensions.is_none() {
        let types = metadata.extrinsic_signature_info().map_err(|error| error.to_string())?;
        let (address, _) = walk.show(types.address_id).map_err(|error| format!("its signer: {error}"))?;
        walk.skip(types.signature_id).map_err(|error| format!("its signature: {error}"))?;
        signer = account_in(&address);
    }
    let info = metadata.extrinsic_extension_info(extensions).map_err(|error| error.to_string())?;
    for extension in info.extension_ids {
        walk.skip(extension.id).map_err(|error| format!("{}: {error}", extension.name))?;
    }
    Ok(signer)
}

/// A `MultiAddress::Id`, or a plain account.
fn account_in(address: &str) -> Option<[u8; 32]> {
    let address: serde_json::Value = serde_json::from_str(address).ok()?;
    account_of(address.get("Id").unwrap_or(&address).as_str()?)
}

/// Lists an extrinsic, if it is watched.
pub(super) fn list(
    index: u32,
    bytes: &[u8],
    decoded: Result<Extrinsic<'_>, String>,
    events: &Events,
    watch: &Watch,
    listing: &mut Listing<ChainExtrinsic>,
) {
    let hash = blake2_256(bytes);
    match decoded {
        Ok(Extrinsic { pallet, args, .. }) if !is_watched(&pallet, &args, watch) => {}
        Ok(Extrinsic { signer, pallet, name, args }) => {
            let outcome = events.outcomes.get(&index).cloned().unwrap_or(CallOutcome::Untold);
            listing.put(index, args.bytes, args.text, |args| {
                let (pallet, name, outcome) = (pallet.clone(), name.clone(), outcome.clone());
                let call = ChainCall { signer, pallet, name, args, outcome };
                ChainExtrinsic { index, hash, told: ToldExtrinsic::Call(call) }
            });
        }
        Err(why) => listing.put(index, bytes, Some(why), |why| ChainExtrinsic {
            index,
            hash,
            told: ToldExtrinsic::Undecoded(why),
        }),
    }
}

/// What nobody can look into may have anything in it.
fn is_watched(pallet: &str, args: &Args<'_>, watch: &Watch) -> bool {
    args.inside.as_ref().is_none_or(|inside| watch.shows_call(pallet, inside))
}
