//! The state of a full subnet, as a node tells it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sp_crypto_hashing::{blake2_128, twox_128};

use super::synthetic::hex_text;

pub(crate) const NETUID: u16 = 27;

/// Values by key, both in hex.
pub(crate) struct Subnet(BTreeMap<String, String>);

impl Subnet {
    pub(crate) fn of(neurons: u16) -> Self {
        let mut values = BTreeMap::new();
        let mut put = |item: &str, parts: &[u8], value: &[u8]| {
            let prefix = [twox_128(b"SubtensorModule"), twox_128(item.as_bytes())].concat();
            values.insert(hex_text(&[prefix.as_slice(), parts].concat()), hex_text(value));
        };
        let netuid = NETUID.to_le_bytes();
        put("SubnetworkN", &netuid, &neurons.to_le_bytes());
        put("Tempo", &netuid, &360_u16.to_le_bytes());
        let vector = |bytes: usize| {
            let count = (neurons << 2 | 1).to_le_bytes();
            [count.as_slice(), &vec![1; bytes * usize::from(neurons)]].concat()
        };
        put("ValidatorPermit", &netuid, &vector(1));
        for (item, bytes) in [("LastUpdate", 8), ("Incentive", 2), ("Dividends", 2), ("Emission", 8)] {
            put(item, &netuid, &vector(bytes));
        }
        for uid in 0..neurons {
            let (uid, hotkey) = (uid.to_le_bytes(), blake2_of(uid));
            let hashed = [blake2_128(&hotkey).as_slice(), &hotkey].concat();
            let (of_uid, of_hotkey) = ([netuid, uid].concat(), [&netuid, hashed.as_slice()].concat());
            put("Keys", &of_uid, &hotkey);
            put("BlockAtRegistration", &of_uid, &100_u64.to_le_bytes());
            put("Uids", &of_hotkey, &uid);
            // Block, version, address, port, 4.
            let prometheus = [&[9; 8][..], &[1, 0, 0, 0], &[7; 16], &[1, 2, 4]].concat();
            let axon = [prometheus.as_slice(), &[4, 0, 0]].concat();
            put("Prometheus", &of_hotkey, &prometheus);
            put("Axons", &of_hotkey, &axon);
            put("Owner", &hashed, &hotkey);
            put("TotalHotkeyStake", &hotkey, &1_000_u64.to_le_bytes());
        }
        Self(values)
    }

    /// `state_getKeysPaged`.
    pub(crate) fn keys(&self, params: &Value) -> Value {
        let text = |place: usize| params[place].as_str().unwrap_or_default();
        let count = usize::try_from(params[1].as_u64().unwrap_or_default()).expect("it fits");
        let begins = self.0.keys().filter(|key| key.starts_with(text(0)) && key.as_str() > text(2));
        json!(begins.take(count).collect::<Vec<_>>())
    }

    /// `state_queryStorageAt`.
    pub(crate) fn values(&self, params: &Value) -> Value {
        let keys = params[0].as_array().into_iter().flatten().filter_map(Value::as_str);
        let changes: Vec<_> = keys.map(|key| json!([key, self.0.get(key)])).collect();
        json!([{"block": params[1], "changes": changes}])
    }
}

fn blake2_of(uid: u16) -> [u8; 32] {
    sp_crypto_hashing::blake2_256(&uid.to_le_bytes())
}
