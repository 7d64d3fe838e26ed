//! Types of a runtime that is made up: metadata that has no more than these.

use scale_info::build::{Fields, Variants};
use scale_info::{Path, Type, TypeInfo, TypeParameter, meta_type};
use subxt::Metadata;
use subxt::ext::frame_metadata::v14::{ExtrinsicMetadata, RuntimeMetadataV14};

/// Metadata with a type, and the type's id.
pub(super) fn metadata_of<T: TypeInfo + 'static>() -> (Metadata, u32) {
    let made = made_of::<T>();
    let id = made.ty.id;
    (Metadata::try_from(made).unwrap(), id)
}

pub(super) fn made_of<T: TypeInfo + 'static>() -> RuntimeMetadataV14 {
    let extrinsic = ExtrinsicMetadata { ty: meta_type::<Extrinsic>(), version: 4, signed_extensions: vec![] };
    RuntimeMetadataV14::new(vec![], extrinsic, meta_type::<T>())
}

/// What subxt wants to find: an extrinsic, calls and events.
struct Extrinsic;

impl TypeInfo for Extrinsic {
    type Identity = Self;

    fn type_info() -> Type {
        let params = vec![
            TypeParameter::new("Address", Some(meta_type::<[u8; 32]>())),
            TypeParameter::new("Signature", Some(meta_type::<[u8; 64]>())),
            TypeParameter::new("Call", Some(meta_type::<RuntimeCall>())),
            TypeParameter::new("Event", Some(meta_type::<RuntimeEvent>())),
        ];
        Type::builder().path(Path::new("Extrinsic", "runtime")).type_params(params).composite(Fields::unit())
    }
}

/// A call that may hold others: `Utility.batch`, and one that does not.
pub(super) struct RuntimeCall;

impl TypeInfo for RuntimeCall {
    type Identity = Self;

    fn type_info() -> Type {
        let variants = Variants::new()
            .variant("Utility", |variant| {
                variant.index(0).fields(
                    Fields::unnamed().field(|field| field.ty::<Vec<RuntimeCall>>().type_name("Calls")),
                )
            })
            .variant("System", |variant| {
                let fields = Fields::named().field(|field| field.name("remark").ty::<Vec<u8>>());
                variant.index(7).fields(fields)
            });
        Type::builder().path(Path::new("RuntimeCall", "runtime")).variant(variants)
    }
}

struct RuntimeEvent;

impl TypeInfo for RuntimeEvent {
    type Identity = Self;

    fn type_info() -> Type {
        let variants = Variants::new().variant("Nothing", |variant| variant.index(0));
        Type::builder().path(Path::new("RuntimeEvent", "runtime")).variant(variants)
    }
}
