//! The digest of what passes by.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

/// Digests what is written, on its way.
pub(crate) struct Digesting<W> {
    to: W,
    sha256: Sha256,
    bytes: u64,
}

impl<W: Write> Digesting<W> {
    pub(crate) fn of(to: W) -> Self {
        Self { to, sha256: Sha256::new(), bytes: 0 }
    }

    /// SHA-256 of all that was written, and how many bytes that is.
    pub(crate) fn finish(self) -> (W, [u8; 32], u64) {
        (self.to, self.sha256.finalize().into(), self.bytes)
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.sha256.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// SHA-256 of all that `from` has.
pub(crate) fn digest_of(mut from: impl Read) -> io::Result<[u8; 32]> {
    let mut digesting = Digesting::of(io::sink());
    io::copy(&mut from, &mut digesting)?;
    Ok(digesting.finish().1)
}
