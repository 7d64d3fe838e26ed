//! Digests bytes as they are written.

use std::io::{self, Write};

use annals_log::Hash;
use sha2::{Digest as _, Sha256};

/// A writer that digests what passes through it.
pub(crate) struct Digesting<W> {
    to: W,
    sha256: Sha256,
}

impl<W: Write> Digesting<W> {
    pub(crate) fn of(to: W) -> Self {
        Self { to, sha256: Sha256::new() }
    }

    /// Returns SHA-256 of what was written so far.
    pub(crate) fn so_far(&self) -> [u8; 32] {
        self.sha256.clone().finalize().into()
    }

    /// Returns the inner writer, and SHA-256 of all that was written.
    pub(crate) fn finish(self) -> (W, [u8; 32]) {
        (self.to, self.sha256.finalize().into())
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.sha256.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Digests blocks as they are written or read, each after its length in 4 bytes, big-endian.
#[derive(Default)]
pub(crate) struct MemoryDigest(Sha256);

impl MemoryDigest {
    pub(crate) fn block(&mut self, bytes: &[u8]) {
        let length = u32::try_from(bytes.len()).expect("the codec writes at most 16 MiB");
        self.0.update(length.to_be_bytes());
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> Hash {
        Hash(self.0.finalize().into())
    }
}
