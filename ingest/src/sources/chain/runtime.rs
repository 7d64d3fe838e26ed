//! A runtime, as its metadata tells it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use annals_log::{Event, Hash, Payload, RuntimeUpgraded};
use scale_info::PortableRegistry;
use serde::Deserialize;
use subxt::Metadata;
use subxt::ext::codec::Decode as _;
use subxt::ext::frame_metadata::{RuntimeMetadata, RuntimeMetadataPrefixed};

use super::name::NAME;
use super::question::{Question, RuntimeVersion, bytes_told};
use super::scale::{Input, Walk};
use crate::raw::Exchange;
use crate::source::NAME_BYTES_MAX;

/// A runtime, which decodes the blocks that it executed.
pub(super) struct Runtime {
    pub(super) told: RuntimeUpgraded,
    pub(super) metadata: Metadata,
    /// The metadata as the node gave it.
    bytes: Vec<u8>,
    pub(super) metadata_sha256: Hash,
}

/// The constant `BlockLength` of `frame_system`.
#[derive(Deserialize)]
struct BlockLength {
    /// Bytes by class of extrinsics.
    max: BTreeMap<String, u32>,
}

/// The runtimes met last. The follower and the decoder keep the same ones: what the follower has handed on, the decoder
/// knows.
#[derive(Default)]
pub(super) struct Runtimes {
    /// The newest last.
    known: VecDeque<Arc<Runtime>>,
}

/// One is in force, the next comes, and after a retraction the one before may come again.
const RUNTIMES_MAX: usize = 3;

impl Runtimes {
    /// Takes a runtime in the place of the one that was known under its spec version.
    pub(super) fn learn(&mut self, runtime: Runtime) {
        self.known.retain(|known| known.told.spec_version != runtime.told.spec_version);
        self.known.push_back(Arc::new(runtime));
        if self.known.len() > RUNTIMES_MAX {
            self.known.pop_front();
        }
    }

    pub(super) fn known(&self) -> impl Iterator<Item = &Runtime> {
        self.known.iter().map(Arc::as_ref)
    }

    pub(super) fn get(&self, spec_version: u32) -> Option<Arc<Runtime>> {
        self.known.iter().find(|runtime| runtime.told.spec_version == spec_version).cloned()
    }
}

/// The bytes that all metadata begin with.
const MAGIC: &[u8] = b"meta";
/// The longest metadata: it is recorded in one commit. That of runtimes has some hundred KB.
const METADATA_BYTES_MAX: usize = 12 << 20;
const VERSIONS: std::ops::RangeInclusive<u8> = 14..=16;

impl Runtime {
    /// Reads the metadata of a runtime. Memory stays in proportion to `bytes`, however hostile the lengths in them are.
    ///
    /// # Errors
    /// In words.
    pub(super) fn of(version: &RuntimeVersion, bytes: Vec<u8>) -> Result<Self, String> {
        if version.spec_name.len() > NAME_BYTES_MAX {
            return Err("the runtime's name is longer than any".to_owned());
        }
        if bytes.len() > METADATA_BYTES_MAX {
            return Err(format!("the metadata has {} bytes; {METADATA_BYTES_MAX} are read", bytes.len()));
        }
        let metadata_version = bytes.strip_prefix(MAGIC).and_then(|rest| rest.first()).copied();
        let metadata_version = metadata_version.ok_or("the metadata does not begin with `meta`")?;
        if !VERSIONS.contains(&metadata_version) {
            return Err(format!("the metadata has version {metadata_version}; 14 to 16 are read"));
        }
        let metadata = RuntimeMetadataPrefixed::decode(&mut bytes.as_slice());
        let metadata = metadata.map_err(|error| format!("the metadata: {error}"))?;
        if !is_sound(&metadata.1) {
            return Err("the metadata names types or extensions that it does not have".to_owned());
        }
        let metadata = Metadata::try_from(metadata).map_err(|error| format!("the metadata: {error}"))?;
        let told = RuntimeUpgraded {
            spec_name: version.spec_name.clone(),
            spec_version: version.spec_version,
            transaction_version: version.transaction_version,
            metadata_version,
        };
        Ok(Self { told, metadata, metadata_sha256: Hash::of(&bytes), bytes })
    }

    /// Returns how many bytes of extrinsics a block may have: the most that `System.BlockLength` has for a class of
    /// them.
    pub(super) fn block_bytes_max(&self) -> Option<u32> {
        let length = self.metadata.pallet_by_name("System")?.constant_by_name("BlockLength")?;
        let (text, _) = Walk::over(&self.metadata, length.value()).show(length.ty()).ok()?;
        let BlockLength { max } = serde_json::from_str(&text).ok()?;
        max.into_values().max()
    }

    /// Returns an error, `Pallet.Error`, with what the runtime's authors say of it, if the metadata has that.
    pub(super) fn explained(&self, error: String) -> String {
        let docs = error.split_once('.').and_then(|(pallet, name)| {
            let errors = self.metadata.pallet_by_name(pallet)?.error_variants()?;
            Some(errors.iter().find(|variant| variant.name == name)?.docs.join(" "))
        });
        match docs.as_deref().map(str::trim) {
            None | Some("") => error,
            Some(docs) => format!("{error}: {docs}"),
        }
    }

