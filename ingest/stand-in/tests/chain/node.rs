//! A node on loopback whose chain and whose answers a test can make others.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use annals_stand_in::chain::{ChainServer, Head, RecordedChain, ServedChain};
use tokio::sync::watch;

/// An answer, or what the node says instead.
pub(crate) type Told = Result<String, String>;
/// What becomes of the answer to a method with parameters.
type Twist = dyn Fn(&str, &str, Told) -> Told + Send + Sync;

pub(crate) struct Node {
    chain: Mutex<Arc<RecordedChain>>,
    head: watch::Sender<Head>,
    twist: Box<Twist>,
}

impl Node {
    pub(crate) fn sound(chain: RecordedChain) -> Arc<Self> {
        Self::with(chain, |_, _, told| told)
    }

    pub(crate) fn with(
        chain: RecordedChain,
        twist: impl Fn(&str, &str, Told) -> Told + Send + Sync + 'static,
    ) -> Arc<Self> {
        let head = watch::Sender::new(chain.head().borrow().clone());
        Arc::new(Self { chain: Mutex::new(Arc::new(chain)), head, twist: Box::new(twist) })
    }

    /// From now on the head is the block at this height.
    pub(crate) fn show(&self, height: u64) {
        let chain = Arc::clone(&self.chain.lock().unwrap());
        chain.set_head(height);
        self.tell(chain.head().borrow().clone());
    }

    /// From now on its chain is this one, up to its head.
    pub(crate) fn turn_to(&self, chain: RecordedChain, height: u64) {
        *self.chain.lock().unwrap() = Arc::new(chain);
        self.show(height);
    }

    /// Sends a head, whatever the chain is.
    pub(crate) fn tell(&self, head: Head) {
        self.head.send_replace(head);
    }

    pub(crate) fn head(&self) -> Head {
        self.head.borrow().clone()
    }

    pub(crate) async fn serve(self: &Arc<Self>) -> ChainServer {
        self.serve_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    pub(crate) async fn serve_at(self: &Arc<Self>, address: SocketAddr) -> ChainServer {
        ChainServer::start(address, Arc::clone(self) as _).await.unwrap()
    }
}

impl ServedChain for Node {
    fn answer(&self, method: &str, params: &str) -> Told {
        let chain = Arc::clone(&self.chain.lock().unwrap());
        (self.twist)(method, params, chain.answer(method, params))
    }

    fn head(&self) -> watch::Receiver<Head> {
        self.head.subscribe()
    }
}
