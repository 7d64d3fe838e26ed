//! What NVML answers, one call a field, before anything is made of it.

use nvml_wrapper::bitmasks::device::ThrottleReasons;
use nvml_wrapper::enum_wrappers::device::{Clock, TemperatureSensor};
use nvml_wrapper::error::{Bits, NvmlError};
use nvml_wrapper::struct_wrappers::device::{MemoryInfo, PciInfo, ProcessInfo, Utilization};
use nvml_wrapper::structs::device::{EccModeState, MigMode};
use nvml_wrapper::{Device, Nvml};

pub(super) type Answer<T> = Result<T, NvmlError>;

/// Returns whether the error says that there is no such thing: older cards lack what younger ones have, older drivers
/// the function that asks for it.
pub(super) fn is_absent(error: &NvmlError) -> bool {
    matches!(error, NvmlError::NotSupported | NvmlError::FunctionNotFound | NvmlError::FailedToLoadSymbol(_))
}

/// The answers of a driver.
#[derive(Debug)]
pub(super) struct DriverAnswers {
    pub(super) driver_version: Answer<String>,
    /// A thousand times the major number, and ten times the minor one.
    pub(super) cuda_version: Answer<i32>,
    /// One a GPU; the error of one that cannot be reached says nothing of the others.
    pub(super) gpus: Vec<Answer<GpuAnswers>>,
}

/// The answers about a GPU.
#[derive(Debug)]
pub(super) struct GpuAnswers {
    pub(super) name: Answer<String>,
    pub(super) uuid: Answer<String>,
    pub(super) serial: Answer<String>,
    pub(super) pci: Answer<PciInfo>,
    pub(super) memory: Answer<MemoryInfo>,
    pub(super) graphics_mhz: Answer<u32>,
    pub(super) sm_mhz: Answer<u32>,
    pub(super) memory_mhz: Answer<u32>,
    pub(super) utilisation: Answer<Utilization>,
    pub(super) temperature_celsius: Answer<u32>,
    pub(super) draw_milliwatts: Answer<u32>,
    pub(super) limit_milliwatts: Answer<u32>,
    /// One bit a reason, those among them that this build has no name for.
    pub(super) throttle_bits: Answer<u64>,
    pub(super) ecc: Answer<EccModeState>,
    pub(super) mig: Answer<MigMode>,
    pub(super) compute_processes: Answer<Vec<ProcessInfo>>,
    pub(super) graphics_processes: Answer<Vec<ProcessInfo>>,
    pub(super) is_confidential: Answer<bool>,
    pub(super) is_developer_mode: Answer<bool>,
    pub(super) is_protected_pcie: Answer<bool>,
}

impl DriverAnswers {
    /// Asks a driver about itself and each of its GPUs.
    ///
    /// # Errors
    /// The driver does not say how many GPUs there are.
    pub(super) fn ask(nvml: &Nvml) -> Answer<Self> {
        let mut gpus = Vec::new();
        for index in 0..nvml.device_count()? {
            gpus.push(nvml.device_by_index(index).map(|device| GpuAnswers::ask(&device)));
        }
        Ok(Self {
            driver_version: nvml.sys_driver_version(),
            cuda_version: nvml.sys_cuda_driver_version(),
            gpus,
        })
    }
}

impl GpuAnswers {
    fn ask(device: &Device<'_>) -> Self {
        Self {
            name: device.name(),
            uuid: device.uuid(),
            serial: device.serial(),
            pci: device.pci_info(),
            memory: device.memory_info(),
            graphics_mhz: device.clock_info(Clock::Graphics),
            sm_mhz: device.clock_info(Clock::SM),
            memory_mhz: device.clock_info(Clock::Memory),
            utilisation: device.utilization_rates(),
            temperature_celsius: device.temperature(TemperatureSensor::Gpu),
            draw_milliwatts: device.power_usage(),
            limit_milliwatts: device.enforced_power_limit(),
            throttle_bits: all_bits(device.current_throttle_reasons_strict()),
            ecc: device.is_ecc_enabled(),
            mig: device.mig_mode(),
            compute_processes: device.running_compute_processes(),
            graphics_processes: device.running_graphics_processes(),
            is_confidential: device.is_cc_enabled(),
            is_developer_mode: device.is_cc_dev_mode_enabled(),
            is_protected_pcie: device.is_multi_gpu_protected_pcie_enabled(),
        }
    }
}

/// Returns the bits of the reasons. A driver may be younger than this build and have reasons that it does not know.
fn all_bits(reasons: Answer<ThrottleReasons>) -> Answer<u64> {
    match reasons {
        Ok(known) => Ok(known.bits()),
        Err(NvmlError::IncorrectBits(Bits::U64(bits))) => Ok(bits),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_a_younger_driver_keep_their_bits() {
        assert_eq!(all_bits(Ok(ThrottleReasons::SW_POWER_CAP)).unwrap(), 4);
        assert_eq!(all_bits(Err(NvmlError::IncorrectBits(Bits::U64(1 << 40 | 4)))).unwrap(), 1 << 40 | 4);
        assert!(matches!(all_bits(Err(NvmlError::NotSupported)), Err(NvmlError::NotSupported)));
    }
}
