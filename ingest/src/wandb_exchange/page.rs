//! A page of runs, and whether the server broke on it.

use annals_log::json::{JsonError, Parser, Value};
use memchr::memmem;

use super::answer::{errors_in, of_project, text_of};
use super::plain_text::plain_text;
use crate::raw::Exchange;
use crate::wandb_api::is_broken;

/// A page of runs, as the server answers it.
#[derive(Debug, PartialEq, Eq)]
pub struct Page<'a> {
    /// The text of each `node`, in order.
    pub nodes: Vec<&'a str>,
    /// Whether the server has a page after it.
    pub has_next: bool,
    /// The place after the last node: as its edge says, which is what the clients go by, else as the page does.
    pub cursor: Option<String>,
}

impl<'a> Page<'a> {
    /// Reads the text of an answer.
    ///
    /// # Errors
    /// Says why it is no page.
    pub fn read(text: &'a str) -> Result<Self, String> {
        of_project(text, "runs", Self::walk)
    }

    fn walk(parser: &mut Parser<'a>) -> Result<Self, JsonError> {
        let (mut nodes, mut cursor, mut has_edges) = (Vec::new(), None, false);
        let mut page_info = Value::Null;
        parser.object(|runs, key| match key.as_str() {
            Some("edges") => {
                has_edges = true;
                runs.list(|edge, _| {
                    edge.object(|edge, key| match key.as_str() {
                        Some("cursor") => {
                            cursor = plain_text(&edge.value()?);
                            Ok(())
                        }
                        Some("node") => {
                            nodes.push(edge.skip()?);
                            Ok(())
                        }
                        _ => edge.pass(),
                    })
                })
            }
            Some("pageInfo") => {
                page_info = runs.value()?;
                Ok(())
            }
            _ => runs.pass(),
        })?;
        let page_info = page_info.as_object();
        let end = || page_info.and_then(|info| info.get("endCursor")).and_then(plain_text);
        match page_info.and_then(|info| info.get("hasNextPage")) {
            Some(_) if !has_edges => Err(parser.error("the page has no list of runs")),
            Some(&Value::Bool(has_next)) => Ok(Self { nodes, has_next, cursor: cursor.or_else(end) }),
            _ => Err(parser.error("the page does not say whether there is a next one")),
        }
    }
}

/// Whether the server broke on a page: it says so by its status, or by errors where the runs should be.
pub(crate) fn breaks(exchange: &Exchange) -> bool {
    let has_errors = |text: &str| {
        // Pages are long, and most have no such word in them.
        memmem::find(text.as_bytes(), b"\"errors\"").is_some()
            && Page::read(text).is_err()
            && errors_in(text.as_bytes()).is_some()
    };
    is_broken(&exchange.outcome) || text_of(exchange).is_ok_and(has_errors)
}
