//! A connection on which the first byte is timed, and what comes before a body is bounded.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// A connection, with TLS or without.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// What is seen of an answer on its connection.
pub(super) struct Seen {
    first_byte: OnceLock<Instant>,
    bytes: AtomicUsize,
    /// Bytes after which nothing more is read until there is a head.
    head_bytes_max: usize,
    has_head: AtomicBool,
}

impl Seen {
    pub(super) fn new(head_bytes_max: usize) -> Self {
        Self {
            first_byte: OnceLock::new(),
            bytes: AtomicUsize::new(0),
            head_bytes_max,
            has_head: AtomicBool::new(false),
        }
    }

    /// When the status line began.
    pub(super) fn first_byte(&self) -> Option<Instant> {
        self.first_byte.get().copied()
    }

    /// Interim answers have all the room that there is before a head.
    pub(super) fn is_full(&self) -> bool {
        !self.has_head.load(Ordering::Relaxed) && self.bytes.load(Ordering::Relaxed) >= self.head_bytes_max
    }

    /// From here on the body's own bounds hold.
    pub(super) fn has_head(&self) {
        self.has_head.store(true, Ordering::Relaxed);
    }
}

/// A connection, and what is seen on it.
pub(super) struct Wire {
    stream: Box<dyn Stream>,
    seen: Arc<Seen>,
}

impl Wire {
    pub(super) fn new(stream: Box<dyn Stream>, seen: Arc<Seen>) -> Self {
        Self { stream, seen }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // No parser bounds answers like 100 Continue: each is read and forgotten.
        if self.seen.is_full() {
            return Poll::Ready(Err(io::Error::other("interim answers without end")));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let came = buffer.filled().len() - before;
        if came > 0 {
            self.seen.first_byte.get_or_init(Instant::now);
            self.seen.bytes.fetch_add(came, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
