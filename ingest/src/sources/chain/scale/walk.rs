//! A walk over SCALE values by the types of a runtime's metadata, which shows them as JSON texts. No hostile length
//! makes it long.

use std::fmt::Write as _;

use annals_log::{Account, Hash};
use scale_info::form::PortableForm;
use scale_info::{Field, Type, TypeDef, TypeDefPrimitive, Variant};
use sp_core::crypto::{AccountId32, Ss58Codec as _};
use sp_crypto_hashing::blake2_256;
use subxt::Metadata;

use super::error::{DEPTH_MAX, ScaleError};
use super::input::Input;

/// A walk meets at most this many values for each byte. Types that a stranger made give many values for few bytes, or
/// for none; those of runtimes wrap a byte a few times.
const VALUES_PER_BYTE: usize = 8;
/// Beside those, a walk may meet this many values, which may take no bytes.
const VALUES_MIN: usize = 4096;
/// The length of one text.
pub(crate) const TEXT_BYTES_MAX: usize = 8 << 20;
/// Bytes that are longer are shown by their digest.
const BYTES_SHOWN_MAX: usize = 1024;

type Done = Result<(), ScaleError>;

/// A walk over bytes, by a runtime's types.
pub(crate) struct Walk<'a> {
    metadata: &'a Metadata,
    pub(crate) input: Input<'a>,
    values_left: usize,
    /// `None` while values are walked over and not shown.
    text: Option<String>,
    text_bytes_max: usize,
    noticed: Noticed,
}

/// Fields that were walked over, and their text.
pub(crate) struct Shown<'a> {
    /// `None` where the text would be longer than it may be.
    pub(crate) text: Option<String>,
    pub(crate) bytes: &'a [u8],
    pub(crate) noticed: Noticed,
}

/// The calls and errors that were met on the way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Noticed {
    /// The pallets of calls inside of values, each once.
    pub(crate) called: Vec<String>,
    /// The last error of a pallet, as `Pallet.Error`.
    pub(crate) error: Option<String>,
}

impl<'a> Walk<'a> {
    pub(crate) fn over(metadata: &'a Metadata, input: &'a [u8]) -> Self {
        Self {
            metadata,
            input: Input::of(input),
            values_left: VALUES_MIN.saturating_add(input.len().saturating_mul(VALUES_PER_BYTE)),
            text: None,
            text_bytes_max: TEXT_BYTES_MAX,
            noticed: Noticed::default(),
        }
    }

    /// Walks over a value.
    pub(crate) fn skip(&mut self, type_id: u32) -> Done {
        self.value(type_id, 0)
    }

    /// Walks over fields and returns what was met on the way, up to an error too.
    pub(crate) fn skip_fields(&mut self, fields: &[Field<PortableForm>]) -> (Done, Noticed) {
        self.noticed = Noticed::default();
        let done = self.fields(fields, 0);
        (done, std::mem::take(&mut self.noticed))
    }

    /// Returns a value as JSON.
    pub(crate) fn show(&mut self, type_id: u32) -> Result<(String, Noticed), ScaleError> {
        self.shown(TEXT_BYTES_MAX, |walk| walk.value(type_id, 0))
    }

