//! SS58: addresses as public keys, and back.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray as _, Int64Array, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::chain_text::{address, address_with, digits, key_and_prefix, key_of_hex};

pub(super) fn all() -> Vec<Arc<ScalarUDF>> {
    let each = [Verb::Decode, Verb::ToHex, Verb::Prefix, Verb::Encode, Verb::FromHex];
    each.map(|verb| Arc::new(ScalarUDF::new_from_impl(Ss58Function::new(verb)))).into()
}

/// One of the five. Whatever is no address, no key or no prefix gives null.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Ss58Function {
    verb: Verb,
    signature: Signature,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Verb {
    Decode,
    /// The same, as people look for it.
    ToHex,
    Prefix,
    Encode,
    /// With prefix 42.
    FromHex,
}

impl Ss58Function {
    fn new(verb: Verb) -> Self {
        let takes = match verb {
            Verb::Decode | Verb::ToHex | Verb::Prefix | Verb::FromHex => vec![DataType::Utf8],
            Verb::Encode => vec![DataType::Utf8, DataType::Int64],
        };
        Self { verb, signature: Signature::exact(takes, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Ss58Function {
    fn name(&self) -> &str {
        match self.verb {
            Verb::Decode => "ss58_decode",
            Verb::ToHex => "ss58_to_hex",
            Verb::Prefix => "ss58_prefix",
            Verb::Encode => "ss58_encode",
            Verb::FromHex => "hex_to_ss58",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.verb {
            Verb::Decode | Verb::ToHex | Verb::Encode | Verb::FromHex => DataType::Utf8,
            Verb::Prefix => DataType::Int64,
        })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let takes = [DataType::Utf8, DataType::Int64];
        let typed = arrays.iter().zip(&takes).map(|(array, data_type)| cast(array, data_type));
        let typed: Vec<ArrayRef> = typed.collect::<Result<_, _>>()?;
        Ok(ColumnarValue::Array(match self.verb {
            Verb::Decode | Verb::ToHex => decode(&typed),
            Verb::Prefix => prefix(&typed),
            Verb::Encode => encode(&typed),
            Verb::FromHex => from_hex(&typed),
        }))
    }
}

fn decode(arguments: &[ArrayRef]) -> ArrayRef {
    let hex = |text: Option<&str>| key_and_prefix(text?).map(|(key, _)| digits(&key));
    Arc::new(arguments[0].as_string::<i32>().iter().map(hex).collect::<StringArray>())
}

fn prefix(arguments: &[ArrayRef]) -> ArrayRef {
    let prefix = |text: Option<&str>| key_and_prefix(text?).map(|(_, prefix)| i64::from(prefix));
    Arc::new(arguments[0].as_string::<i32>().iter().map(prefix).collect::<Int64Array>())
}

fn encode(arguments: &[ArrayRef]) -> ArrayRef {
    let keys = arguments[0].as_string::<i32>().iter();
    let prefixes = arguments[1].as_primitive::<Int64Type>().iter();
    let encoded = keys.zip(prefixes).map(|(key, prefix)| {
        let prefix = u16::try_from(prefix?).ok()?;
        address_with(key_of_hex(key?)?, prefix)
    });
    Arc::new(encoded.collect::<StringArray>())
}

fn from_hex(arguments: &[ArrayRef]) -> ArrayRef {
    let encoded = |key: Option<&str>| key_of_hex(key?).map(address);
    Arc::new(arguments[0].as_string::<i32>().iter().map(encoded).collect::<StringArray>())
}
