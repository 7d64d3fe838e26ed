//! A node that has one runtime and one block, and notes what is sent to it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use annals_log::PrometheusInfo;
use jsonrpsee::RpcModule;
use jsonrpsee::server::{Server, ServerHandle};
use jsonrpsee::types::ErrorObjectOwned;
use serde_json::{Value, json};

pub(crate) const GENESIS: &str = "0x4545454545454545454545454545454545454545454545454545454545454545";
const HEAD: &str = "0x0101010101010101010101010101010101010101010101010101010101010101";
/// Of `SubtensorModule.Prometheus` on subnet 3, without the hotkey.
const PROMETHEUS: &str = "0x658faa385070e074c85bf6b568cf0555e2cb8fd8f8e097862c6255753a3c788a0300";
/// As a block has it.
pub(crate) const HEIGHT: u64 = 7;

/// What the pool does with an extrinsic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pool {
    /// Refuses it, with this number.
    Refuses(u8),
    /// Takes it, ends the subscription, and then the chain says what was sent.
    LosesSightOfIt,
    /// Takes it, ends the subscription, and drops it.
    DropsIt,
}

struct Chain {
    metadata: Vec<u8>,
    spec_version: u32,
    pool: Pool,
    /// What the chain says, and what it says once an extrinsic was sent.
    announced: Mutex<Option<PrometheusInfo>>,
    wanted: Option<PrometheusInfo>,
    sent: Mutex<Vec<String>>,
}

pub(crate) struct FakeNode {
    chain: Arc<Chain>,
    address: SocketAddr,
    _server: ServerHandle,
}

impl FakeNode {
    /// With the runtime whose metadata is recorded.
    pub(crate) async fn start(
        spec_version: u32,
        pool: Pool,
        announced: Option<PrometheusInfo>,
        wanted: Option<PrometheusInfo>,
    ) -> Self {
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/chain-executed");
        let file = format!("{fixtures}/v{spec_version}.scale.zst");
        let metadata = zstd::decode_all(std::fs::File::open(file).unwrap()).unwrap();
        let (announced, sent) = (Mutex::new(announced), Mutex::default());
        let chain = Arc::new(Chain { metadata, spec_version, pool, announced, wanted, sent });
        let server = Server::builder().build("127.0.0.1:0").await.unwrap();
        let address = server.local_addr().unwrap();
        Self { _server: server.start(methods(Arc::clone(&chain))), chain, address }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// What was sent to it, in hex.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.chain.sent.lock().unwrap().clone()
    }
}

fn methods(chain: Arc<Chain>) -> RpcModule<Chain> {
    let mut module = RpcModule::from_arc(chain);
    for method in [
        "chain_getBlockHash",
        "chain_getFinalizedHead",
        "chain_getHeader",
        "state_getRuntimeVersion",
        "state_getMetadata",
        "state_getStorage",
        "state_call",
    ] {
        let answer = move |params: jsonrpsee::types::Params<'_>, chain: &Chain| {
            let params: Vec<Value> = params.parse().unwrap_or_default();
            chain.answer(method, &params)
        };
        module.register_method(method, move |params, chain, _| answer(params, chain)).unwrap();
    }
    let (name, notice, end) =
        ("author_submitAndWatchExtrinsic", "author_extrinsicUpdate", "author_unwatchExtrinsic");
    let submit = async |params: jsonrpsee::types::Params<'static>,
                        pending: jsonrpsee::PendingSubscriptionSink,
                        chain: Arc<Chain>| {
        chain.sent.lock().unwrap().push(params.one().unwrap());
        match chain.pool {
            Pool::Refuses(number) => {
                let data = Some(format!("Custom error: {number}"));
                pending.reject(ErrorObjectOwned::owned(1010, "Invalid Transaction", data)).await;
            }
            Pool::LosesSightOfIt => {
                drop(pending.accept().await);
                *chain.announced.lock().unwrap() = chain.wanted.clone();
            }
            Pool::DropsIt => drop(pending.accept().await),
        }
    };
    module
        .register_subscription(name, notice, end, move |params, pending, chain, _| async move {
            submit(params, pending, chain).await;
        })
        .unwrap();
    module
}

impl Chain {
    fn answer(&self, method: &str, params: &[Value]) -> Result<Value, ErrorObjectOwned> {
        let first = params.first().and_then(Value::as_str).unwrap_or_default();
        Ok(match method {
            "chain_getBlockHash" if params[0] == json!(0) => json!(GENESIS),
            "chain_getBlockHash" | "chain_getFinalizedHead" => json!(HEAD),
            "chain_getHeader" => json!({
                "parentHash": GENESIS, "number": format!("{HEIGHT:#x}"), "stateRoot": GENESIS,
                "extrinsicsRoot": GENESIS, "digest": {"logs": []},
            }),
            "state_getRuntimeVersion" => json!({
                "specName": "node-subtensor", "specVersion": self.spec_version, "transactionVersion": 1,
            }),
            "state_getMetadata" => json!(hex_of(&self.metadata)),
            "state_getStorage" if first.starts_with(PROMETHEUS) => {
                json!(self.announced.lock().unwrap().as_ref().map(|told| hex_of(&row(told))))
            }
            "state_getStorage" => Value::Null,
            "state_call" if first == "Core_version" => json!(hex_of(&self.version())),
            "state_call" if first == "Metadata_metadata" => {
                let length = u32::try_from(self.metadata.len()).unwrap() << 2 | 2;
                json!(hex_of(&[&length.to_le_bytes(), self.metadata.as_slice()].concat()))
            }
            "state_call" if first == "AccountNonceApi_account_nonce" => json!(hex_of(&9_u32.to_le_bytes())),
            _ => return Err(ErrorObjectOwned::owned(-32000, "the runtime has no such function", None::<()>)),
        })
    }

    /// SCALE of `RuntimeVersion`.
    fn version(&self) -> Vec<u8> {
        let spec_version = self.spec_version.to_le_bytes();
        let [one, name] = [1_u32.to_le_bytes(), *b"\x0csub"];
        // No APIs, transaction version, state version.
        [&name[..], &name, &one, &spec_version, &one, &[0], &one, &[1]].concat()
    }
}

/// SCALE of `PrometheusInfo`.
fn row(told: &PrometheusInfo) -> Vec<u8> {
    let PrometheusInfo { block, version, ip, port, ip_type } = told;
    [&block.to_le_bytes()[..], &version.to_le_bytes(), &ip.to_le_bytes(), &port.to_le_bytes(), &[*ip_type]]
        .concat()
}

fn hex_of(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}
