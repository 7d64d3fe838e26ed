//! `annals gpu info`: what this machine says of its GPUs.

use std::io::Write as _;

use annals_gpu::device::{Gpu, Inventory};

use crate::failure::Failure;
use crate::output::format::Format;
use crate::proving::in_words;
use crate::settings::Settings;
use crate::terminal;

/// Print what this machine says of its GPUs: its own word, which whoever owns the machine can make say anything.
///
/// What a driver or a card does not have is left out, and null in JSON; what it has and did not tell is listed with its
/// reason. Without an NVIDIA driver there is nothing to print: exit code 3.
#[derive(clap::Args)]
pub(crate) struct Info {
    /// How to write it: table, json or ndjson (a GPU a line) [default: table on a terminal, else ndjson]
    #[arg(long, env = "ANNALS_OUTPUT", value_name = "FORMAT")]
    output: Option<Format>,
}

impl Info {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let format = Format::for_reader(self.output.or(settings.output))?;
        let inventory = Inventory::read().map_err(|error| Failure::Unavailable(in_words(&error)))?;
        let mut out = terminal::out();
        match format {
            Format::Json => writeln!(out, "{}", json(&inventory)?)?,
            Format::Ndjson => {
                for gpu in &inventory.gpus {
                    writeln!(out, "{}", json(gpu)?)?;
                }
            }
            Format::Table => {
                for line in lines(&inventory) {
                    writeln!(out, "{line}")?;
                }
            }
            Format::Csv | Format::Parquet | Format::Arrow => {
                let text = "an inventory is written as table, json or ndjson";
                return Err(Failure::Usage(text.to_owned()));
            }
        }
        Ok(())
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::Internal(error.to_string()))
}

fn lines(inventory: &Inventory) -> Vec<String> {
    let told = |name: &str, value: Option<String>| value.map(|value| format!("{name:<14}{value}"));
    let mut lines = Vec::new();
    lines.extend(told("driver", inventory.driver_version.clone()));
    lines.extend(told("CUDA", inventory.cuda_version.clone()));
    for (place, gpu) in inventory.gpus.iter().enumerate() {
        lines.push(format!("GPU {place}"));
        lines.extend(fields(gpu).into_iter().filter_map(|(name, value)| told(&format!("  {name}"), value)));
    }
    for unread in &inventory.unread {
        let of = unread.gpu.map(|gpu| format!("GPU {gpu}, ")).unwrap_or_default();
        lines.push(format!("not told: {of}{}: {}", unread.field, unread.reason));
    }
    if inventory.gpus.is_empty() {
        lines.push("there is a driver, and no GPU".to_owned());
    }
    lines
}

fn fields(gpu: &Gpu) -> Vec<(&'static str, Option<String>)> {
    let processes = gpu.compute_processes.as_ref().map(|processes| processes.len().to_string());
    let mode = gpu.confidential_computing.map(|mode| match (mode.is_enabled, mode.is_developer_mode) {
        (_, true) => "devtools",
        (true, false) => "on",
        (false, false) => "off",
    });
    let yes = |is: bool| if is { "on" } else { "off" }.to_owned();
    vec![
        ("name", gpu.name.clone()),
        ("uuid", gpu.uuid.clone()),
        ("serial", gpu.serial.clone()),
        ("pci", gpu.pci.as_ref().map(|pci| pci.address.clone())),
        (
            "memory",
            gpu.memory.map(|memory| format!("{} bytes, {} used", memory.total_bytes, memory.used_bytes)),
        ),
        ("sm clock", gpu.clocks.sm_mhz.map(|mhz| format!("{mhz} MHz"))),
        ("memory clock", gpu.clocks.memory_mhz.map(|mhz| format!("{mhz} MHz"))),
        ("busy", gpu.utilisation.map(|busy| format!("{} %", busy.gpu_percent))),
        ("temperature", gpu.temperature_celsius.map(|celsius| format!("{celsius} C"))),
        ("power", gpu.power.draw_milliwatts.map(|milliwatts| format!("{} W", milliwatts / 1_000))),
        ("throttled", gpu.throttle_reasons.as_ref().filter(|why| !why.is_empty()).map(|why| why.join(", "))),
        ("ECC", gpu.ecc.map(|ecc| yes(ecc.is_enabled))),
        ("MIG", gpu.mig.map(|mig| yes(mig.is_enabled))),
        ("processes", processes),
        ("confidential", mode.map(str::to_owned)),
    ]
}

#[cfg(test)]
mod tests {
    use annals_gpu::device::{GpuMemory, Unread};

    use super::*;

    #[test]
    fn what_a_card_has_is_a_line_and_what_it_has_not_is_none() {
        let memory = GpuMemory { total_bytes: 7, used_bytes: 3 };
        let gpu = Gpu { name: Some("NVIDIA H200".into()), memory: Some(memory), ..Gpu::default() };
        let unread = Unread { gpu: Some(0), field: "serial", reason: "GPU is lost".into() };
        let inventory = Inventory { gpus: vec![gpu], unread: vec![unread], ..Inventory::default() };
        assert_eq!(
            lines(&inventory),
            [
                "GPU 0",
                "  name        NVIDIA H200",
                "  memory      7 bytes, 3 used",
                "not told: GPU 0, serial: GPU is lost"
            ]
        );
        assert_eq!(lines(&Inventory::default()), ["there is a driver, and no GPU"]);
    }
}
