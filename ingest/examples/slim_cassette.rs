//! Makes a cassette of a chain fit for a repository: `slim_cassette IN OUT`.
//!
//! Extrinsics over 4 KiB, which as a rule bring a compiled runtime, are left out (`0x` stands in their place), and so
//! are the documentation texts of metadata. Nothing else is touched: types, indexes and every other answer are as
//! recorded.

use std::error::Error;
use std::fs::File;
use std::path::Path;

use annals_ingest::{Cassette, CassetteWriter, Exchange, Outcome};
use parity_scale_codec::{Decode as _, Encode as _};
use scale_info::form::PortableForm;
use scale_info::{Field, PortableRegistry, TypeDef};
use serde_json::Value;
use subxt::ext::frame_metadata::{RuntimeMetadata, RuntimeMetadataPrefixed};

const EXTRINSIC_HEX_MAX: usize = 2 * 4096;

fn main() -> Result<(), Box<dyn Error>> {
    let [from, to] =
        std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "slim_cassette IN OUT")?;
    let mut cassette = Cassette::open(Path::new(&from))?;
    let mut out = CassetteWriter::new(zstd::Encoder::new(File::create_new(to)?, 19)?)?;
    while let Some(mut raw) = cassette.next_fetch()? {
        for exchange in &mut raw.exchanges {
            slim(exchange)?;
        }
        out.write(&raw)?;
    }
    out.into_inner().finish()?;
    Ok(())
}

fn slim(exchange: &mut Exchange) -> Result<(), Box<dyn Error>> {
    let Outcome::Answer(answer) = &mut exchange.outcome else { return Ok(()) };
    let mut value: Value = serde_json::from_slice(&answer.body)?;
    let is_at_version = exchange.request.body.contains("Metadata_metadata_at_version");
    match exchange.request.method.as_str() {
        "chain_getBlock" => {
            let extrinsics = value.pointer_mut("/block/extrinsics").and_then(Value::as_array_mut);
            for extrinsic in extrinsics.into_iter().flatten() {
                if extrinsic.as_str().is_some_and(|hex| hex.len() > EXTRINSIC_HEX_MAX) {
                    *extrinsic = "0x".into();
                }
            }
        }
        "state_getMetadata" => value = hex_of(&without_docs(&bytes_of(&value)?)?),
        "state_call" if is_at_version => {
            let opaque = Option::<Vec<u8>>::decode(&mut bytes_of(&value)?.as_slice())?;
            value = hex_of(&opaque.map(|bytes| without_docs(&bytes)).transpose()?.encode());
        }
        _ => return Ok(()),
    }
    answer.body = serde_json::to_vec(&value)?;
    Ok(())
}

fn bytes_of(value: &Value) -> Result<Vec<u8>, Box<dyn Error>> {
    let text = value.as_str().and_then(|text| text.strip_prefix("0x")).ok_or("it is not in hex")?;
    Ok(hex::decode(text)?)
}

fn hex_of(bytes: &[u8]) -> Value {
    format!("0x{}", hex::encode(bytes)).into()
}

fn without_docs(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut metadata = RuntimeMetadataPrefixed::decode(&mut &*bytes)?;
    match &mut metadata.1 {
        RuntimeMetadata::V14(told) => {
            strip_types(&mut told.types);
            for pallet in &mut told.pallets {
                pallet.constants.iter_mut().for_each(|constant| constant.docs.clear());
                let storage = pallet.storage.iter_mut().flat_map(|storage| &mut storage.entries);
                storage.for_each(|entry| entry.docs.clear());
            }
        }
        RuntimeMetadata::V15(told) => {
            strip_types(&mut told.types);
            for pallet in &mut told.pallets {
                pallet.docs.clear();
                pallet.constants.iter_mut().for_each(|constant| constant.docs.clear());
                let storage = pallet.storage.iter_mut().flat_map(|storage| &mut storage.entries);
                storage.for_each(|entry| entry.docs.clear());
            }
            for api in &mut told.apis {
                api.docs.clear();
                api.methods.iter_mut().for_each(|method| method.docs.clear());
            }
        }
        _ => return Err("only metadata of versions 14 and 15 is slimmed".into()),
    }
    Ok(metadata.encode())
}

fn strip_types(types: &mut PortableRegistry) {
    for resolved in &mut types.types {
        resolved.ty.docs.clear();
        match &mut resolved.ty.type_def {
            TypeDef::Composite(composite) => strip_fields(&mut composite.fields),
            TypeDef::Variant(variants) => {
                for variant in &mut variants.variants {
                    variant.docs.clear();
                    strip_fields(&mut variant.fields);
                }
            }
            _ => {}
        }
    }
}

fn strip_fields(fields: &mut [Field<PortableForm>]) {
    fields.iter_mut().for_each(|field| field.docs.clear());
}
