//! A row of a fact table: an entry, and what the table finds in it.

use annals_log::{Fact, ReadError};

use super::entry::Entry;

/// A row whose cells come from an entry and from a content `T`, which is read once, when the first cell needs it.
pub(super) struct FactRow<'r, 'e, T> {
    pub(super) entry: &'r mut Entry<'e>,
    read: ReadContent<'e, T>,
    /// `None` until it is read.
    content: Option<Option<T>>,
}

/// Returns `None` where the entry has no such content that this annals can read.
type ReadContent<'e, T> = fn(&mut Entry<'e>) -> Result<Option<T>, ReadError>;

impl<'r, 'e, T> FactRow<'r, 'e, T> {
    /// A row whose content is at hand.
    pub(super) fn of(entry: &'r mut Entry<'e>, content: T) -> Self {
        Self { entry, read: |_| Ok(None), content: Some(Some(content)) }
    }

    /// A row whose content is still to be read.
    pub(super) fn unread(entry: &'r mut Entry<'e>, read: ReadContent<'e, T>) -> Self {
        Self { entry, read, content: None }
    }

    /// Returns the content, `None` where it cannot be read.
    ///
    /// # Errors
    /// A fault met while reading what the entry vouches for.
    pub(super) fn content(&mut self) -> Result<Option<&T>, ReadError> {
        if self.content.is_none() {
            self.content = Some((self.read)(self.entry)?);
        }
        Ok(self.content.as_ref().and_then(Option::as_ref))
    }
}

impl<'r, 'e, F: Fact> FactRow<'r, 'e, F> {
    /// A row whose content is the entry's fact, still to be decoded.
    pub(super) fn fact(entry: &'r mut Entry<'e>) -> Self {
        Self::unread(entry, Entry::fact)
    }
}
