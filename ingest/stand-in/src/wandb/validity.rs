//! The bounds of a query. They are checked before any of it is answered, so that a small one cannot bring the server
//! down.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql_parser::Positioned;
use async_graphql_parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
};

use super::refusal::Refusal;

/// How deep brackets may nest in the text, and selections in selections, fragments opened: clients have come to 7.
const DEPTH_MAX: u32 = 64;

/// Looks at a query's text before the parser does, which takes a piece of the stack for each bracket that is open.
///
/// # Errors
/// More are open than may be; a string has no end, or a NUL, which stands for variables where values are put together.
pub(super) fn check_text(query: &str) -> Result<(), Refusal> {
    let (mut rest, mut depth) = (query.as_bytes(), 0_u32);
    while let Some((byte, behind)) = rest.split_first() {
        rest = match byte {
            0 => return Err(nul()),
            b'"' => behind_string(rest)?,
            b'#' => &behind[behind.iter().take_while(|byte| !b"\r\n".contains(byte)).count()..],
            _ => behind,
        };
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(Refusal::bad_request(format!("the query is nested over {DEPTH_MAX} deep")));
        }
    }
    Ok(())
}

/// Returns what follows a string. It is found as the parser finds it, or not at all: what one of them takes for text,
/// the other must not take for brackets.
fn behind_string(from: &[u8]) -> Result<&[u8], Refusal> {
    let block = from.strip_prefix(b"\"\"\"");
    let is_block = block.is_some();
    let mut rest = block.unwrap_or(&from[1..]);
    loop {
        rest = match rest {
            [0, ..] => return Err(nul()),
            [b'"', b'"', b'"', behind @ ..] if is_block => return Ok(behind),
            [b'\\', b'"', b'"', b'"', behind @ ..] if is_block => behind,
            [_, behind @ ..] if is_block => behind,
            [b'"', behind @ ..] => return Ok(behind),
            [b'\\', b'u', b'0', b'0', b'0', b'0', ..] => return Err(nul()),
            [b'\\', _, behind @ ..] => behind,
            [] | [b'\r' | b'\n', ..] => return Err(Refusal::bad_request("a string of the query has no end")),
            [_, behind @ ..] => behind,
        };
    }
}

fn nul() -> Refusal {
    Refusal::bad_request("the query has a NUL in it: there is none in GraphQL")
}

/// Checks the operation that will be answered.
///
/// # Errors
/// A fragment is missing, or contains itself; selections are nested too deep; a variable is not declared.
pub(super) fn check(operation: &OperationDefinition, document: &ExecutableDocument) -> Result<(), Refusal> {
    let declared = operation.variable_definitions.iter().map(|definition| &*definition.node.name.node);
    let mut check = Check { document, declared: declared.collect(), heights: BTreeMap::new() };
    check.directives(&operation.directives)?;
    check.height(&operation.selection_set.node, 0).map(|_| ())
}

struct Check<'a> {
    document: &'a ExecutableDocument,
    declared: BTreeSet<&'a str>,
    /// How deep it goes below each fragment; `None` while one is looked at.
    heights: BTreeMap<&'a str, Option<u32>>,
}

