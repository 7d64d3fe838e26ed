//! Content codings: a body as it is, or gzip, decompressed piece by piece.

use std::io::Write as _;

use flate2::write::GzDecoder;
use hyper::HeaderMap;
use hyper::header::CONTENT_ENCODING;

use super::failed::{Failed, FailedKind};

/// Decodes a body as it comes. A piece that it gives is at most a few times 32 KiB, however small what it came of.
pub(super) enum Decoding {
    Plain,
    Gzip(Box<GzDecoder<Vec<u8>>>),
}

impl Decoding {
    /// # Errors
    /// The body is in a coding that nobody asked for.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Failed> {
        let mut codings = headers.get_all(CONTENT_ENCODING).iter();
        match (codings.next(), codings.next()) {
            (None, _) => Ok(Self::Plain),
            (Some(one), None) if one.as_bytes().eq_ignore_ascii_case(b"identity") => Ok(Self::Plain),
            (Some(one), None) if one.as_bytes().eq_ignore_ascii_case(b"gzip") => {
                Ok(Self::Gzip(Box::new(GzDecoder::new(Vec::new()))))
            }
            (Some(first), _) => {
                let first = String::from_utf8_lossy(first.as_bytes());
                Err(broken(format!("the body is encoded as {first:?}, and only gzip was asked for")))
            }
        }
    }

    /// Takes from `rest`, and returns the next piece; `None` when nothing more comes of it.
    ///
    /// # Errors
    /// It is no gzip, or something follows it.
    pub(super) fn next<'s, 'r: 's>(&'s mut self, rest: &mut &'r [u8]) -> Result<Option<&'s [u8]>, Failed> {
        match self {
            Self::Plain => {
                let all = std::mem::take(rest);
                Ok((!all.is_empty()).then_some(all))
            }
            Self::Gzip(decoder) => {
                decoder.get_mut().clear();
                while !rest.is_empty() && decoder.get_ref().is_empty() {
                    // Each write gives what the one before it left in a buffer of 32 KiB, and fills that once.
                    match decoder.write(rest).map_err(|error| no_gzip(&error))? {
                        0 => return Err(broken("bytes follow the end of the gzip")),
                        taken => *rest = &rest[taken..],
                    }
                }
                let piece = decoder.get_ref().as_slice();
                Ok((!piece.is_empty()).then_some(piece))
            }
        }
    }

    /// Returns the last piece.
    ///
    /// # Errors
    /// The gzip is cut short, or its checksum is another.
    pub(super) fn end(self) -> Result<Vec<u8>, Failed> {
        let Self::Gzip(mut decoder) = self else { return Ok(Vec::new()) };
        decoder.get_mut().clear();
        decoder.finish().map_err(|error| no_gzip(&error))
    }
}

fn no_gzip(error: &std::io::Error) -> Failed {
    broken(format!("the gzip is broken: {error}"))
}

fn broken(why: impl Into<String>) -> Failed {
    Failed::new(FailedKind::Unreachable, why)
}
