//! The digest of an answer's rows: the same for the same rows in any form, from any copy of the log.
//!
//! It is SHA-256 over `annals rows v1` and a line feed, then for each column in order its name, its type and the
//! SHA-256 of its values, then the number of rows in 64 bits. All integers are little-endian, all texts have their
//! length in bytes before them, in 32 bits. A value is a byte 0 for null; else a byte 1 and
//!
//! - a text or bytes: as above, with the length before them;
//! - a number, a time or an interval: its bytes as Arrow lays them out; a boolean: a byte 0 or 1;
//! - a list or a map: how many elements it has, in 32 bits, then each as a value; the entries of a map are structs;
//! - a struct: each field as a value; a union: the number of its type in a byte, then the value.
//!
//! Types are `text`, `bytes` and `list` for what Arrow has in several layouts, else as Arrow writes them.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, ArrayRef, RecordBatch};
use arrow_cast::cast;
use arrow_schema::{DataType, Schema};
use sha2::{Digest as _, Sha256};

use super::error::internal;
use crate::failure::Failure;

const TAG: &[u8] = b"annals rows v1\n";
const NULL: u8 = 0;
const VALUE: u8 = 1;

/// The digest of rows on their way.
pub(crate) struct RowsDigest {
    columns: Vec<ColumnDigest>,
    rows: u64,
    /// Values of a column, before they are hashed at once.
    bytes: Vec<u8>,
}

struct ColumnDigest {
    name: String,
    type_name: String,
    values: Sha256,
}

impl RowsDigest {
    pub(crate) fn of(schema: &Schema) -> Self {
        let columns = schema.fields().iter().map(|field| ColumnDigest {
            name: field.name().clone(),
            type_name: type_name(field.data_type()),
            values: Sha256::new(),
        });
        Self { columns: columns.collect(), rows: 0, bytes: Vec::new() }
    }

    /// Takes the next rows, of the schema that it was made for.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        for (column, values) in self.columns.iter_mut().zip(batch.columns()) {
            self.bytes.clear();
            write_values(values, &mut self.bytes)?;
            column.values.update(&self.bytes);
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the digest in hexadecimal.
    pub(crate) fn end(self) -> String {
        let mut bytes = TAG.to_vec();
        for ColumnDigest { name, type_name, values } in self.columns {
            write_bytes(name.as_bytes(), &mut bytes);
            write_bytes(type_name.as_bytes(), &mut bytes);
            bytes.extend(values.finalize());
        }
        bytes.extend(self.rows.to_le_bytes());
        hex::encode(Sha256::digest(bytes))
    }
}

/// The name of a type: the same for all layouts of the same values.
pub(crate) fn type_name(data_type: &DataType) -> String {
    use DataType::{
        Dictionary, FixedSizeList, LargeList, LargeListView, List, ListView, Map, RunEndEncoded, Struct,
    };
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "bytes".to_owned()
        }
        List(item) | LargeList(item) | ListView(item) | LargeListView(item) | FixedSizeList(item, _) => {
            format!("list({})", type_name(item.data_type()))
        }
        Map(entries, _) => format!("map({})", type_name(entries.data_type())),
        Struct(fields) => {
            let fields =
                fields.iter().map(|field| format!("{} {}", field.name(), type_name(field.data_type())));
            format!("struct({})", fields.collect::<Vec<_>>().join(", "))
        }
        Dictionary(_, values) => type_name(values),
        RunEndEncoded(_, values) => type_name(values.data_type()),
        other => other.to_string(),
    }
}

