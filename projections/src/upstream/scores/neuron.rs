//! A neuron, as far as a score depends on it.

use super::python_number::nearest_f32;

/// What the metagraph shows of a uid.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredNeuron {
    /// Its place in the subnet.
    pub uid: u16,
    /// The hotkey, as text.
    pub hotkey: String,
    /// The coldkey, as text; empty where it is not known.
    pub coldkey: String,
    /// The address of the axon, compared as text; `0.0.0.0` for none.
    pub ip: String,
    /// The version that the axon announces.
    pub version: u32,
    /// The total stake, in TAO.
    pub stake_tao: f64,
}

impl ScoredNeuron {
    /// Whether the axon has an address. Only this one text stands for none.
    pub(crate) fn has_ip(&self) -> bool {
        self.ip != "0.0.0.0"
    }

    /// Whether the stake is above the permit stake. The metagraph keeps stakes as `f32`, and numpy makes one of the
    /// other, too: 10000.0004 TAO is not above 10000.
    pub(crate) fn is_above(&self, permit_stake_tao: f64) -> bool {
        nearest_f32(self.stake_tao) > nearest_f32(permit_stake_tao)
    }
}
