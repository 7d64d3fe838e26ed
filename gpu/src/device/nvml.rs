//! The inventory, read through NVIDIA's own library.

use nvml_wrapper::bitmasks::device::ThrottleReasons;
use nvml_wrapper::enums::device::UsedGpuMemory;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::struct_wrappers::device::{PciInfo, ProcessInfo};
use nvml_wrapper::{Nvml, cuda_driver_version_major, cuda_driver_version_minor};
use thiserror::Error;

use super::answers::{Answer, DriverAnswers, GpuAnswers, is_absent};
use super::inventory::{
    Clocks, ConfidentialComputing, Ecc, Gpu, GpuMemory, GpuProcess, Inventory, Mig, Pci, Power, Unread,
    Utilisation,
};

/// Why there is no inventory.
#[derive(Debug, Error)]
pub enum InventoryError {
    /// The library is not installed, or no driver is loaded behind it.
    #[error("there is no NVIDIA driver on this machine")]
    NoDriver {
        /// What the library, or the search for it, said.
        source: NvmlError,
    },
    /// There is a driver, and it refuses.
    #[error("the NVIDIA driver did not answer")]
    Driver {
        /// What it said.
        source: NvmlError,
    },
}

impl From<NvmlError> for InventoryError {
    fn from(source: NvmlError) -> Self {
        match source {
            NvmlError::LibloadingError(_) | NvmlError::LibraryNotFound | NvmlError::DriverNotLoaded => {
                Self::NoDriver { source }
            }
            _ => Self::Driver { source },
        }
    }
}

impl Inventory {
    /// Reads what this machine's driver tells about its GPUs. A machine with a driver and no GPU has an empty one.
    ///
    /// # Errors
    /// `NoDriver`, `Driver`. A single value that cannot be read is no error: it is listed in `unread`.
    pub fn read() -> Result<Self, InventoryError> {
        Ok(Self::of(DriverAnswers::ask(&Nvml::init()?)?))
    }

    fn of(answers: DriverAnswers) -> Self {
        let mut unread = Vec::new();
        let mut reading = Reading { gpu: None, unread: &mut unread };
        let driver_version = reading.value("driver_version", answers.driver_version);
        let cuda_version = reading.value("cuda_version", answers.cuda_version).map(|number| {
            format!("{}.{}", cuda_driver_version_major(number), cuda_driver_version_minor(number))
        });
        let mut gpus = Vec::new();
        for (place, answers) in answers.gpus.into_iter().enumerate() {
            let mut reading = Reading { gpu: Some(place), unread: &mut unread };
            gpus.push(match answers {
                Ok(answers) => Gpu::of(answers, &mut reading),
                // It keeps its place, so that the others keep theirs.
                Err(error) => {
                    reading.note("gpu", &error);
                    Gpu::default()
                }
            });
        }
        Self { driver_version, cuda_version, gpus, unread }
    }
}

/// Takes answers apart: values, what is not there, and what could not be read.
#[derive(Debug)]
struct Reading<'a> {
    gpu: Option<usize>,
    unread: &'a mut Vec<Unread>,
}

impl Reading<'_> {
    /// Returns the value of a field; notes the reason where there should be one.
    fn value<T>(&mut self, field: &'static str, answer: Answer<T>) -> Option<T> {
        match answer {
            Ok(value) => Some(value),
            Err(error) if is_absent(&error) => None,
            Err(error) => {
                self.note(field, &error);
                None
            }
        }
    }

    fn note(&mut self, field: &'static str, error: &NvmlError) {
        self.unread.push(Unread { gpu: self.gpu, field, reason: error.to_string() });
    }
}

impl Gpu {
    fn of(answers: GpuAnswers, reading: &mut Reading<'_>) -> Self {
        Self {
            name: reading.value("name", answers.name),
            uuid: reading.value("uuid", answers.uuid),
            serial: reading.value("serial", answers.serial),
            pci: reading.value("pci", answers.pci).map(Pci::of),
            memory: reading
                .value("memory", answers.memory)
                .map(|memory| GpuMemory { total_bytes: memory.total, used_bytes: memory.used }),
            clocks: Clocks {
                graphics_mhz: reading.value("clocks.graphics_mhz", answers.graphics_mhz),
                sm_mhz: reading.value("clocks.sm_mhz", answers.sm_mhz),
                memory_mhz: reading.value("clocks.memory_mhz", answers.memory_mhz),
            },
            utilisation: reading
                .value("utilisation", answers.utilisation)
                .map(|busy| Utilisation { gpu_percent: busy.gpu, memory_percent: busy.memory }),
            temperature_celsius: reading.value("temperature_celsius", answers.temperature_celsius),
            power: Power {
                draw_milliwatts: reading.value("power.draw_milliwatts", answers.draw_milliwatts),
                limit_milliwatts: reading.value("power.limit_milliwatts", answers.limit_milliwatts),
            },
            throttle_reasons: reading.value("throttle_reasons", answers.throttle_bits).map(names_of_reasons),
            ecc: reading
                .value("ecc", answers.ecc)
                .map(|ecc| Ecc { is_enabled: ecc.currently_enabled, is_enabled_next: ecc.pending_enabled }),
            mig: reading
                .value("mig", answers.mig)
                .map(|mig| Mig { is_enabled: mig.current == 1, is_enabled_next: mig.pending == 1 }),
            compute_processes: reading
                .value("compute_processes", answers.compute_processes)
                .map(GpuProcess::all_of),
            graphics_processes: reading
                .value("graphics_processes", answers.graphics_processes)
                .map(GpuProcess::all_of),
            confidential_computing: reading.value(
                "confidential_computing",
                ConfidentialComputing::of(
                    answers.is_confidential,
                    answers.is_developer_mode,
                    answers.is_protected_pcie,
                ),
            ),
        }
    }
}

