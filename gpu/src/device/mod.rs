//! The door to a machine's devices.

mod answers;
mod evidence;
mod inventory;
mod nvml;

pub use inventory::{
    Clocks, ConfidentialComputing, Ecc, Gpu, GpuMemory, GpuProcess, Inventory, Mig, Pci, Power, Unread,
    Utilisation,
};
pub use nvml::InventoryError;
