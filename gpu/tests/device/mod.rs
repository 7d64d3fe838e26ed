//! The kernels, and the prover that runs them, without a device: they answer as the reference on the CPU does.

mod built;
mod driver;
#[path = "../../benches/on-device/report/mod.rs"]
mod report;
mod shim;
mod upstream;

use annals_gpu::device::{
    Argument, BLOCK_THREADS, Buffer, Device, DeviceError, Kernel, KernelProver, Path, Pieces,
};
use annals_gpu::{CpuProver, Outcome, Parameters, Transcript};

use self::report::{Sizes, report};
use self::shim::Shim;
use crate::attempt::{Asked, SMALL, outcome};
use crate::seed::random;

const ATTEMPTS: usize = 12;

fn parameters(random: &mut fastrand::Rng) -> Parameters {
    let rounds = random.u32(1..4);
    let kept_rounds = random.u32(0..=rounds);
    let has_memory = u32::from(kept_rounds > 0);
    Parameters {
        size: [64, 128, 192][random.usize(0..3)],
        rounds,
        kept_rounds,
        sweeps: has_memory * random.u32(1..3),
        round_openings: random.u32(1..10),
        sweep_openings: has_memory * random.u32(1..10),
        rounds_ms_max: 1_000,
        sweeps_ms_max: 1_000,
    }
}

/// Takes the signatures of another transcript, no two of which are equal.
fn signed_as(mut transcript: Transcript, other: &Transcript) -> Transcript {
    transcript.challenge_signature = other.challenge_signature;
    transcript.rounds.signature = other.rounds.signature;
    transcript.sweeps.signature = other.sweeps.signature;
    transcript.signature = other.signature;
    transcript
}

#[test]
fn kernels_answer_as_the_cpu_does_however_the_work_is_cut() {
    let random = &mut random("kernels");
    for attempt in 0..ATTEMPTS {
        let numbers = parameters(random);
        let pieces = Pieces {
            panel_rows: [64, 128, 4_096][random.usize(0..3)],
            sweep_tiles: [1, 4, 16, 1 << 20][random.usize(0..4)],
        };
        let path = [Path::Int8, Path::Fp16][attempt % 2];
        let asked = Asked::new(random, numbers);
        let told = asked.run(KernelProver::new(Shim::start(), &numbers, path, pieces).unwrap());
        assert_eq!(outcome(&told), Outcome::Passed, "{numbers:?} {path:?} {pieces:?}");
        let reference = signed_as(asked.run(CpuProver::new(numbers)), &told);
        assert!(told.to_bytes() == reference.to_bytes(), "{numbers:?} {path:?} {pieces:?}");
    }
}

#[test]
fn one_prover_answers_one_challenge_after_the_other() {
    let random = &mut random("challenges");
    let mut prover = KernelProver::new(Shim::start(), &SMALL, Path::Int8, Pieces::default()).unwrap();
    for _ in 0..2 {
        let told = Asked::new(random, *prover.parameters()).run(&mut prover);
        assert_eq!(outcome(&told), Outcome::Passed);
    }
}

#[test]
fn an_attempt_that_the_device_has_no_memory_for_is_refused() {
    let prover = |free_bytes| {
        let mut device = Shim::start();
        device.free_bytes = free_bytes;
        KernelProver::new(device, &SMALL, Path::Fp16, Pieces::default())
    };
    let needed = match prover(0).unwrap_err() {
        DeviceError::Memory { needed_bytes, free_bytes: 0 } => needed_bytes,
        other => panic!("{other}"),
    };
    // Both matrices, the sums, 63 nodes, and three groups of tiles.
    assert_eq!(needed, 2 * 128 * 128 * 2 + 128 * 128 * 4 + 63 * 32 + 3 * 65_536);
    assert!(matches!(prover(needed - 1).unwrap_err(), DeviceError::Memory { .. }));
    prover(needed).unwrap();
}

#[test]
fn a_launch_whose_arguments_are_not_those_of_the_kernel_is_found() {
    let mut device = Shim::start();
    let memory = device.allocate(64).unwrap();
    let wrong = [
        vec![Argument::Memory(memory.at(0)), Argument::Long(1), Argument::Memory(memory.at(32))],
        vec![Argument::Memory(memory.at(0)), Argument::Number(1)],
        vec![Argument::Memory(Buffer(1).at(0)), Argument::Number(1), Argument::Memory(memory.at(32))],
        // Three nodes have two above them, the second of which would lie after the end of the buffer.
        vec![Argument::Memory(memory.at(0)), Argument::Number(3), Argument::Memory(memory.at(32))],
    ];
    for arguments in wrong {
        let mut device = Shim::start();
        device.allocate(64).unwrap();
        device.launch(&Kernel::TreeLevel.over(2, arguments.clone())).unwrap();
        assert!(device.read(memory.at(0), &mut [0; 64]).is_err(), "{arguments:?}");
    }
    let right = vec![Argument::Memory(memory.at(0)), Argument::Number(1), Argument::Memory(memory.at(32))];
    device.launch(&Kernel::TreeLevel.over(1, right)).unwrap();
    device.read(memory.at(0), &mut [0; 64]).unwrap();
}

#[test]
fn every_kernel_is_in_the_ptx_for_blocks_of_our_size() {
    let ptx = include_str!("../../kernels/kernels.ptx");
    assert!(ptx.contains("\n.version 6.5\n.target sm_75\n"));
    assert_eq!(ptx.matches(".visible .entry ").count(), Kernel::ALL.len());
    for kernel in Kernel::ALL {
        let (_, entry) = ptx.split_once(&format!(".visible .entry {}(", kernel.name())).unwrap();
        let (head, _) = entry.split_once('{').unwrap();
        assert!(head.contains(&format!(".maxntid {BLOCK_THREADS}")), "{}", kernel.name());
    }
}

#[test]
fn the_figures_of_a_device_are_had_without_one() {
    let sizes = Sizes { numbers: SMALL, compared: &[64], plain_products: 2, upstream: 96 };
    assert!(report(&|_| Ok(Shim::start()), &sizes).unwrap());
}
