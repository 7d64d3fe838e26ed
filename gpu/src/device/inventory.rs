//! What a machine says about its GPUs.

use serde::Serialize;

/// The GPUs of a machine, as its driver library tells them. All of it is the machine's own word: whoever owns the
/// machine can put another library in its place, so nothing here proves anything.
///
/// `None` means that the card or the driver has no such thing. What could not be read for another reason is `None`,
/// too, and is listed in `unread`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Inventory {
    /// Such as `580.95.05`.
    pub driver_version: Option<String>,
    /// The newest CUDA that the driver serves, such as `13.0`.
    pub cuda_version: Option<String>,
    /// In the order in which the driver counts them.
    pub gpus: Vec<Gpu>,
    /// What the driver has but did not tell.
    pub unread: Vec<Unread>,
}

/// A value that the driver did not tell, for a reason other than that there is no such thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// The GPU's place in the inventory; `None` for a value of the driver itself.
    pub gpu: Option<usize>,
    /// The field that is `None` because of it; `gpu` where none of the card's fields could be read.
    pub field: &'static str,
    /// The driver's reason.
    pub reason: String,
}

/// One GPU.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Gpu {
    /// The model.
    pub name: Option<String>,
    /// Such as `GPU-` and 36 characters.
    pub uuid: Option<String>,
    /// The board's serial number; consumer cards have none.
    pub serial: Option<String>,
    /// Where it is plugged in.
    pub pci: Option<Pci>,
    /// The memory on the card.
    pub memory: Option<GpuMemory>,
    /// At the moment of reading.
    pub clocks: Clocks,
    /// Over the driver's last sample, up to a second.
    pub utilisation: Option<Utilisation>,
    /// Of the die.
    pub temperature_celsius: Option<u32>,
    /// What it draws, and may draw.
    pub power: Power,
    /// Why its clocks are lower than they could be; empty where they are not.
    pub throttle_reasons: Option<Vec<String>>,
    /// Whether its memory corrects errors.
    pub ecc: Option<Ecc>,
    /// Whether it is divided into instances.
    pub mig: Option<Mig>,
    /// Processes that compute on it.
    pub compute_processes: Option<Vec<GpuProcess>>,
    /// Processes that draw on it.
    pub graphics_processes: Option<Vec<GpuProcess>>,
    /// Whether it keeps its work from its host.
    pub confidential_computing: Option<ConfidentialComputing>,
}

/// A place on the PCI bus, and what sits there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pci {
    /// Domain, bus, device and function, such as `00000000:3B:00.0`.
    pub address: String,
    /// 0x10DE is NVIDIA.
    pub vendor_id: u16,
    /// The vendor's number of the chip.
    pub device_id: u16,
}

/// Memory on a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GpuMemory {
    /// All of it, with what the driver keeps for itself.
    pub total_bytes: u64,
    /// What is allocated, without what the driver keeps for itself.
    pub used_bytes: u64,
}

/// Clocks at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Clocks {
    /// Of the units that draw.
    pub graphics_mhz: Option<u32>,
    /// Of the units that compute.
    pub sm_mhz: Option<u32>,
    /// Of the memory.
    pub memory_mhz: Option<u32>,
}

/// Parts of a time in which something was busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Utilisation {
    /// In which a kernel ran.
    pub gpu_percent: u32,
    /// In which memory was read or written.
    pub memory_percent: u32,
}

/// Power at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Power {
    /// What the card draws.
    pub draw_milliwatts: Option<u32>,
    /// What it may draw at most.
    pub limit_milliwatts: Option<u32>,
}

/// Whether memory corrects errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ecc {
    /// Now.
    pub is_enabled: bool,
    /// After the next start of the machine.
    pub is_enabled_next: bool,
}

/// Whether a card is divided into instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Mig {
    /// Now. Other fields then describe the whole card, and those that only an instance has are absent.
    pub is_enabled: bool,
    /// After the next reset of the card.
    pub is_enabled_next: bool,
}

/// A process that has something on a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GpuProcess {
    /// Its number in the driver's namespace, which a container may not share.
    pub pid: u32,
    /// Its memory on the card.
    pub memory_bytes: Option<u64>,
}

/// Confidential computing, which a host sets for all of its cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ConfidentialComputing {
    /// Whether the work on the card is kept from the host.
    pub is_enabled: bool,
    /// Whether the cards run open to debuggers: what they attest is then worth nothing.
    pub is_developer_mode: bool,
    /// Whether several cards share a protected bus.
    pub is_protected_pcie: bool,
}
