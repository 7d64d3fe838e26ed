//! Metadata of finney and of subtensor's development network, and what finney's nodes answered, where the workplace has
//! them: too large for a repository, and not ours.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;
use subxt::ext::codec::{Compact, Decode as _, Encode as _};
use subxt::ext::frame_metadata::{RuntimeMetadata, RuntimeMetadataPrefixed};

use crate::sources::chain::layout::{Layout, Stakes};
use crate::sources::chain::question::{RuntimeVersion, hex_bytes, hex_text};
use crate::sources::chain::runtime::Runtime;
use crate::sources::chain::scale::{Walk, account_of};
use crate::sources::chain::state::first_questions;

/// `SubtensorModule.Prometheus`, on every runtime from 101 on.
const PROMETHEUS: &str = "0x658faa385070e074c85bf6b568cf0555e2cb8fd8f8e097862c6255753a3c788a";
/// Name, spec version, version of the metadata.
const METADATA: [(&str, u32, u8); 6] = [
    ("finney-sdk-v14", 343, 14),
    ("finney-sdk-v15", 343, 15),
    ("finney-bittensor-rs-0.1.1", 365, 16),
    ("devnet-2025-03-07-v15", 240, 15),
    ("devnet-2025-11-26-v16", 346, 16),
    ("devnet-2026-06-24-v16", 381, 16),
];

/// A file of the workplace, if it has it.
fn shared(name: &str) -> Option<Vec<u8>> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../shared/chain", name].iter().collect();
    let found = std::fs::read(&path).ok();
    if found.is_none() {
        eprintln!("skipped: {} is not here", path.display());
    }
    found
}

fn runtime(spec_version: u32, bytes: Vec<u8>) -> Result<Runtime, String> {
    let spec_name = "node-subtensor".to_owned();
    Runtime::of(&RuntimeVersion { spec_name, spec_version, transaction_version: 1 }, bytes)
}

/// Finney's of spec 343, whose node gave the answers below.
fn finney_343() -> Option<Runtime> {
    Some(runtime(343, shared("metadata/finney-sdk-v15.scale")?).unwrap())
}

/// What a node answered to `method` with parameters that contain `params`.
fn answered(test: &str, method: &str, params: &str) -> Option<(Vec<Value>, Vec<u8>)> {
    let all: Value = serde_json::from_slice(&shared("rpc/bittensor-sdk-responses.json")?).unwrap();
    let asked = all[test][method].as_object().unwrap();
    let (asked, answer) = asked.iter().find(|(asked, _)| asked.contains(params)).unwrap();
    let bytes = hex_bytes(answer["result"].as_str().unwrap_or("0x")).unwrap();
    Some((serde_json::from_str(asked).unwrap(), bytes))
}

#[test]
fn metadata_of_every_version_is_read_and_every_key_is_found() {
    for (name, spec_version, metadata_version) in METADATA {
        let Some(bytes) = shared(&format!("metadata/{name}.scale")) else { return };
        let runtime = runtime(spec_version, bytes).unwrap();
        assert_eq!(runtime.told.metadata_version, metadata_version, "{name}");
        let layout = Layout::of(&runtime.metadata, 27).unwrap();
        assert_eq!(
            layout.of_subnet("Prometheus").map(|key| hex_text(&key)),
            Some(format!("{PROMETHEUS}1b00"))
        );
        let questions = first_questions(&layout);
        assert_eq!((questions.listed.len(), questions.single.len()), (3, 8), "{name}");
        assert!(layout.of_uid("Keys", 1).is_some() && layout.of_uid("BlockAtRegistration", 1).is_some());
        assert!(layout.owner_of(&[1; 32]).is_some());
        // Metadata of version 14 names no runtime APIs.
        let stakes = if metadata_version == 14 { Stakes::ByHotkeyAndSubnet } else { Stakes::Api };
        assert_eq!(layout.stakes(), stakes, "{name}");
        assert_eq!(questions.call.is_some(), stakes == Stakes::Api);
        assert_eq!(layout.stake_of(&[1; 32]).is_some(), stakes != Stakes::Api);
    }
}

#[test]
fn keys_are_those_that_a_client_asked_for() {
    let Some(runtime) = finney_343() else { return };
    for (test, item, netuid) in [
        ("get_prometheus_info", "Prometheus", 23),
        ("get_uid_for_hotkey_on_subnet", "Uids", 23),
        ("get_neuron_for_pubkey_and_subnet", "Uids", 14),
    ] {
        let Some((asked, _)) = answered(test, "state_getStorageAt", "") else { return };
        let key = hex_bytes(asked[0].as_str().unwrap()).unwrap();
        let layout = Layout::of(&runtime.metadata, netuid).unwrap();
        let hotkey = key.last_chunk().unwrap();
        assert_eq!(layout.of_hotkey_on_subnet(item, hotkey).unwrap(), key, "{test}");
    }
}

