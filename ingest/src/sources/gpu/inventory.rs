//! What a worker says of its GPUs, as events.

use annals_gpu::{About, AboutGpu};
use annals_log::{Account, Event, GpuInventory, Hash, SourceMemory};
use serde_json::Value;

use super::Gpus;
use super::challenger::GPUS_MAX;
use crate::source::{Source as _, display_name};

/// Returns an event for each GPU of which `worker` tells something else than the last time.
pub(super) fn events_of(worker: &str, text: &str, now_ms: i64, memory: &SourceMemory) -> Vec<Event> {
    // What cannot be read ended the attempt, and its reason is told there.
    let Ok(about) = serde_json::from_str::<About>(text) else { return Vec::new() };
    let Some((hotkey, _)) = Account::of_address(&about.hotkey) else { return Vec::new() };
    let mut events = Vec::new();
    for gpu in about.gpus.iter().take(GPUS_MAX) {
        let told = inventory(worker, hotkey, gpu);
        let native_id = GpuInventory::native_id(worker, &told.label);
        let event = Event::new(Gpus::NAME, &native_id, now_ms, &told);
        let known = memory.known(&native_id).and_then(|known| known.digest);
        if known != Some(Hash::of(&event.body)) {
            events.push(event);
        }
    }
    events
}

fn inventory(worker: &str, hotkey: Account, gpu: &AboutGpu) -> GpuInventory {
    let told = &gpu.inventory;
    let text = |name: &str| told.get(name).and_then(Value::as_str).map(display_name);
    GpuInventory {
        hotkey,
        worker: worker.to_owned(),
        label: display_name(&gpu.label),
        name: text("name"),
        uuid: text("uuid"),
        serial: text("serial"),
        pci: told.pointer("/pci/address").and_then(Value::as_str).map(display_name),
        memory_bytes: told.pointer("/memory/total_bytes").and_then(Value::as_u64),
        driver: text("driver_version"),
        confidential: confidential(told).map(str::to_owned),
        told: serde_json::to_string(gpu).expect("what was JSON is JSON"),
    }
}

fn confidential(told: &Value) -> Option<&'static str> {
    let mode = told.get("confidential_computing")?;
    let is = |name: &str| mode.get(name).and_then(Value::as_bool);
    match (is("is_enabled")?, is("is_developer_mode")?) {
        (_, true) => Some("devtools"),
        (true, false) => Some("on"),
        (false, false) => Some("off"),
    }
}
