//! The neurons of a made-up subnet: who they are, and what they can prove with their keys.

use annals_log::{Hash, Policy, RunIdSignature};
use sp_core::crypto::{Pair as _, Ss58Codec as _};
use sp_core::sr25519;

use super::dice::Dice;
use crate::repeatable::repeatable_signature;

/// Uids of the subnet, each taken.
pub(super) const UIDS: u16 = 256;
/// One uid of this many has a machine whose GPUs are measured again all the time.
const RESTLESS_EVERY: u16 = 6;
/// This many of the GPUs that upstream knows, by falling score, have a score above 0.
const SCORING_GPUS: usize = 9;

/// A uid with its key and its machine.
pub(super) struct Neuron {
    pub(super) uid: u16,
    /// SS58, prefix 42.
    pub(super) hotkey: String,
    /// The id of its run, once it has one.
    pub(super) run_id: String,
    pub(super) gpu_name: String,
    /// The score of one such GPU.
    gpu_score: f64,
    pub(super) num_gpus: u32,
    key: sr25519::Pair,
}

/// The neurons of a subnet by uid. None of them changes.
pub(super) struct Subnet {
    pub(super) neurons: Vec<Neuron>,
}

impl Subnet {
    pub(super) fn of(seed: u64, dice: &mut Dice) -> Self {
        let gpus = Policy::of_upstream(0).gpu_scores;
        Self { neurons: (0..UIDS).map(|uid| Neuron::of(seed, uid, &gpus, dice)).collect() }
    }

    pub(super) fn neuron(&self, uid: u16) -> &Neuron {
        &self.neurons[usize::from(uid)]
    }
}

impl Neuron {
    fn of(seed: u64, uid: u16, gpus: &[(String, f64)], dice: &mut Dice) -> Self {
        let key =
            sr25519::Pair::from_seed(&Hash::of(format!("annals fixture {seed}, uid {uid}").as_bytes()).0);
        let gpus = if is_restless(uid) { &gpus[..SCORING_GPUS] } else { gpus };
        let (gpu_name, gpu_score) = dice.pick(gpus).clone();
        let num_gpus = *dice.pick(&[1, 2, 4, 8]);
        let (hotkey, run_id) = (key.public().to_ss58check(), random_id(dice));
        Self { uid, hotkey, run_id, gpu_name, gpu_score, num_gpus, key }
    }

    /// Returns upstream's score of `num_gpus` of its GPUs (`calc_score_pog`): 0 to 100.
    pub(super) fn score(&self, num_gpus: u32) -> f64 {
        const GPU_SCORE_MAX: f64 = 5.0;
        self.gpu_score * f64::from(num_gpus.min(8)) * (100.0 / (GPU_SCORE_MAX * 8.0))
    }

    /// Returns the signature in the config of its run, as upstream's `sign_run` writes it, and what upstream says of
    /// it. A few sign nothing, and a few have signed another run.
    pub(super) fn sign(&self) -> (Option<String>, RunIdSignature) {
        match self.uid % 50 {
            48 => (Some(repeatable_signature(&self.key, "0djlnjjs")), RunIdSignature::Wrong),
            49 => (None, RunIdSignature::Absent),
            _ => (Some(repeatable_signature(&self.key, &self.run_id)), RunIdSignature::Valid),
        }
    }
}

/// Returns eight of the characters that W&B makes run ids of.
fn random_id(dice: &mut Dice) -> String {
    const CHARACTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    (0..8).map(|_| char::from(*dice.pick(CHARACTERS))).collect()
}

/// Whether validators find other GPUs in its machine each time they look.
pub(super) fn is_restless(uid: u16) -> bool {
    uid.is_multiple_of(RESTLESS_EVERY)
}

/// Returns all uids of which that is true.
pub(super) fn restless_uids() -> impl Iterator<Item = u16> {
    (0..UIDS).filter(|uid| is_restless(*uid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_verify_and_are_the_same_each_time() {
        let [one, again, other] = [27, 27, 28].map(|seed| Subnet::of(seed, &mut Dice::of(27)));
        let (neuron, message) = (one.neuron(0), Hash::of(one.neuron(0).run_id.as_bytes()).0);
        assert_eq!(neuron.sign(), again.neuron(0).sign());
        assert_eq!(neuron.run_id, other.neuron(0).run_id);
        assert_ne!(neuron.sign(), other.neuron(0).sign());

        let (Some(signature), RunIdSignature::Valid) = neuron.sign() else { panic!("uid 0 signs") };
        let bytes = sp_core::bytes::from_hex(&format!("0x{signature}")).unwrap();
        let signature = sr25519::Signature::try_from(bytes.as_slice()).unwrap();
        assert!(sr25519::Pair::verify(&signature, message, &neuron.key.public()));
        assert!(!sr25519::Pair::verify(&signature, message, &one.neuron(1).key.public()));
    }

    #[test]
    fn what_is_measured_anew_is_worth_something() {
        let subnet = Subnet::of(27, &mut Dice::of(27));
        assert!(restless_uids().count() > 40);
        assert!(restless_uids().all(|uid| subnet.neuron(uid).score(1) > 0.0));
        assert!(subnet.neurons.iter().all(|neuron| neuron.score(8) <= 100.0));
    }
}