#[test]
fn values_are_read_as_the_chain_has_them() {
    let Some(runtime) = finney_343() else { return };
    let layout = |netuid| Layout::of(&runtime.metadata, netuid).unwrap();
    let value = |test: &str, item: &str, netuid| {
        let key = hex_text(&layout(netuid).of_subnet(item).unwrap());
        answered(test, "state_getStorageAt", &key).unwrap().1
    };
    if shared("rpc/bittensor-sdk-responses.json").is_none() {
        return;
    }
    assert_eq!(layout(23).read::<u16>("Tempo", &value("tempo", "Tempo", 23)), Ok(1000));
    assert_eq!(layout(1).read::<u16>("SubnetworkN", &value("subnetwork_n", "SubnetworkN", 1)), Ok(1024));
    let uid = value("get_uid_for_hotkey_on_subnet", "Uids", 23);
    assert_eq!(layout(23).read::<u16>("Uids", &uid), Ok(5));
    let updates = value("blocks_since_last_update", "LastUpdate", 1);
    let updates: Vec<u64> = layout(1).read("LastUpdate", &updates).unwrap();
    assert_eq!((updates.len(), updates[0]), (1024, 2_543_521));
    // What is longer or shorter than the value is none.
    assert!(layout(23).read::<u16>("Tempo", &[0xe8, 3, 0]).is_err());
    assert!(layout(23).read::<u16>("Tempo", &[0xe8]).is_err());
    assert!(layout(23).read::<u16>("Tea", &[0xe8, 3]).is_err());
}

#[derive(Deserialize)]
struct SubnetState {
    hotkeys: Vec<String>,
    total_stake: Vec<u64>,
    alpha_stake: Vec<u64>,
    tao_stake: Vec<u64>,
    last_update: Vec<u64>,
}

#[derive(Deserialize)]
struct NeuronLite {
    uid: u16,
    hotkey: String,
    last_update: u64,
}

/// Two APIs of the same runtime, behind the same block.
#[test]
fn stakes_of_a_whole_subnet_come_out_of_the_runtime_api() {
    let Some(runtime) = finney_343() else { return };
    let layout = Layout::of(&runtime.metadata, 1).unwrap();
    let (method, args) = layout.stakes_call();
    let Some((asked, state)) = answered("metagraph", "state_call", &method) else { return };
    assert_eq!(asked[1], hex::encode(args));
    let state: SubnetState = layout.read_stakes::<Option<SubnetState>>(&state).unwrap().unwrap();
    assert_eq!((state.hotkeys.len(), state.total_stake.len()), (1024, 1024));
    assert!(state.hotkeys.iter().all(|hotkey| account_of(hotkey).is_some()));
    // Root stake counts by a weight, beside the subnet's own.
    for (total, (alpha, tao)) in state.total_stake.iter().zip(state.alpha_stake.iter().zip(&state.tao_stake))
    {
        assert!(total >= alpha && *total <= alpha + tao, "{total} {alpha} {tao}");
    }

    let (_, neurons) = answered("metagraph", "state_call", "get_neurons_lite").unwrap();
    let api = runtime.metadata.runtime_api_trait_by_name("NeuronInfoRuntimeApi").unwrap();
    let output = api.method_by_name("get_neurons_lite").unwrap().output_ty();
    let mut walk = Walk::over(&runtime.metadata, &neurons);
    let (text, _) = walk.show(output).unwrap();
    assert!(walk.input.rest().is_empty());
    let neurons: Vec<NeuronLite> = serde_json::from_str(&text).unwrap();
    assert_eq!(neurons.len(), 1024);
    for (place, neuron) in neurons.iter().enumerate() {
        assert_eq!(usize::from(neuron.uid), place);
        assert_eq!((&neuron.hotkey, neuron.last_update), (&state.hotkeys[place], state.last_update[place]));
    }
}

#[test]
fn metadata_that_is_cut_is_refused() {
    let Some(bytes) = shared("metadata/finney-bittensor-rs-0.1.1.scale") else { return };
    for cut in (0..bytes.len()).step_by(9_973) {
        assert!(runtime(365, bytes[..cut].to_vec()).is_err(), "{cut}");
    }
    assert_eq!(
        runtime(365, [b"meta", &[13][..]].concat()).err().unwrap(),
        "the metadata has version 13; 14 to 16 are read"
    );
}

/// subxt panics on it, when the first extrinsic is decoded.
#[test]
fn metadata_that_names_an_extension_it_does_not_have_is_refused() {
    let Some(bytes) = shared("metadata/finney-bittensor-rs-0.1.1.scale") else { return };
    let mut metadata = RuntimeMetadataPrefixed::decode(&mut bytes.as_slice()).unwrap();
    let RuntimeMetadata::V16(told) = &mut metadata.1 else { panic!("it is of version 16") };
    told.extrinsic.transaction_extensions_by_version.insert(0, vec![Compact(99)]);
    let refused = runtime(365, metadata.encode()).err().unwrap();
    assert_eq!(refused, "the metadata names types or extensions that it does not have");
}
