//! Servers of a few bytes, right or wrong.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// No connection is served longer, whatever its server does.
const CONNECTION_WITHIN: Duration = Duration::from_secs(60);

/// A server on loopback, which serves one connection after the other until it is dropped.
pub(super) struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Closed,
    Reset,
}

impl Server {
    pub(super) async fn start<Serving>(serve: impl Fn(TcpStream) -> Serving + Send + Sync + 'static) -> Self
    where
        Serving: Future<Output = ()> + Send,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = connections.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::Relaxed);
                _ = timeout(CONNECTION_WITHIN, serve(stream)).await;
            }
        });
        Self { address, connections, task }
    }

    /// Reads a request, answers with these bytes, and closes.
    pub(super) async fn answering(bytes: Vec<u8>) -> Self {
        Self::start(move |stream| answer(stream, bytes.clone(), Ending::Closed)).await
    }

    /// Reads a request, sends `first`, and then the same bytes again and again, until the other side has enough.
    pub(super) async fn endless(first: &'static str, again: impl Into<Vec<u8>>) -> Self {
        let again = again.into();
        Self::start(move |mut stream| {
            let again = again.clone();
            async move {
                request(&mut stream).await;
                let mut sent = stream.write_all(first.as_bytes()).await;
                while sent.is_ok() {
                    sent = stream.write_all(&again).await;
                }
            }
        })
        .await
    }

    /// Reads a request, sends `first`, and then a byte now and then.
    pub(super) async fn dribbling(first: &'static str, byte: u8) -> Self {
        Self::start(move |mut stream| async move {
            request(&mut stream).await;
            let mut sent = stream.write_all(first.as_bytes()).await;
            while sent.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
                sent = stream.write_all(&[byte]).await;
            }
        })
        .await
    }

    /// Accepts, and never says anything.
    pub(super) async fn silent() -> Self {
        Self::start(|stream| async move {
            let _open = stream;
            std::future::pending::<()>().await;
        })
        .await
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were accepted.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads a request, answers with these bytes, and ends the connection.
pub(super) async fn answer(mut stream: TcpStream, bytes: Vec<u8>, ending: Ending) {
    request(&mut stream).await;
    if ending == Ending::Reset {
        stream.set_zero_linger().unwrap();
    }
    // The other side closes when it has enough.
    _ = stream.write_all(&bytes).await;
}

/// Reads to the end of a request.
pub(super) async fn request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { break };
        request.push(byte);
    }
    String::from_utf8(request).unwrap()
}
