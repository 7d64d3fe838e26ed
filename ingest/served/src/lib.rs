//! An HTTP server that runs beside whatever else a process does: what all servers of annals share.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long answers that have begun may take when the server stops.
const GRACE: Duration = Duration::from_secs(2);

/// A server that answers. It stops when it is dropped.
pub struct Served {
    /// The address at which it listens.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

/// An address that is taken, at which nobody answers yet: clients that connect wait.
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
}

impl Bound {
    /// Takes `listen`, which may have port 0.
    ///
    /// # Errors
    /// It cannot listen there.
    pub async fn at(listen: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Begins to answer, on the runtime that calls; `router` is told the address.
    pub fn serve(self, router: impl FnOnce(SocketAddr) -> Router) -> Served {
        let Self { listener, address } = self;
        let service = router(address).into_make_service_with_connect_info::<SocketAddr>();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            // The listener fails for no reason that would end it.
            let _ = axum::serve(listener, service).with_graceful_shutdown(stopped).await;
        });
        Served { address, stop: Some(stop), serving }
    }
}

impl Served {
    /// Takes `listen`, which may have port 0, and serves there; `router` is told the address.
    ///
    /// # Errors
    /// It cannot listen there.
    pub async fn start(listen: SocketAddr, router: impl FnOnce(SocketAddr) -> Router) -> io::Result<Self> {
        Ok(Bound::at(listen).await?.serve(router))
    }

    /// Returns the URL that clients take.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Closes all connections.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // An error says that it has stopped.
            let _ = stop.send(());
        }
        // An answer that is still made is not waited for longer.
        let _ = tokio::time::timeout(GRACE, &mut self.serving).await;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
