//! A node on loopback, which answers the questions of a follower over JSON-RPC.

use std::net::SocketAddr;
use std::sync::Arc;

use jsonrpsee::SubscriptionMessage;
use jsonrpsee::server::{RpcModule, Server, ServerConfig, ServerHandle};
use jsonrpsee::types::ErrorObjectOwned;
use serde_json::value::RawValue;
use tokio::sync::watch;

/// The error code of `sc-rpc-api` for a method that it does not have.
const NO_METHOD: i32 = -32601;
/// The longest answer: as long as one that may be recorded.
const ANSWER_BYTES_MAX: u32 = 128 << 20;

/// The last final block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its hash, as `0x` and hex.
    pub hash: String,
    /// Its header, as `chain_getHeader` gives it.
    pub header: String,
}

/// A chain, as a node tells it.
pub trait ServedChain: Send + Sync + 'static {
    /// Returns the answer to a method with `params`, a JSON list, as JSON.
    ///
    /// # Errors
    /// The words of the error that the node answers.
    fn answer(&self, method: &str, params: &str) -> Result<String, String>;

    /// Returns the head, as it moves.
    fn head(&self) -> watch::Receiver<Head>;
}

/// A node that answers. It stops when it is dropped.
pub struct ChainServer {
    /// The address at which it listens.
    pub address: SocketAddr,
    handle: ServerHandle,
}

const METHODS: [&str; 9] = [
    "chain_getBlock",
    "chain_getBlockHash",
    "chain_getHeader",
    "state_call",
    "state_getKeysPaged",
    "state_getMetadata",
    "state_getRuntimeVersion",
    "state_getStorage",
    "state_queryStorageAt",
];

impl ChainServer {
    /// Serves `chain` at `listen`, which may have port 0.
    ///
    /// # Errors
    /// It cannot listen there.
    pub async fn start(listen: SocketAddr, chain: Arc<dyn ServedChain>) -> std::io::Result<Self> {
        let config = ServerConfig::builder().max_response_body_size(ANSWER_BYTES_MAX).build();
        let server = Server::builder().set_config(config).build(listen).await?;
        let address = server.local_addr()?;
        Ok(Self { address, handle: server.start(methods(chain)) })
    }

    /// Returns the URL that a follower takes.
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Closes all connections.
    pub async fn stop(self) {
        // An error says that it has stopped.
        let _ = self.handle.stop();
        self.handle.clone().stopped().await;
    }
}

impl Drop for ChainServer {
    fn drop(&mut self) {
        let _ = self.handle.stop();
    }
}

fn methods(chain: Arc<dyn ServedChain>) -> RpcModule<Arc<dyn ServedChain>> {
    let mut module = RpcModule::new(chain);
    for method in METHODS {
        let registered = module.register_method(method, move |params, chain, _| {
            let answer = chain.answer(method, params.as_str().unwrap_or("[]"));
            let answer =
                answer.and_then(|text| RawValue::from_string(text).map_err(|error| error.to_string()));
            answer.map_err(|what| ErrorObjectOwned::owned(NO_METHOD, what, None::<()>))
        });
        registered.expect("each is registered once");
    }
    let head =
        module.register_method("chain_getFinalizedHead", |_, chain, _| chain.head().borrow().hash.clone());
    head.expect("it is registered once");
    let heads = module.register_subscription(
        "chain_subscribeFinalizedHeads",
        "chain_finalizedHead",
        "chain_unsubscribeFinalizedHeads",
        |_, pending, chain, _| async move {
            let Ok(sink) = pending.accept().await else { return };
            let mut head = chain.head();
            loop {
                let header = head.borrow_and_update().header.clone();
                let header = RawValue::from_string(header).expect("headers are kept as JSON");
                let message = SubscriptionMessage::from(header);
                if sink.send(message).await.is_err() {
                    return;
                }
                tokio::select! {
                    moved = head.changed() => if moved.is_err() { return },
                    () = sink.closed() => return,
                }
            }
        },
    );
    heads.expect("it is registered once");
    module
}
