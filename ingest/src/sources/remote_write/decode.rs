//! The verdict on a request, and its event.

use annals_log::remote_write::RemoteWrite;
use annals_log::{Account, Event, Hash, MetricsReceived, ReceivedVerdict, SourceMemory};
use sp_core::sr25519;

use super::exchange::{ReceivedRequest, read};
use super::{RemoteWrites, Source as _};
use crate::keypair::signed;
use crate::raw::Exchange;
use crate::source::{SourceError, display_name, shortened};

/// The label that says whose a series is.
const HOTKEY_LABEL: &str = "hotkey";

/// Returns the event of a request; `None` for one that the log has: senders repeat what they had no answer to.
///
/// # Errors
/// The exchange is none of this source.
pub(super) fn event_of(
    exchange: &Exchange,
    netuid: u16,
    memory: &SourceMemory,
) -> Result<Option<Event>, SourceError> {
    let unknown = || SourceError::UnknownRequest {
        source_name: RemoteWrites::NAME,
        request: format!("{} {}", exchange.request.method, exchange.request.target),
    };
    let (request, body) = read(exchange).ok_or_else(unknown)?;
    let received = judged(&request, body, netuid);
    let native_id = received.hotkey.map(|hotkey| hotkey.address());
    let native_id = native_id.unwrap_or_else(|| display_name(request.hotkey.as_deref().unwrap_or_default()));
    let is_known =
        memory.known(&native_id).and_then(|known| known.digest) == Some(Hash(received.body_sha256));
    if received.verdict.keeps_body() && is_known {
        return Ok(None);
    }
    let event = Event::new(RemoteWrites::NAME, &native_id, exchange.fetched_at_ms, &received);
    let attached = received.verdict.keeps_body().then(|| body.to_vec().into());
    Ok(Some(Event { attached: attached.into_iter().collect(), ..event }))
}

/// Judges a request for a log of `netuid`, in the order in which the proxy does.
pub(super) fn judged(request: &ReceivedRequest, body: &[u8], netuid: u16) -> MetricsReceived {
    let hotkey = request.hotkey.as_deref().and_then(Account::of_address).map(|(hotkey, _)| hotkey);
    let told_netuid = request.netuid.as_deref().and_then(|netuid| netuid.trim().parse().ok());
    let signature = request.signature.as_deref().and_then(signature_of);
    let verdict = verdict(request, (hotkey, told_netuid, signature), body, netuid);
    MetricsReceived {
        hotkey,
        netuid: told_netuid,
        signature,
        body_sha256: Hash::of(body).0,
        body_bytes: body.len() as u64,
        peer: request.peer.clone(),
        verdict,
    }
}

type Headers = (Option<Account>, Option<u16>, Option<[u8; 64]>);

fn verdict(
    request: &ReceivedRequest,
    (hotkey, told_netuid, signature): Headers,
    body: &[u8],
    netuid: u16,
) -> ReceivedVerdict {
    let bad = |name: &str| ReceivedVerdict::BadHeader { name: name.to_owned() };
    let Some(hotkey) = hotkey else { return bad("Bittensor-Hotkey") };
    let Some(told_netuid) = told_netuid else { return bad("Bittensor-Netuid") };
    let Some(signature) = signature else { return bad("Bittensor-Signature") };
    if told_netuid != netuid {
        return ReceivedVerdict::OtherNetuid;
    }
    if request.has_neuron == Some(false) {
        return ReceivedVerdict::NoNeuron;
    }
    let (key, signature) = (sr25519::Public::from_raw(hotkey.0), sr25519::Signature::from(signature));
    if !signed(&key, &signature, body) {
        return ReceivedVerdict::BadSignature;
    }
    match RemoteWrite::decode(body) {
        Err(error) => ReceivedVerdict::Undecodable { why: shortened(&error.to_string()) },
        Ok(sent) => of_series(&sent, &hotkey.address()),
    }
}

/// Every series has to be the signer's own.
fn of_series(sent: &RemoteWrite, hotkey: &str) -> ReceivedVerdict {
    let other = sent.series.iter().find(|series| series.label(HOTKEY_LABEL) != Some(hotkey));
    match other {
        Some(series) => {
            ReceivedVerdict::OtherHotkey { metric: display_name(series.metric().unwrap_or_default()) }
        }
        None => ReceivedVerdict::Right { series: sent.series.len() as u64, samples: sent.samples() as u64 },
    }
}

/// Reads the hex of a signature, with or without `0x`.
fn signature_of(told: &str) -> Option<[u8; 64]> {
    let mut bytes = [0; 64];
    hex::decode_to_slice(told.strip_prefix("0x").unwrap_or(told), &mut bytes).ok()?;
    Some(bytes)
}