    /// Returns the event that is recorded before the first block that it executed.
    pub(super) fn event(&self, block: u64, fetched_at_ms: i64) -> Event {
        let native_id = self.told.spec_version.to_string();
        Event {
            block: Some(block),
            attached: vec![Payload::new(self.bytes.clone())],
            ..Event::new(NAME, &native_id, fetched_at_ms, &self.told)
        }
    }
}

/// Whether what subxt takes for granted holds: it panics where a type is not at its place, or an extension is not
/// there.
fn is_sound(metadata: &RuntimeMetadata) -> bool {
    match metadata {
        RuntimeMetadata::V14(told) => are_in_place(&told.types),
        RuntimeMetadata::V15(told) => are_in_place(&told.types),
        RuntimeMetadata::V16(told) => {
            let extensions = told.extrinsic.transaction_extensions.len();
            let mut named = told.extrinsic.transaction_extensions_by_version.values().flatten();
            are_in_place(&told.types) && named.all(|named| (named.0 as usize) < extensions)
        }
        _ => false,
    }
}

fn are_in_place(types: &PortableRegistry) -> bool {
    (0..).zip(&types.types).all(|(place, one)| one.id == place)
}

/// Runtime API that tells which versions of metadata there are.
pub(super) const METADATA_VERSIONS: &str = "Metadata_metadata_versions";
/// Runtime API that gives metadata of a version: an option of bytes.
pub(super) const METADATA_AT_VERSION: &str = "Metadata_metadata_at_version";

/// Whether the answer to a question is metadata.
pub(super) fn asks_for_metadata(question: &Question) -> bool {
    match question {
        Question::Metadata(_) => true,
        Question::Call { method, .. } => method == METADATA_AT_VERSION,
        _ => false,
    }
}

/// Reads the metadata in the answer to such a question.
///
/// # Errors
/// In words.
pub(super) fn metadata_told(question: &Question, exchange: &Exchange) -> Result<Vec<u8>, String> {
    let bytes = bytes_told(exchange)?;
    let metadata = match question {
        Question::Metadata(_) => bytes,
        _ => bytes.and_then(|bytes| optional_bytes(&bytes).map(<[u8]>::to_vec)),
    };
    metadata.ok_or_else(|| "it has no metadata of the runtime".to_owned())
}

/// Reads a SCALE `Option<Vec<u8>>`; `None` also where it is malformed.
fn optional_bytes(bytes: &[u8]) -> Option<&[u8]> {
    let mut input = Input::of(bytes.strip_prefix(&[1])?);
    let length = input.length().ok()?;
    (input.rest().len() == length).then_some(input.rest())
}

/// Reads a SCALE `Vec<u32>`, which is empty where it is cut.
pub(super) fn versions_in(bytes: &[u8]) -> Vec<u32> {
    let mut input = Input::of(bytes);
    let count = input.length().unwrap_or_default();
    let (numbers, _) = input.rest().as_chunks();
    if numbers.len() == count {
        numbers.iter().copied().map(u32::from_le_bytes).collect()
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use subxt::ext::codec::{Decode as _, Encode as _};
    use subxt::ext::frame_metadata::{RuntimeMetadata, RuntimeMetadataPrefixed};

    use super::*;

    const V101: &[u8] = include_bytes!("../../../../fixtures/chain-executed/v101.scale.zst");

    fn runtime(bytes: Vec<u8>) -> Runtime {
        let spec_name = "node-subtensor".to_owned();
        Runtime::of(&RuntimeVersion { spec_name, spec_version: 101, transaction_version: 1 }, bytes).unwrap()
    }

    #[test]
    fn an_error_comes_with_what_its_authors_say_of_it_if_they_do() {
        let bytes = zstd::decode_all(V101).unwrap();
        let name = "SubtensorModule.InvalidIpAddress";
        assert_eq!(runtime(bytes.clone()).explained(name.to_owned()), name);

        let mut metadata = RuntimeMetadataPrefixed::decode(&mut bytes.as_slice()).unwrap();
        let RuntimeMetadata::V14(told) = &mut metadata.1 else { panic!("it is of version 14") };
        let variants = told.types.types.iter_mut().filter_map(|resolved| match &mut resolved.ty.type_def {
            scale_info::TypeDef::Variant(def) => Some(&mut def.variants),
            _ => None,
        });
        for variant in variants.flatten().filter(|variant| variant.name == "InvalidIpAddress") {
            variant.docs = vec![" The address is".to_owned(), "none.".to_owned()];
        }
        let told = runtime(metadata.encode());
        assert_eq!(told.explained(name.to_owned()), format!("{name}: The address is none."));
        for unknown in ["SubtensorModule.NoSuch", "NoSuch.InvalidIpAddress", "{}"] {
            assert_eq!(told.explained(unknown.to_owned()), unknown);
        }
    }
}