fn write_values(array: &ArrayRef, bytes: &mut Vec<u8>) -> Result<(), Failure> {
    use DataType::{FixedSizeList, LargeList, LargeListView, List, ListView};
    match array.data_type() {
        DataType::Null => bytes.extend(std::iter::repeat_n(NULL, array.len())),
        DataType::Boolean => write_each(array.as_boolean(), bytes, |value, bytes| bytes.push(value.into())),
        DataType::Utf8 => write_each(array.as_string::<i32>(), bytes, write_text),
        DataType::LargeUtf8 => write_each(array.as_string::<i64>(), bytes, write_text),
        DataType::Utf8View => write_each(array.as_string_view(), bytes, write_text),
        DataType::Binary => write_each(array.as_binary::<i32>(), bytes, write_bytes),
        DataType::LargeBinary => write_each(array.as_binary::<i64>(), bytes, write_bytes),
        DataType::BinaryView => write_each(array.as_binary_view(), bytes, write_bytes),
        DataType::FixedSizeBinary(_) => write_each(array.as_fixed_size_binary(), bytes, write_bytes),
        List(_) => write_lists(array, |row| array.as_list::<i32>().value(row), bytes)?,
        DataType::Map(..) => write_lists(array, |row| Arc::new(array.as_map().value(row)), bytes)?,
        DataType::Struct(_) => write_structs(array, bytes)?,
        DataType::Union(..) => write_unions(array, bytes)?,
        LargeList(item) | ListView(item) | LargeListView(item) | FixedSizeList(item, _) => {
            write_values(&cast(array, &List(Arc::clone(item))).map_err(internal)?, bytes)?;
        }
        DataType::Dictionary(_, values) => write_values(&cast(array, values).map_err(internal)?, bytes)?,
        DataType::RunEndEncoded(_, values) => {
            write_values(&cast(array, values.data_type()).map_err(internal)?, bytes)?;
        }
        _ => write_numbers(array, bytes),
    }
    Ok(())
}

fn write_each<T>(
    values: impl IntoIterator<Item = Option<T>>,
    bytes: &mut Vec<u8>,
    write: impl Fn(T, &mut Vec<u8>),
) {
    for value in values {
        match value {
            None => bytes.push(NULL),
            Some(value) => {
                bytes.push(VALUE);
                write(value, bytes);
            }
        }
    }
}

fn write_text(text: &str, bytes: &mut Vec<u8>) {
    write_bytes(text.as_bytes(), bytes);
}

fn write_bytes(value: &[u8], bytes: &mut Vec<u8>) {
    write_count(value.len(), bytes);
    bytes.extend(value);
}

/// Arrow counts the bytes of a text and the elements of a list in 31 bits.
fn write_count(count: usize, bytes: &mut Vec<u8>) {
    bytes.extend(u32::try_from(count).expect("Arrow counts in 31 bits").to_le_bytes());
}

/// Everything whose values have the same width, and lie one behind the other.
fn write_numbers(array: &ArrayRef, bytes: &mut Vec<u8>) {
    let data = array.to_data();
    let width = array.data_type().primitive_width().expect("all other types were met above");
    let values = data.buffers()[0].as_slice()[data.offset() * width..].chunks_exact(width);
    let values = values.take(array.len()).enumerate();
    let values = values.map(|(row, value)| array.is_valid(row).then_some(value));
    write_each(values, bytes, |value, bytes| bytes.extend(value));
}

fn write_lists(
    array: &ArrayRef,
    list: impl Fn(usize) -> ArrayRef,
    bytes: &mut Vec<u8>,
) -> Result<(), Failure> {
    for row in 0..array.len() {
        if array.is_null(row) {
            bytes.push(NULL);
            continue;
        }
        bytes.push(VALUE);
        let elements = list(row);
        write_count(elements.len(), bytes);
        write_values(&elements, bytes)?;
    }
    Ok(())
}

fn write_structs(array: &ArrayRef, bytes: &mut Vec<u8>) -> Result<(), Failure> {
    for row in 0..array.len() {
        if array.is_null(row) {
            bytes.push(NULL);
            continue;
        }
        bytes.push(VALUE);
        for field in array.as_struct().columns() {
            write_values(&field.slice(row, 1), bytes)?;
        }
    }
    Ok(())
}

/// The value of a union may be null, and the union itself is not.
fn write_unions(array: &ArrayRef, bytes: &mut Vec<u8>) -> Result<(), Failure> {
    let union = array.as_union();
    for row in 0..array.len() {
        bytes.push(VALUE);
        bytes.extend(union.type_id(row).to_le_bytes());
        write_values(&union.value(row), bytes)?;
    }
    Ok(())
}