impl<'a> Check<'a> {
    /// Returns how deep it goes below a set, which is `depth` deep itself.
    fn height(&mut self, set: &'a SelectionSet, depth: u32) -> Result<u32, Refusal> {
        let mut highest = 0;
        for selection in &set.items {
            self.directives(selection.node.directives())?;
            let height = match &selection.node {
                Selection::Field(field) => {
                    self.arguments(&field.node)?;
                    self.below(&field.node.selection_set.node, depth)?
                }
                Selection::InlineFragment(fragment) => {
                    self.below(&fragment.node.selection_set.node, depth)?
                }
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node, depth)?,
            };
            highest = height.max(highest);
        }
        Ok(highest)
    }

    fn below(&mut self, set: &'a SelectionSet, depth: u32) -> Result<u32, Refusal> {
        if set.items.is_empty() {
            return Ok(0);
        }
        reaching(depth + 1)?;
        Ok(self.height(set, depth + 1)? + 1)
    }

    /// Returns how deep it goes below a fragment. Each is looked at once, however often it is asked for.
    fn fragment(&mut self, name: &'a str, depth: u32) -> Result<u32, Refusal> {
        let height = match self.heights.get(name) {
            Some(Some(height)) => *height,
            Some(None) => return Err(Refusal::bad_request(format!("the fragment {name} is in itself"))),
            None => {
                let missing = || Refusal::bad_request(format!("the fragment {name} is not in the query"));
                let fragment = &self.document.fragments.get(name).ok_or_else(missing)?.node;
                self.heights.insert(name, None);
                self.directives(&fragment.directives)?;
                let height = self.below(&fragment.selection_set.node, depth)?;
                self.heights.insert(name, Some(height));
                height
            }
        };
        reaching(depth + height)?;
        Ok(height)
    }

    fn arguments(&self, field: &'a Field) -> Result<(), Refusal> {
        field.arguments.iter().try_for_each(|(_, value)| {
            let declared = value.node.clone().into_const_with(|name| self.declared(&name));
            declared.map(|_| ())
        })
    }

    fn directives(&self, directives: &[Positioned<Directive>]) -> Result<(), Refusal> {
        directives.iter().flat_map(|directive| &directive.node.arguments).try_for_each(|(_, value)| {
            let declared = value.node.clone().into_const_with(|name| self.declared(&name));
            declared.map(|_| ())
        })
    }

    /// Returns any value, in the place of the one that the variable will have.
    fn declared<V: From<bool>>(&self, variable: &str) -> Result<V, Refusal> {
        match self.declared.contains(variable) {
            true => Ok(V::from(true)),
            false => Err(Refusal::bad_request(format!(
                "the variable ${variable} is not declared by the operation"
            ))),
        }
    }
}

fn reaching(depth: u32) -> Result<(), Refusal> {
    match depth > DEPTH_MAX {
        true => Err(Refusal::bad_request(format!("selections are nested over {DEPTH_MAX} deep"))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_counted_where_the_parser_counts_them() {
        let deep = "{".repeat(65);
        let closed = format!("{}{}", "[".repeat(64), "]".repeat(64));
        for query in [
            closed.repeat(3),
            format!("# {deep}\n{{"),
            format!(r#"{{ a(b: "{deep}") }}"#),
            format!(r#"{{ a(b: "\"{deep}") }}"#),
            format!(r#"{{ a(b: """{deep} \""" {deep} "" """) }}"#),
            format!(r#"{{ a(b: "") }} # " {deep}"#),
        ] {
            assert_eq!(check_text(&query), Ok(()), "{query}");
        }
        for query in [
            deep.clone(),
            "[{(".repeat(22),
            format!("# \n{deep}"),
            format!(r#"{{ a(b: "\\" {deep}"#),
            format!(r#"{{ a(b: """\"""""" {deep}"#),
            format!(r##"{{ a(b: "#" {deep}"##),
        ] {
            assert!(check_text(&query).unwrap_err().message.contains("nested over 64"), "{query}");
        }
    }

    #[test]
    fn a_string_without_an_end_and_a_nul_are_refused() {
        for query in ["{ a(b: \"x\n\") }", "\"\"\"a\" [[[", "\"\\", "\""] {
            assert!(check_text(query).unwrap_err().message.contains("no end"), "{query:?}");
        }
        for query in ["{ a\0 }", r#"{ a(b: "\u0000n") }"#, "{ a(b: \"\0n\") }", "\"\"\"\0\"\"\""] {
            assert!(check_text(query).unwrap_err().message.contains("NUL"), "{query:?}");
        }
        assert_eq!(check_text(r#"{ a(b: "\\u0000", c: """\u0000""") }"#), Ok(()));
    }
}
