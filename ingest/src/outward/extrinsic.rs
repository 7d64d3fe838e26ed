//! A call that is signed, and sent once: what becomes of it is told, also when that is that nobody knows.

use std::sync::Arc;
use std::time::Duration;

use annals_log::{
    Account, CallOutcome, Clock, Event, ExtrinsicSubmitted, HotkeySigner, InBlock, NodeTrouble, SubmitOutcome,
};
use subxt::backend::LegacyBackend;
use subxt::client::OnlineClientAtBlockImpl;
use subxt::config::PolkadotExtrinsicParamsBuilder;
use subxt::rpcs::RpcClient;
use subxt::tx::{Signer, SubmittableTransaction, TransactionProgress, TransactionStatus};
use subxt::utils::{AccountId32, MultiSignature};
use subxt::{OnlineClient, PolkadotConfig};

use super::{Call, NAME, refusal};
use crate::sources::{ChainNow, NodeError};

/// An extrinsic that is in no block after so many of them is in none for ever.
const MORTAL_BLOCKS: u64 = 32;

type AtBlock = OnlineClientAtBlockImpl<PolkadotConfig>;

/// What is waited for once an extrinsic is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// A block has it, which the node holds for the best.
    Included,
    /// A finalized block has it.
    Finalized,
}

/// An extrinsic, signed.
pub struct Extrinsic {
    now: ChainNow,
    transaction: SubmittableTransaction<PolkadotConfig, AtBlock>,
    call: Call,
    signer: Account,
}

/// How far a sent extrinsic came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// What became of it, and the height of the block that it is in.
    Told(SubmitOutcome, Option<u64>),
    /// Nothing more is heard of it, for this reason. It may be in a block, now or later.
    Lost(String),
}

/// The hotkey, as it signs extrinsics.
struct Signing<'a>(&'a HotkeySigner);

impl Signer<PolkadotConfig> for Signing<'_> {
    fn account_id(&self) -> AccountId32 {
        AccountId32(self.0.hotkey().public_key())
    }

    fn sign(&self, payload: &[u8]) -> MultiSignature {
        MultiSignature::Sr25519(self.0.sign_extrinsic(payload))
    }
}

impl Extrinsic {
    /// Signs a call for the chain whose node was asked, which is at `url`. Nothing is sent.
    ///
    /// # Errors
    /// The node's; `Wrong` when its runtime has no such call.
    pub async fn sign(
        now: ChainNow,
        url: &str,
        call: Call,
        signer: &HotkeySigner,
    ) -> Result<Self, NodeError> {
        let error = |trouble, what| NodeError { node: now.node().to_owned(), trouble, what };
        let unreachable = |what| error(NodeTrouble::Unreachable, what);
        let wrong = |what| error(NodeTrouble::Wrong, what);
        let payload = call.payload().map_err(wrong)?;
        let client =
            RpcClient::from_insecure_url(url).await.map_err(|error| unreachable(error.to_string()))?;
        let backend = LegacyBackend::<PolkadotConfig>::builder().build(client);
        let api = OnlineClient::from_backend(Arc::new(backend)).await;
        let api: OnlineClient<PolkadotConfig> = api.map_err(|error| unreachable(error.to_string()))?;
        let mut transactions = api.tx().await.map_err(|error| unreachable(error.to_string()))?;
        transactions.call_data(&payload).map_err(|error| wrong(error.to_string()))?;
        let params = PolkadotExtrinsicParamsBuilder::new().mortal(MORTAL_BLOCKS).build();
        let signed = transactions.create_signed(&payload, &Signing(signer), params).await;
        let transaction = signed.map_err(|error| unreachable(error.to_string()))?;
        let signer = Account(signer.hotkey().public_key());
        Ok(Self { now, transaction, call, signer })
    }

    /// BLAKE2b-256 of its bytes.
    pub fn hash(&self) -> [u8; 32] {
        self.transaction.hash().0
    }

    /// Sends it, and waits for what becomes of it, for `within` at most.
    pub async fn send(&self, wait: Wait, within: Duration) -> Sent {
        // The pool of a node may say less of why it takes nothing. Without an answer the pool is asked all the same.
        if let Ok(validity) = self.transaction.validate().await
            && let Some(why) = refusal::by_runtime(&validity)
        {
            return Sent::Told(SubmitOutcome::Refused(why), None);
        }
        let block = match self.transaction.submit_and_watch().await {
            Ok(progress) => tokio::time::timeout(within, watch(progress, wait)).await,
            Err(error) => match refusal::by_pool(&error) {
                Some(why) => return Sent::Told(SubmitOutcome::Refused(why), None),
                None => return Sent::Lost(error.to_string()),
            },
        };
        match block {
            Ok(Ok(block)) => self.outcome_in(block).await,
            Ok(Err(why)) => Sent::Lost(why),
            Err(_) => Sent::Lost(format!("no block had it within {} s", within.as_secs())),
        }
    }

    async fn outcome_in(&self, block: InBlock) -> Sent {
        let (number, outcome) = match self.now.outcome_in(block.hash, self.hash()).await {
            Ok(told) => told,
            Err(error) => return Sent::Lost(format!("it is in a block, and {}", error.what)),
        };
        let outcome = match outcome {
            CallOutcome::Succeeded => SubmitOutcome::Included(block),
            CallOutcome::Failed(why) => SubmitOutcome::Failed(block, why),
            CallOutcome::Untold => SubmitOutcome::Unknown("its block does not tell".to_owned()),
        };
        Sent::Told(outcome, Some(number))
    }

    /// The last height whose block can have it.
    pub(super) fn last_height(&self) -> u64 {
        // One more for a head that moved between two questions.
        self.now.number() + 1 + MORTAL_BLOCKS
    }

    /// The act, as it is recorded.
    pub fn event(&self, outcome: SubmitOutcome, block: Option<u64>) -> Event {
        let Call { pallet, name, args } = self.call.clone();
        let node = self.now.node().to_owned();
        let act = ExtrinsicSubmitted { node, pallet, call: name, args, signer: self.signer, outcome };
        let native_id = format!("0x{}", hex::encode(self.hash()));
        Event { block, ..Event::new(NAME, &native_id, Clock::System.now_ms(), &act) }
    }
}

/// Waits for a block that has the extrinsic.
///
/// # Errors
/// Why nothing more will be heard of it, in words.
async fn watch(
    mut progress: TransactionProgress<PolkadotConfig, AtBlock>,
    wait: Wait,
) -> Result<InBlock, String> {
    loop {
        let status = progress.next().await.ok_or("the node ended the subscription")?;
        match status.map_err(|error| error.to_string())? {
            TransactionStatus::InBestBlock(block) if wait == Wait::Included => {
                return Ok(InBlock { hash: block.block_hash().0, is_final: false });
            }
            TransactionStatus::InFinalizedBlock(block) => {
                return Ok(InBlock { hash: block.block_hash().0, is_final: true });
            }
            // None of them says that no block will have it.
            TransactionStatus::Error { message }
            | TransactionStatus::Invalid { message }
            | TransactionStatus::Dropped { message } => return Err(message),
            _ => {}
        }
    }
}
