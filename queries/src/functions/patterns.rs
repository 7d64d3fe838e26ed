//! `similar_to_escape` and `like_escape`: patterns of the SQL standard in the words that DataFusion has. PostgreSQL has
//! functions of these names that do the same.

use std::sync::Arc;

use datafusion::arrow::array::{Array as _, ArrayRef, AsArray as _, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

pub(super) fn all() -> [ScalarUDF; 2] {
    let taking = |counts: &[usize]| {
        let exact = counts.iter().map(|&count| TypeSignature::Exact(vec![DataType::Utf8; count]));
        Signature::one_of(exact.collect(), Volatility::Immutable)
    };
    [(Operator::SimilarTo, taking(&[1, 2])), (Operator::Like, taking(&[2]))]
        .map(|(of, signature)| ScalarUDF::new_from_impl(Pattern { of, signature }))
}

/// The operator that takes such patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Operator {
    SimilarTo,
    Like,
}

/// Writes a pattern in other words. The second argument is the character that takes the next one as it is, `\` without
/// it, none if it is empty.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Pattern {
    of: Operator,
    signature: Signature,
}

impl ScalarUDFImpl for Pattern {
    fn name(&self) -> &str {
        match self.of {
            Operator::SimilarTo => "similar_to_escape",
            Operator::Like => "like_escape",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_constant = arguments.args.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let texts: Vec<ArrayRef> =
            arrays.iter().map(|array| cast(array, &DataType::Utf8)).collect::<std::result::Result<_, _>>()?;
        let patterns = texts[0].as_string::<i32>();
        let written = patterns.iter().enumerate().map(|(row, pattern)| {
            let escape = match texts.get(1).map(datafusion::arrow::array::AsArray::as_string::<i32>) {
                None => Some("\\"),
                Some(escapes) => escapes.is_valid(row).then(|| escapes.value(row)),
            };
            let (Some(pattern), Some(escape)) = (pattern, escape) else { return Ok(None) };
            let escape = one_character(escape)?;
            let written = match self.of {
                Operator::SimilarTo => regex(pattern, escape),
                Operator::Like => like(pattern, escape),
            };
            written.map(Some)
        });
        let written: ArrayRef = Arc::new(written.collect::<Result<StringArray>>()?);
        if is_constant {
            return Ok(ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(&written, 0)?));
        }
        Ok(ColumnarValue::Array(written))
    }
}

fn one_character(escape: &str) -> Result<Option<char>> {
    let mut characters = escape.chars();
    match (characters.next(), characters.next()) {
        (escape, None) => Ok(escape),
        _ => exec_err!("ESCAPE takes one character, and '{escape}' has more"),
    }
}

/// A pattern of `LIKE` whose escape is `\`.
fn like(pattern: &str, escape: Option<char>) -> Result<String> {
    let mut written = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if Some(character) == escape {
            let Some(meant) = characters.next() else {
                return exec_err!("the pattern '{pattern}' ends with its escape");
            };
            written.extend(['\\', meant]);
        } else if character == '\\' {
            written.push_str("\\\\");
        } else {
            written.push(character);
        }
    }
    Ok(written)
}

/// A pattern of `SIMILAR TO` as a regular expression of the whole text (PostgreSQL's manual, 9.7.2): `%` and `_` are
/// those of `LIKE`, `| * + ? { } ( ) [ ]` those of regular expressions, and all else stands for itself.
fn regex(pattern: &str, escape: Option<char>) -> Result<String> {
    let mut written = String::from("^(?s:");
    let mut characters = pattern.chars();
    // A class of characters, as [:alpha:], has brackets within those around it.
    let mut brackets = 0_u8;
    while let Some(character) = characters.next() {
        if Some(character) == escape {
            let Some(meant) = characters.next() else {
                return exec_err!("the pattern '{pattern}' ends with its escape");
            };
            push_literal(&mut written, meant);
            continue;
        }
        match character {
            '[' => {
                brackets = brackets.saturating_add(1);
                written.push('[');
            }
            ']' if brackets > 0 => {
                brackets -= 1;
                written.push(']');
            }
            '^' | '-' | ':' if brackets > 0 => written.push(character),
            _ if brackets > 0 => push_literal(&mut written, character),
            '%' => written.push_str(".*"),
            '_' => written.push('.'),
            '(' => written.push_str("(?:"),
            ')' | '|' | '*' | '+' | '?' | '{' | '}' => written.push(character),
            _ => push_literal(&mut written, character),
        }
    }
    written.push_str(")$");
    Ok(written)
}

fn push_literal(written: &mut String, character: char) {
    if character.is_ascii_punctuation() {
        written.push('\\');
    }
    written.push(character);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_say_the_same_in_other_words() {
        for (pattern, escape, right) in [
            ("NVIDIA%", Some('\\'), "^(?s:NVIDIA.*)$"),
            ("a.b_(c|d)+", Some('\\'), "^(?s:a\\.b.(?:c|d)+)$"),
            ("50!%", Some('!'), "^(?s:50\\%)$"),
            ("[^a-c.][[:digit:]]", Some('\\'), "^(?s:[^a-c\\.][[:digit:]])$"),
            ("\\%", None, "^(?s:\\\\.*)$"),
            ("", Some('\\'), "^(?s:)$"),
        ] {
            assert_eq!(regex(pattern, escape).unwrap(), right, "{pattern}");
        }
        for (pattern, escape, right) in
            [("a!%c", Some('!'), "a\\%c"), ("!!\\", Some('!'), "\\!\\\\"), ("\\%", None, "\\\\%")]
        {
            assert_eq!(like(pattern, escape).unwrap(), right, "{pattern}");
        }
        assert!(regex("a\\", Some('\\')).is_err() && like("a!", Some('!')).is_err());
    }
}
