//! `gpu_inventory`: what a machine says of one of its GPUs.

use bincode::{Decode, Encode};

use crate::event::json::Value;
use crate::event::json::fields::{number, object, or_null, parsed, text, text_or_null};
use crate::event::{Account, Derived, EventView, Fact, Kind, Known, Memory};
use crate::hash::Hash;

/// A GPU in the words of the machine that it is in: its driver can be made to say anything. The native id is the worker
/// that told it and the label of the GPU there. It is recorded when it is not what was told before.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct GpuInventory {
    /// The hotkey that the worker answers for.
    pub hotkey: Account,
    /// The worker that told it, as a URL without credentials.
    pub worker: String,
    /// The name by which the worker calls the GPU, which challenges take.
    pub label: String,
    /// The model, such as `NVIDIA H200`.
    pub name: Option<String>,
    /// The driver's name of the card: `GPU-` and a UUID.
    pub uuid: Option<String>,
    /// The board's serial number.
    pub serial: Option<String>,
    /// The place on the bus.
    pub pci: Option<String>,
    /// The size of the card's memory.
    pub memory_bytes: Option<u64>,
    /// Its version.
    pub driver: Option<String>,
    /// The mode of confidential computing: `on`, `off`, `devtools`; `None` where that is not told.
    pub confidential: Option<String>,
    /// All that was told, as JSON.
    pub told: String,
}

impl Fact for GpuInventory {
    const KIND: Kind = Kind(0x0403);
    const NAME: &'static str = "gpu_inventory";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = Some(|_, event| vec![remembered(event)]);

    fn fields(&self) -> Value {
        object([
            ("hotkey", text(&self.hotkey.address())),
            ("worker", text(&self.worker)),
            ("label", text(&self.label)),
            ("name", text_or_null(self.name.as_ref())),
            ("uuid", text_or_null(self.uuid.as_ref())),
            ("serial", text_or_null(self.serial.as_ref())),
            ("pci", text_or_null(self.pci.as_ref())),
            ("memory_bytes", or_null(self.memory_bytes, number)),
            ("driver", text_or_null(self.driver.as_ref())),
            ("confidential", text_or_null(self.confidential.as_ref())),
            ("told", parsed(&self.told)),
        ])
    }
}

fn remembered(event: &EventView<'_>) -> Memory {
    let known = Known { digest: Some(Hash::of(event.body)), position: None, payload: None };
    Memory::of(event.native_id, known)
}

impl GpuInventory {
    /// Returns the native id of what `worker` tells of the GPU that it calls `label`.
    pub fn native_id(worker: &str, label: &str) -> String {
        format!("{worker} {label}")
    }
}