impl Pci {
    fn of(told: PciInfo) -> Self {
        let [device_high, device_low, vendor_high, vendor_low] = told.pci_device_id.to_be_bytes();
        Self {
            address: told.bus_id,
            vendor_id: u16::from_be_bytes([vendor_high, vendor_low]),
            device_id: u16::from_be_bytes([device_high, device_low]),
        }
    }
}

impl GpuProcess {
    fn all_of(told: Vec<ProcessInfo>) -> Vec<Self> {
        let mut processes = Vec::new();
        for process in told {
            let memory_bytes = match process.used_gpu_memory {
                UsedGpuMemory::Used(bytes) => Some(bytes),
                UsedGpuMemory::Unavailable => None,
            };
            processes.push(Self { pid: process.pid, memory_bytes });
        }
        processes
    }
}

impl ConfidentialComputing {
    /// The three are one answer of the driver, which is asked for each.
    fn of(
        is_enabled: Answer<bool>,
        is_developer_mode: Answer<bool>,
        is_protected_pcie: Answer<bool>,
    ) -> Answer<Self> {
        Ok(Self {
            is_enabled: is_enabled?,
            is_developer_mode: is_developer_mode?,
            is_protected_pcie: is_protected_pcie?,
        })
    }
}

/// Returns the reasons by name; a bit that this build has no name for by its number.
fn names_of_reasons(bits: u64) -> Vec<String> {
    let mut names = Vec::new();
    let reasons = ThrottleReasons::from_bits_retain(bits);
    for (name, _) in reasons.iter_names() {
        names.push(name.to_lowercase());
    }
    let unknown = reasons.difference(ThrottleReasons::all()).bits();
    for bit in 0..u64::BITS {
        if unknown >> bit & 1 == 1 {
            names.push(format!("bit_{bit}"));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use nvml_wrapper::struct_wrappers::device::{MemoryInfo, Utilization};
    use nvml_wrapper::structs::device::{EccModeState, MigMode};

    use super::*;

    fn process(pid: u32, used_gpu_memory: UsedGpuMemory) -> ProcessInfo {
        ProcessInfo { pid, used_gpu_memory, gpu_instance_id: None, compute_instance_id: None }
    }

    /// A data-centre card that has everything.
    fn whole() -> GpuAnswers {
        GpuAnswers {
            name: Ok("NVIDIA H200".to_owned()),
            uuid: Ok("GPU-b1c2".to_owned()),
            serial: Ok("1654".to_owned()),
            pci: Ok(PciInfo {
                bus: 0x3b,
                bus_id: "00000000:3B:00.0".to_owned(),
                device: 0,
                domain: 0,
                pci_device_id: 0x2335_10de,
                pci_sub_system_id: None,
            }),
            memory: Ok(MemoryInfo { free: 90, reserved: 4, total: 100, used: 6, version: 0 }),
            graphics_mhz: Ok(1_980),
            sm_mhz: Ok(1_979),
            memory_mhz: Ok(3_201),
            utilisation: Ok(Utilization { gpu: 97, memory: 41 }),
            temperature_celsius: Ok(55),
            draw_milliwatts: Ok(690_123),
            limit_milliwatts: Ok(700_000),
            throttle_bits: Ok(4 | 8 | 1 << 40),
            ecc: Ok(EccModeState { currently_enabled: true, pending_enabled: false }),
            mig: Ok(MigMode { current: 1, pending: 0 }),
            compute_processes: Ok(vec![
                process(7, UsedGpuMemory::Used(5)),
                process(9, UsedGpuMemory::Unavailable),
            ]),
            graphics_processes: Ok(Vec::new()),
            is_confidential: Ok(true),
            is_developer_mode: Ok(false),
            is_protected_pcie: Ok(true),
        }
    }

    fn inventory(gpus: Vec<Answer<GpuAnswers>>) -> Inventory {
        Inventory::of(DriverAnswers {
            driver_version: Ok("580.95.05".to_owned()),
            cuda_version: Ok(13_010),
            gpus,
        })
    }

    fn unread(gpu: usize, field: &'static str, error: &NvmlError) -> Unread {
        Unread { gpu: Some(gpu), field, reason: error.to_string() }
    }

    #[test]
    fn a_card_that_has_everything_is_told_as_it_is() {
        let read = inventory(vec![Ok(whole())]);
        assert_eq!(
            (read.driver_version.as_deref(), read.cuda_version.as_deref()),
            (Some("580.95.05"), Some("13.1"))
        );
        assert_eq!(read.unread, []);
        let told = serde_json::to_value(&read.gpus).unwrap();
        let expected = serde_json::json!([{
            "name": "NVIDIA H200",
            "uuid": "GPU-b1c2",
            "serial": "1654",
            "pci": { "address": "00000000:3B:00.0", "vendor_id": 0x10de, "device_id": 0x2335 },
            "memory": { "total_bytes": 100, "used_bytes": 6 },
            "clocks": { "graphics_mhz": 1_980, "sm_mhz": 1_979, "memory_mhz": 3_201 },
            "utilisation": { "gpu_percent": 97, "memory_percent": 41 },
            "temperature_celsius": 55,
            "power": { "draw_milliwatts": 690_123, "limit_milliwatts": 700_000 },
            "throttle_reasons": ["sw_power_cap", "hw_slowdown", "bit_40"],
            "ecc": { "is_enabled": true, "is_enabled_next": false },
            "mig": { "is_enabled": true, "is_enabled_next": false },
            "compute_processes": [{ "pid": 7, "memory_bytes": 5 }, { "pid": 9, "memory_bytes": null }],
            "graphics_processes": [],
            "confidential_computing": { "is_enabled": true, "is_developer_mode": false, "is_protected_pcie": true },
        }]);
        assert_eq!(told, expected);
    }

    #[test]
    fn what_a_card_or_driver_does_not_have_is_absent_without_a_reason() {
        let read = inventory(vec![Ok(GpuAnswers {
            serial: Err(NvmlError::NotSupported),
            ecc: Err(NvmlError::NotSupported),
            mig: Err(NvmlError::FunctionNotFound),
            is_confidential: Err(NvmlError::FailedToLoadSymbol("no such symbol".to_owned())),
            ..whole()
        })]);
        let gpu = &read.gpus[0];
        assert_eq!((&gpu.serial, gpu.ecc, gpu.mig, gpu.confidential_computing), (&None, None, None, None));
        assert_eq!(gpu.name.as_deref(), Some("NVIDIA H200"));
        assert_eq!(read.unread, []);
    }

    #[test]
    fn a_field_that_errs_is_listed_and_takes_no_other_with_it() {
        let read = inventory(vec![
            Ok(whole()),
            Ok(GpuAnswers {
                temperature_celsius: Err(NvmlError::Unknown),
                compute_processes: Err(NvmlError::NoPermission),
                is_protected_pcie: Err(NvmlError::UnexpectedVariant(25)),
                ..whole()
            }),
        ]);
        let gpu = &read.gpus[1];
        assert_eq!((gpu.temperature_celsius, gpu.confidential_computing), (None, None));
        assert_eq!(gpu.compute_processes, None);
        assert_eq!(gpu.power.draw_milliwatts, Some(690_123));
        let expected = [
            unread(1, "temperature_celsius", &NvmlError::Unknown),
            unread(1, "compute_processes", &NvmlError::NoPermission),
            unread(1, "confidential_computing", &NvmlError::UnexpectedVariant(25)),
        ];
        assert_eq!(read.unread, expected);
    }

    #[test]
    fn a_card_that_fell_off_the_bus_keeps_its_place() {
        let read = inventory(vec![Err(NvmlError::GpuLost), Ok(whole())]);
        assert_eq!(read.gpus[0], Gpu::default());
        assert_eq!(read.gpus[1].uuid.as_deref(), Some("GPU-b1c2"));
        assert_eq!(read.unread, [unread(0, "gpu", &NvmlError::GpuLost)]);
    }

    #[test]
    fn every_reason_to_throttle_has_a_name() {
        assert_eq!(names_of_reasons(0), Vec::<String>::new());
        assert_eq!(names_of_reasons(1), ["gpu_idle"]);
        assert_eq!(names_of_reasons(2), ["applications_clocks_setting"]);
        let all = names_of_reasons(u64::MAX);
        assert_eq!(all.len(), 64);
        assert_eq!(all[63], "bit_63");
    }

    #[test]
    fn a_machine_without_the_library_has_no_driver() {
        let nowhere = Nvml::builder().lib_path("/nonexistent/libnvidia-ml.so.1".as_ref()).init();
        let error = InventoryError::from(nowhere.unwrap_err());
        assert!(matches!(error, InventoryError::NoDriver { .. }), "{error:?}");
        assert_eq!(error.to_string(), "there is no NVIDIA driver on this machine");
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("libnvidia-ml.so.1"));
    }

    #[test]
    fn a_driver_that_is_not_loaded_is_none_and_one_that_refuses_is_there() {
        let none = InventoryError::from(NvmlError::DriverNotLoaded);
        assert!(matches!(none, InventoryError::NoDriver { .. }));
        let refuses = InventoryError::from(NvmlError::NoPermission);
        assert!(matches!(refuses, InventoryError::Driver { .. }));
        assert_eq!(refuses.to_string(), "the NVIDIA driver did not answer");
    }
}
