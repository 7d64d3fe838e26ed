//! What a made-up miner says in the config of its run: its hardware, who has allocated it, whether its port is open.

use super::config_text::ConfigText;
use super::dice::Dice;
use super::neuron::{Neuron, Subnet};

const DISK_BYTES: u64 = 3_840_755_982_336;
const RAM_BYTES: u64 = 1_081_954_131_968;

/// The part of a miner's config that changes.
pub(super) struct Miner {
    free_disk_bytes: u64,
    free_ram_bytes: u64,
    /// The uid of the validator that has allocated it.
    allocated: Option<u16>,
    is_port_open: bool,
}

impl Miner {
    pub(super) fn new(dice: &mut Dice) -> Self {
        Self {
            free_disk_bytes: dice.below(DISK_BYTES),
            free_ram_bytes: dice.below(RAM_BYTES),
            allocated: None,
            is_port_open: true,
        }
    }

    /// Says something else: of its specs if somebody listens to them, or of what else its config has. `validators` is
    /// how many uids, from 0 on, may allocate it.
    pub(super) fn change(&mut self, has_specs_shown: bool, validators: u16, dice: &mut Dice) {
        match dice.below(4) {
            0 => self.is_port_open = !self.is_port_open,
            1.. if has_specs_shown => {
                self.free_disk_bytes = other_below(DISK_BYTES, self.free_disk_bytes, dice);
                self.free_ram_bytes = other_below(RAM_BYTES, self.free_ram_bytes, dice);
            }
            _ => {
                let by = u16::try_from(dice.below(validators.into())).expect("it is below a u16");
                self.allocated = if self.allocated.is_none() { Some(by) } else { None };
            }
        }
    }

    /// Appends its members of a config, each wrapped as W&B stores it.
    pub(super) fn write(&self, neuron: &Neuron, subnet: &Subnet, config: &mut ConfigText) {
        let Self { free_disk_bytes, free_ram_bytes, allocated, is_port_open } = self;
        let gpu = format!(r#"{{"name":"{}","capacity":81559.0}}"#, neuron.gpu_name);
        let gpus = vec![gpu.as_str(); neuron.num_gpus as usize].join(",");
        let gpus_mb = 81_559 * neuron.num_gpus;
        let (used_disk_bytes, used_ram_bytes) = (DISK_BYTES - free_disk_bytes, RAM_BYTES - free_ram_bytes);
        config.push(&format!(
            r#""specs":{{"desc":null,"value":{{"gpu":{{"count":{},"capacity":{gpus_mb}.0,"details":[{gpus}],"graphics_speed":1980,"memory_speed":2619}},"cpu":{{"count":64,"frequency":3693.1}},"hard_disk":{{"total":{DISK_BYTES},"free":{free_disk_bytes},"used":{used_disk_bytes},"read_speed":3281.4,"write_speed":1940.7}},"ram":{{"total":{RAM_BYTES},"available":{free_ram_bytes},"used":{used_ram_bytes},"free":{free_ram_bytes},"read_speed":3200.0,"write_speed":3200.0,"swap_total":8589930496,"swap_used":0,"swap_free":8589930496}},"has_docker":true}}}},"#,
            neuron.num_gpus
        ));
        let allocated = match allocated {
            Some(uid) => format!("\"{}\"", subnet.neuron(*uid).hotkey),
            None => "null".to_owned(),
        };
        config.push(&format!(
            r#""allocated":{{"desc":null,"value":{allocated}}},"is_port_open":{{"desc":null,"value":{is_port_open}}},"#
        ));
    }

    /// Returns what it last said of its port.
    pub(super) fn is_port_open(&self) -> bool {
        self.is_port_open
    }
}

/// Returns a number below `bound` that is not `before`.
fn other_below(bound: u64, before: u64, dice: &mut Dice) -> u64 {
    (before + 1 + dice.below(bound - 1)) % bound
}
