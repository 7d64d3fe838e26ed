//! SS58: addresses as public keys, and back.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray as _, Int64Array, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use sp_core::crypto::{AccountId32, Ss58AddressFormat, Ss58Codec as _};

/// An address of 32 bytes has at most 50; base58 takes time by the square of the length.
const ADDRESS_BYTES_MAX: usize = 64;
/// SS58 has prefixes of 14 bits.
const PREFIX_MAX: u16 = (1 << 14) - 1;

pub(super) fn all() -> Vec<Arc<ScalarUDF>> {
    let each = [Verb::Decode, Verb::Prefix, Verb::Encode];
    each.map(|verb| Arc::new(ScalarUDF::new_from_impl(Ss58Function::new(verb)))).into()
}

/// One of the three. Whatever is no address, no key or no prefix gives null.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Ss58Function {
    verb: Verb,
    signature: Signature,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Verb {
    Decode,
    Prefix,
    Encode,
}

impl Ss58Function {
    fn new(verb: Verb) -> Self {
        let takes = match verb {
            Verb::Decode | Verb::Prefix => vec![DataType::Utf8],
            Verb::Encode => vec![DataType::Utf8, DataType::Int64],
        };
        Self { verb, signature: Signature::exact(takes, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Ss58Function {
    fn name(&self) -> &str {
        match self.verb {
            Verb::Decode => "ss58_decode",
            Verb::Prefix => "ss58_prefix",
            Verb::Encode => "ss58_encode",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.verb {
            Verb::Decode | Verb::Encode => DataType::Utf8,
            Verb::Prefix => DataType::Int64,
        })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let takes = [DataType::Utf8, DataType::Int64];
        let typed = arrays.iter().zip(&takes).map(|(array, data_type)| cast(array, data_type));
        let typed: Vec<ArrayRef> = typed.collect::<Result<_, _>>()?;
        Ok(ColumnarValue::Array(match self.verb {
            Verb::Decode => decode(&typed),
            Verb::Prefix => prefix(&typed),
            Verb::Encode => encode(&typed),
        }))
    }
}

fn address(text: &str) -> Option<(AccountId32, Ss58AddressFormat)> {
    (text.len() <= ADDRESS_BYTES_MAX).then(|| AccountId32::from_ss58check_with_version(text).ok())?
}

fn decode(arguments: &[ArrayRef]) -> ArrayRef {
    let hex = |(key, _): (AccountId32, _)| -> String {
        AsRef::<[u8]>::as_ref(&key).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let texts = arguments[0].as_string::<i32>().iter();
    Arc::new(texts.map(|text| address(text?).map(hex)).collect::<StringArray>())
}

fn prefix(arguments: &[ArrayRef]) -> ArrayRef {
    let texts = arguments[0].as_string::<i32>().iter();
    let prefix = |text: Option<&str>| address(text?).map(|(_, format)| i64::from(u16::from(format)));
    Arc::new(texts.map(prefix).collect::<Int64Array>())
}

fn encode(arguments: &[ArrayRef]) -> ArrayRef {
    let keys = arguments[0].as_string::<i32>().iter();
    let prefixes = arguments[1].as_primitive::<Int64Type>().iter();
    let encoded = keys.zip(prefixes).map(|(key, prefix)| {
        let prefix = u16::try_from(prefix?).ok().filter(|&prefix| prefix <= PREFIX_MAX)?;
        let key = AccountId32::new(bytes_of_hex(key?)?);
        Some(key.to_ss58check_with_version(Ss58AddressFormat::custom(prefix)))
    });
    Arc::new(encoded.collect::<StringArray>())
}

/// With or without `0x`, in either case.
fn bytes_of_hex(hex: &str) -> Option<[u8; 32]> {
    let digits = hex.strip_prefix("0x").unwrap_or(hex).as_bytes();
    let (pairs, rest) = digits.as_chunks::<2>();
    let byte = |pair: &[u8; 2]| {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()
    };
    let bytes: Vec<u8> = pairs.iter().map(byte).collect::<Option<_>>()?;
    rest.is_empty().then(|| bytes.try_into().ok())?
}