    /// Returns fields as JSON: an object when they have names, else a list. Fields whose text would be longer than
    /// `text_bytes_max` are walked over all the same.
    ///
    /// # Errors
    /// `TooLarge`: they are nested too deep to be walked over.
    pub(crate) fn show_fields(
        &mut self,
        fields: &[Field<PortableForm>],
        text_bytes_max: usize,
    ) -> Result<Shown<'a>, ScaleError> {
        let (input, values_left) = (self.input, self.values_left);
        let (text, noticed) =
            match self.shown(text_bytes_max.min(TEXT_BYTES_MAX), |walk| walk.fields(fields, 0)) {
                Ok((text, noticed)) => (Some(text), noticed),
                Err(ScaleError::TooLarge) => {
                    (self.input, self.values_left) = (input, values_left);
                    let (done, noticed) = self.skip_fields(fields);
                    done?;
                    (None, noticed)
                }
                Err(error) => return Err(error),
            };
        Ok(Shown { text, bytes: &input.rest()[..input.rest().len() - self.input.rest().len()], noticed })
    }

    fn shown(
        &mut self,
        text_bytes_max: usize,
        walk: impl FnOnce(&mut Self) -> Done,
    ) -> Result<(String, Noticed), ScaleError> {
        (self.text, self.noticed) = (Some(String::new()), Noticed::default());
        self.text_bytes_max = text_bytes_max;
        let done = walk(self);
        let text = self.text.take().unwrap_or_default();
        done?;
        if text.len() > text_bytes_max {
            return Err(ScaleError::TooLarge);
        }
        Ok((text, std::mem::take(&mut self.noticed)))
    }

    fn resolve(&self, type_id: u32) -> Result<&'a Type<PortableForm>, ScaleError> {
        self.metadata.types().resolve(type_id).ok_or(ScaleError::NoType(type_id))
    }

    fn value(&mut self, type_id: u32, depth: u32) -> Done {
        self.values_left = self.values_left.checked_sub(1).ok_or(ScaleError::TooLarge)?;
        if depth > DEPTH_MAX || self.text.as_ref().is_some_and(|text| text.len() > self.text_bytes_max) {
            return Err(ScaleError::TooLarge);
        }
        let resolved = self.resolve(type_id)?;
        match &resolved.type_def {
            TypeDef::Composite(_) if is_named(resolved, "AccountId32") => self.account(),
            TypeDef::Composite(composite) => match composite.fields.as_slice() {
                // A wrapper is what it wraps.
                [Field { name: None, ty, .. }] => self.value(ty.id, depth + 1),
                fields => self.fields(fields, depth + 1),
            },
            TypeDef::Variant(def) => {
                let index = self.input.byte()?;
                let variant = def.variants.iter().find(|variant| variant.index == index);
                let variant = variant.ok_or_else(|| ScaleError::NoVariant(name_of(resolved), index))?;
                self.variant(resolved, variant, depth + 1)
            }
            TypeDef::Sequence(sequence) => {
                let count = self.input.length()?;
                self.items(sequence.type_param.id, count, depth + 1)
            }
            TypeDef::Array(array) => self.items(array.type_param.id, array.len as usize, depth + 1),
            TypeDef::Tuple(tuple) => {
                let ids: Vec<u32> = tuple.fields.iter().map(|field| field.id).collect();
                self.list(ids.into_iter(), depth + 1)
            }
            TypeDef::Primitive(primitive) => self.primitive(primitive),
            TypeDef::Compact(_) => {
                let value = self.input.compact()?;
                self.put(|text| write!(text, "{value}"))
            }
            TypeDef::BitSequence(_) => Err(ScaleError::Malformed("bit sequence, which no runtime here has")),
        }
    }

    fn put(&mut self, write: impl FnOnce(&mut String) -> std::fmt::Result) -> Done {
        if let Some(text) = &mut self.text {
            write(text).expect("a text takes what is written to it");
        }
        Ok(())
    }

    fn put_str(&mut self, written: &str) {
        if let Some(text) = &mut self.text {
            text.push_str(written);
        }
    }

    fn put_text(&mut self, written: &str) {
        if self.text.is_some() {
            self.put_str(&serde_json::Value::from(written).to_string());
        }
    }

    fn fields(&mut self, fields: &[Field<PortableForm>], depth: u32) -> Done {
        if fields.is_empty() || fields.iter().any(|field| field.name.is_none()) {
            return self.list(fields.iter().map(|field| field.ty.id), depth);
        }
        self.put_str("{");
        for (place, field) in fields.iter().enumerate() {
            self.put_str(if place == 0 { "" } else { "," });
            self.put_text(field.name.as_deref().unwrap_or_default());
            self.put_str(":");
            self.value(field.ty.id, depth)?;
        }
        self.put_str("}");
        Ok(())
    }

    fn list(&mut self, ids: impl Iterator<Item = u32>, depth: u32) -> Done {
        self.put_str("[");
        for (place, id) in ids.enumerate() {
            self.put_str(if place == 0 { "" } else { "," });
            self.value(id, depth)?;
        }
        self.put_str("]");
        Ok(())
    }

    fn items(&mut self, id: u32, count: usize, depth: u32) -> Done {
        if matches!(self.resolve(id)?.type_def, TypeDef::Primitive(TypeDefPrimitive::U8)) {
            let bytes = self.input.take(count)?;
            self.bytes(bytes);
            return Ok(());
        }
        self.list(std::iter::repeat_n(id, count), depth)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if self.text.is_none() {
            return;
        }
        if bytes.len() <= BYTES_SHOWN_MAX {
            self.put_str(&format!("\"0x{}\"", hex::encode(bytes)));
        } else {
            self.put_str(&digest_text(bytes));
        }
    }

    fn account(&mut self) -> Done {
        let key: [u8; 32] = self.input.array()?;
        if self.text.is_some() {
            self.put_text(&Account(key).address());
        }
        Ok(())
    }

    fn variant(&mut self, of: &Type<PortableForm>, variant: &Variant<PortableForm>, depth: u32) -> Done {
        match (variant.name.as_str(), variant.fields.as_slice()) {
            ("None", []) if is_named(of, "Option") => {
                self.put_str("null");
                return Ok(());
            }
            ("Some", [field]) if is_named(of, "Option") => return self.value(field.ty.id, depth),
            ("Module", _) if is_named(of, "DispatchError") => self.notice_error(),
            (pallet, _) if is_named(of, "RuntimeCall") => self.notice_call(pallet),
            _ => {}
        }
        if variant.fields.is_empty() {
            self.put_text(&variant.name);
            return Ok(());
        }
        self.put_str("{");
        self.put_text(&variant.name);
        self.put_str(":");
        match variant.fields.as_slice() {
            [Field { name: None, ty, .. }] => self.value(ty.id, depth)?,
            fields => self.fields(fields, depth)?,
        }
        self.put_str("}");
        Ok(())
    }

    fn notice_call(&mut self, pallet: &str) {
        // A block has room for millions of calls, and a runtime has some dozen pallets.
        if !self.noticed.called.iter().any(|called| called == pallet) {
            self.noticed.called.push(pallet.to_owned());
        }
    }

    /// `ModuleError` begins with the pallet's index and that of its error.
    fn notice_error(&mut self) {
        if let [pallet, error, ..] = *self.input.rest()
            && let Some(pallet) = self.metadata.pallet_by_error_index(pallet)
            && let Some(error) = pallet.error_variant_by_index(error)
        {
            self.noticed.error = Some(format!("{}.{}", pallet.name(), error.name));
        }
    }

    fn primitive(&mut self, primitive: &TypeDefPrimitive) -> Done {
        macro_rules! integer {
            ($type:ty) => {{
                let value = <$type>::from_le_bytes(self.input.array()?);
                self.put(|text| write!(text, "{value}"))
            }};
        }
        match primitive {
            TypeDefPrimitive::Bool => match self.input.byte()? {
                0 => self.put(|text| text.write_str("false")),
                1 => self.put(|text| text.write_str("true")),
                _ => Err(ScaleError::Malformed("bool")),
            },
            TypeDefPrimitive::Char => {
                let code = u32::from_le_bytes(self.input.array()?);
                let one = char::from_u32(code).ok_or(ScaleError::Malformed("char"))?;
                self.put_text(one.encode_utf8(&mut [0; 4]));
                Ok(())
            }
            TypeDefPrimitive::Str => {
                let length = self.input.length()?;
                let text = std::str::from_utf8(self.input.take(length)?)
                    .map_err(|_| ScaleError::Malformed("str"))?;
                self.put_text(text);
                Ok(())
            }
            TypeDefPrimitive::U8 => integer!(u8),
            TypeDefPrimitive::U16 => integer!(u16),
            TypeDefPrimitive::U32 => integer!(u32),
            TypeDefPrimitive::U64 => integer!(u64),
            TypeDefPrimitive::U128 => integer!(u128),
            TypeDefPrimitive::I8 => integer!(i8),
            TypeDefPrimitive::I16 => integer!(i16),
            TypeDefPrimitive::I32 => integer!(i32),
            TypeDefPrimitive::I64 => integer!(i64),
            TypeDefPrimitive::I128 => integer!(i128),
            TypeDefPrimitive::U256 | TypeDefPrimitive::I256 => {
                let bytes = self.input.take(32)?;
                self.bytes(bytes);
                Ok(())
            }
        }
    }
}

/// Returns the text that stands for bytes that are too long to show.
pub(crate) fn digest_text(bytes: &[u8]) -> String {
    let (length, digest) = (bytes.len(), Hash(blake2_256(bytes)));
    format!("{{\"length\":{length},\"blake2_256\":\"0x{digest}\"}}")
}

/// Returns the account whose address [`Account::address`] wrote.
pub(crate) fn account_of(address: &str) -> Option<[u8; 32]> {
    Some(AccountId32::from_ss58check(address).ok()?.into())
}

fn is_named(of: &Type<PortableForm>, name: &str) -> bool {
    of.path.segments.last().is_some_and(|last| last == name)
}

fn name_of(of: &Type<PortableForm>) -> String {
    of.path.segments.join("::")
}
