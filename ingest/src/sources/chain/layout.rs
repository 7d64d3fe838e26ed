//! Where a runtime keeps the state of a subnet: keys and types, by its metadata and names alone.

use frame_decode::storage::StorageHasher;
use scale_info::TypeDef;
use serde::de::DeserializeOwned;
use sp_crypto_hashing::{blake2_128, blake2_256, twox_64, twox_128, twox_256};
use subxt::Metadata;
use subxt::ext::frame_decode;

use super::scale::Walk;

const PALLET: &str = "SubtensorModule";
const SUBNET_API: &str = "SubnetInfoRuntimeApi";
const SUBNET_STATE: &str = "get_subnet_state";

/// The key of `System.Events`, on any Substrate chain.
pub(super) fn events_key() -> Vec<u8> {
    [twox_128(b"System"), twox_128(b"Events")].concat()
}

/// The part of a runtime's storage that concerns one subnet.
#[derive(Clone, Copy)]
pub(super) struct Layout<'a> {
    metadata: &'a Metadata,
    netuid: u16,
}

/// Where stakes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stakes {
    /// A runtime API tells those of the whole subnet.
    Api,
    /// A map by hotkey.
    ByHotkey,
    /// A map by hotkey and subnet.
    ByHotkeyAndSubnet,
    Nowhere,
}

impl<'a> Layout<'a> {
    /// `None` when the runtime has no subnets.
    pub(super) fn of(metadata: &'a Metadata, netuid: u16) -> Option<Self> {
        metadata.pallet_by_name(PALLET)?.storage()?;
        Some(Self { metadata, netuid })
    }

    /// The key of `item` at `parts`, encoded as the item's own keys are; `None` when the runtime does not have it so.
    fn key(&self, item: &str, parts: &[&[u8]]) -> Option<Vec<u8>> {
        let storage = self.metadata.pallet_by_name(PALLET)?.storage()?;
        let entry = storage.entry_by_name(item)?;
        let mut key = [twox_128(storage.prefix().as_bytes()), twox_128(item.as_bytes())].concat();
        for (place, part) in parts.iter().enumerate() {
            let hasher = entry.keys().nth(place)?.hasher;
            put_hashed(&mut key, hasher, part);
        }
        Some(key)
    }

    /// What begins all keys of `item` on the subnet, or is its key.
    pub(super) fn of_subnet(&self, item: &str) -> Option<Vec<u8>> {
        self.key(item, &[&self.netuid.to_le_bytes()])
    }

    pub(super) fn of_uid(&self, item: &str, uid: u16) -> Option<Vec<u8>> {
        self.key(item, &[&self.netuid.to_le_bytes(), &uid.to_le_bytes()])
    }

    pub(super) fn of_hotkey_on_subnet(&self, item: &str, hotkey: &[u8; 32]) -> Option<Vec<u8>> {
        self.key(item, &[&self.netuid.to_le_bytes(), hotkey])
    }

    pub(super) fn owner_of(&self, hotkey: &[u8; 32]) -> Option<Vec<u8>> {
        self.key("Owner", &[hotkey])
    }

    pub(super) fn stakes(&self) -> Stakes {
        let has = |item| self.key(item, &[]).is_some();
        match self.api_output() {
            Some(_) => Stakes::Api,
            None if has("TotalHotkeyStake") => Stakes::ByHotkey,
            None if has("TotalHotkeyAlpha") => Stakes::ByHotkeyAndSubnet,
            None => Stakes::Nowhere,
        }
    }

    pub(super) fn stake_of(&self, hotkey: &[u8; 32]) -> Option<Vec<u8>> {
        match self.stakes() {
            Stakes::ByHotkey => self.key("TotalHotkeyStake", &[hotkey]),
            Stakes::ByHotkeyAndSubnet => self.key("TotalHotkeyAlpha", &[hotkey, &self.netuid.to_le_bytes()]),
            Stakes::Api | Stakes::Nowhere => None,
        }
    }

    /// The name of the API that tells the stakes, and what it is called with.
    pub(super) fn stakes_call(&self) -> (String, Vec<u8>) {
        (format!("{SUBNET_API}_{SUBNET_STATE}"), self.netuid.to_le_bytes().to_vec())
    }

    /// The type of what that API gives; `None` where it gives bytes of a type that the metadata does not have.
    fn api_output(&self) -> Option<u32> {
        let output = self.metadata.runtime_api_trait_by_name(SUBNET_API)?.method_by_name(SUBNET_STATE)?;
        let resolved = self.metadata.types().resolve(output.output_ty())?;
        (!matches!(resolved.type_def, TypeDef::Sequence(_))).then(|| output.output_ty())
    }

    /// What that API gave.
    ///
    /// # Errors
    /// In words.
    pub(super) fn read_stakes<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, String> {
        let output = self.api_output().ok_or("the runtime has no such API")?;
        self.read_typed(SUBNET_STATE, output, bytes)
    }

    /// A value of `item`.
    ///
    /// # Errors
    /// In words.
    pub(super) fn read<T: DeserializeOwned>(&self, item: &str, bytes: &[u8]) -> Result<T, String> {
        let storage = self.metadata.pallet_by_name(PALLET).and_then(|pallet| pallet.storage());
        let entry = storage.and_then(|storage| storage.entry_by_name(item));
        let entry = entry.ok_or_else(|| format!("the runtime has no {PALLET}.{item}"))?;
        self.read_typed(item, entry.value_ty(), bytes)
    }

    fn read_typed<T: DeserializeOwned>(&self, what: &str, type_id: u32, bytes: &[u8]) -> Result<T, String> {
        let mut walk = Walk::over(self.metadata, bytes);
        let (text, _) = walk.show(type_id).map_err(|error| format!("{PALLET}.{what}: {error}"))?;
        if !walk.input.rest().is_empty() {
            return Err(format!(
                "{PALLET}.{what}: {} bytes follow behind the value",
                walk.input.rest().len()
            ));
        }
        serde_json::from_str(&text).map_err(|error| format!("{PALLET}.{what} is another thing: {error}"))
    }
}

/// As `frame_support`'s hashers do.
fn put_hashed(key: &mut Vec<u8>, hasher: StorageHasher, part: &[u8]) {
    match hasher {
        StorageHasher::Blake2_128 => key.extend(blake2_128(part)),
        StorageHasher::Blake2_256 => key.extend(blake2_256(part)),
        StorageHasher::Blake2_128Concat => key.extend([blake2_128(part).as_slice(), part].concat()),
        StorageHasher::Twox128 => key.extend(twox_128(part)),
        StorageHasher::Twox256 => key.extend(twox_256(part)),
        StorageHasher::Twox64Concat => key.extend([twox_64(part).as_slice(), part].concat()),
        StorageHasher::Identity => key.extend(part),
    }
}
