//! Floats that JSON has no numbers for, as texts: `"NaN"`, `"Infinity"` and `"-Infinity"`, so that they are not null.

use std::sync::LazyLock;

use arrow_array::Array;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float16Type, Float32Type, Float64Type};
use arrow_json::writer::{NullableEncoder, make_encoder};
use arrow_json::{Encoder, EncoderFactory, EncoderOptions};
use arrow_schema::{ArrowError, DataType, FieldRef};

/// Encodes floats, those inside of lists and structs, too.
#[derive(Debug)]
pub(super) struct Floats;

/// Encodes all other floats.
static NUMBERS: LazyLock<EncoderOptions> = LazyLock::new(EncoderOptions::default);

struct FloatEncoder<'a> {
    value: Box<dyn Fn(usize) -> f64 + 'a>,
    number: NullableEncoder<'a>,
}

impl EncoderFactory for Floats {
    fn make_default_encoder<'a>(
        &self,
        field: &'a FieldRef,
        array: &'a dyn Array,
        _: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        let value: Box<dyn Fn(usize) -> f64 + 'a> = match array.data_type() {
            DataType::Float16 => {
                let floats = array.as_primitive::<Float16Type>();
                Box::new(|row| floats.value(row).to_f64())
            }
            DataType::Float32 => {
                let floats = array.as_primitive::<Float32Type>();
                Box::new(|row| floats.value(row).into())
            }
            DataType::Float64 => {
                let floats = array.as_primitive::<Float64Type>();
                Box::new(|row| floats.value(row))
            }
            _ => return Ok(None),
        };
        if (0..array.len()).all(|row| value(row).is_finite()) {
            return Ok(None);
        }
        let number = make_encoder(field, array, &NUMBERS)?;
        let encoder = FloatEncoder { value, number };
        Ok(Some(NullableEncoder::new(Box::new(encoder), array.nulls().cloned())))
    }
}

impl Encoder for FloatEncoder<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        let text = match (self.value)(row) {
            value if value.is_nan() => "\"NaN\"",
            f64::INFINITY => "\"Infinity\"",
            f64::NEG_INFINITY => "\"-Infinity\"",
            _ => return self.number.encode(row, out),
        };
        out.extend_from_slice(text.as_bytes());
    }
}
