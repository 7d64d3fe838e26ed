//! JSON as upstream's Python reads it: key order kept, numbers as written, lone surrogates, NaN, duplicate keys.
//!
//! A general parser would do no harm to most runs and decide a dispute wrongly in the rest: it reads every number as
//! binary floating point (9007199254740993 and 9007199254740992.0 are different votes), sorts or drops keys (which of
//! two spellings of a uid comes last decides), or refuses what `json.loads` takes.

mod build;
mod canonical;
mod error;
pub(in crate::event) mod fields;
mod members;
mod parse;
mod plain;
mod raw_text;
mod text;
mod value;

pub use error::JsonError;
pub use fields::{number, object, text, texts};
pub use members::IntoMembers;
pub use parse::{Parser, parse};
pub use text::Text;
pub(in crate::event) use text::write_escaped;
pub use value::{Number, Object, Value};
