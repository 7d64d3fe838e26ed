//! The prover of upstream's protocol on a device: its answers are those of the CPU, byte for byte.
//!
//! It computes what upstream's script does, whole matrices and every product of their elements, though their structure
//! would save it both. An element is a chain of `size` sums, in the CPU's order and with its rounding. At the sizes
//! that upstream asks of a card, its tolerance is narrow for that: of 102,400 elements 23 were beyond it at 20,704, and
//! 87 at 29,280, with fused sums as many. An honest answer then fails.

use std::time::Instant;

use annals_log::Hash;

use super::launch::{Argument, BLOCK_THREADS, Buffer, Kernel, Launch};
use super::levels::{Levels, node_place};
use super::seam::{Device, DeviceError, check_free};
use crate::parameters::depth;
use crate::upstream::{GpuTimings, Response, Sibling};

/// Lines of a matrix come in so many, and so do the elements of a line: the product's blocks meet no edge.
const LINES: u64 = 128;
/// Rows of the product that a block computes; its columns are [`LINES`].
const BLOCK_ROWS: u64 = 64;
/// Elements of fp32 that a thread writes at a time.
const QUAD: u64 = 4;
const ELEMENT_BYTES: u64 = 4;

/// Answers attempts of upstream's protocol on a device, one after the other, in the same memory.
#[derive(Debug)]
pub struct UpstreamKernelProver<D> {
    device: D,
    size: u32,
    shape: Shape,
    levels: Levels,
    buffers: Buffers,
    committed: Option<Committed>,
}

/// What a GPU announces before it knows the place that it is asked for: its share of a worker's two lines, see
/// [`crate::upstream::Computed`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UpstreamCommitment {
    /// The root over the rows of the product.
    pub root: Hash,
    /// The size, and the seconds by this machine's clock.
    pub timings: GpuTimings,
}

#[derive(Debug, Clone, Copy)]
struct Committed {
    seeds: [u64; 2],
    root: Hash,
}

#[derive(Debug, Clone, Copy)]
struct Buffers {
    left: Buffer,
    right: Buffer,
    product: Buffer,
    nodes: Buffer,
}

/// How a matrix lies on the device: as many lines as each has elements, at least `size` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    lines: u64,
}

impl<D: Device> UpstreamKernelProver<D> {
    /// Returns a prover for matrices of `size` rows, and takes all memory that it needs.
    ///
    /// # Errors
    /// `Memory` before anything is allocated, if the device has less; or what the device says.
    ///
    /// # Panics
    /// If `size` is 0.
    pub fn new(mut device: D, size: u32) -> Result<Self, DeviceError> {
        assert!(size > 0, "a product has a row");
        let (shape, levels) = (Shape::of(size), Levels::over(size.into(), depth(size.into())));
        check_free(&mut device, shape.bytes().saturating_mul(3).saturating_add(levels.bytes()))?;
        let buffers = Buffers {
            left: device.allocate(shape.bytes())?,
            right: device.allocate(shape.bytes())?,
            product: device.allocate(shape.bytes())?,
            nodes: device.allocate(levels.bytes())?,
        };
        Ok(Self { device, size, shape, levels, buffers, committed: None })
    }

    /// Returns how many rows its matrices have.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Makes both matrices, multiplies them, and builds the tree over the rows (`process_gpu`). What was computed
    /// before is forgotten.
    ///
    /// # Errors
    /// What the device says. There is nothing to respond with then.
    pub fn compute(&mut self, seed_a: u64, seed_b: u64) -> Result<UpstreamCommitment, DeviceError> {
        self.committed = None;
        self.generate(self.buffers.left, seed_a)?;
        self.generate(self.buffers.right, seed_b)?;
        self.wait()?;
        let start = Instant::now();
        self.multiply()?;
        self.wait()?;
        let multiplied = Instant::now();
        self.build()?;
        let root = self.node(self.levels.root())?;
        self.committed = Some(Committed { seeds: [seed_a, seed_b], root });
        let timings = GpuTimings {
            n: self.size.into(),
            multiplication: (multiplied - start).as_secs_f64(),
            merkle_tree: multiplied.elapsed().as_secs_f64(),
        };
        Ok(UpstreamCommitment { root, timings })
    }

    /// Returns the row and the proof that answer `index` (`run_proof_gpu`), whole: the script itself loses bytes of
    /// some siblings, see [`Sibling::as_saved`].
    ///
    /// # Errors
    /// What the device says.
    ///
    /// # Panics
    /// If nothing was computed, or there is no such row.
    pub fn respond(&mut self, index: (u64, u64)) -> Result<Response, DeviceError> {
        let Committed { seeds: [seed_a, seed_b], root } = self.committed.expect("a product was computed");
        assert!(index.0 < self.size.into(), "a row that is there");
        let mut bytes = vec![0; self.size as usize * 4];
        self.device.read(self.buffers.product.at(index.0 * self.shape.line_bytes()), &mut bytes)?;
        let row = bytes.as_chunks().0.iter().map(|element| f32::from_le_bytes(*element)).collect();
        let mut proof = Vec::new();
        for place in self.levels.path_of_pairs(index.0).collect::<Vec<_>>() {
            proof.push(Sibling(self.node(place)?.0.to_vec()));
        }
        Ok(Response { seed_a, seed_b, root, index, row, proof })
    }

    fn generate(&mut self, matrix: Buffer, seed: u64) -> Result<(), DeviceError> {
        let blocks_a_line = self.shape.line_quads().div_ceil(BLOCK_THREADS.into());
        let arguments = vec![
            Argument::Memory(matrix.at(0)),
            // Upstream loses the high half of a seed.
            Argument::Number(count(seed & 0xFFFF_FFFF)),
            Argument::Number(self.size),
            Argument::Number(count(self.shape.line_quads())),
        ];
        let blocks = [self.shape.lines, blocks_a_line].map(count);
        self.device.launch(&Launch { kernel: Kernel::GenerateUpstream, blocks, arguments })
    }

    fn multiply(&mut self) -> Result<(), DeviceError> {
        let Buffers { left, right, product, .. } = self.buffers;
        let [left, right, product] = [left, right, product].map(|buffer| Argument::Memory(buffer.at(0)));
        let numbers = [self.size, count(self.shape.line_quads())].map(Argument::Number);
        let arguments = [&[left, right, product][..], &numbers].concat();
        let blocks = [self.shape.lines / LINES, self.shape.lines / BLOCK_ROWS].map(count);
        self.device.launch(&Launch { kernel: Kernel::ProductFp32, blocks, arguments })
    }

    fn build(&mut self) -> Result<(), DeviceError> {
        let arguments = vec![
            Argument::Memory(self.buffers.product.at(0)),
            Argument::Number(self.size),
            Argument::Number(count(self.shape.line_quads())),
            Argument::Memory(self.buffers.nodes.at(0)),
        ];
        self.device.launch(&Kernel::RowLeaves.over(self.size.into(), arguments))?;
        for launch in self.levels.launches(Kernel::RowLevel, self.buffers.nodes) {
            self.device.launch(&launch)?;
        }
        Ok(())
    }

    /// Returns when everything that was launched is done.
    fn wait(&mut self) -> Result<(), DeviceError> {
        self.device.read(self.buffers.left.at(0), &mut [0])
    }

    fn node(&mut self, node: u64) -> Result<Hash, DeviceError> {
        let mut hash = Hash([0; 32]);
        self.device.read(node_place(self.buffers.nodes, node), &mut hash.0)?;
        Ok(hash)
    }
}

impl Shape {
    fn of(size: u32) -> Self {
        Self { lines: u64::from(size).next_multiple_of(LINES) }
    }

    fn line_quads(self) -> u64 {
        self.lines / QUAD
    }

    fn line_bytes(self) -> u64 {
        self.lines * ELEMENT_BYTES
    }

    /// Returns the bytes of a matrix; more than any device has where they are no u64.
    fn bytes(self) -> u64 {
        self.line_bytes().saturating_mul(self.lines)
    }
}

fn count(number: u64) -> u32 {
    u32::try_from(number).expect("what fits a device is numbered in 32 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_of_upstreams_largest_card_take_10_gb() {
        // n for 68.72 GB, which is what upstream finds on an H200 and a B200.
        let shape = Shape::of(29_280);
        assert_eq!((shape.lines, shape.line_quads(), shape.bytes()), (29_312, 7_328, 3_436_773_376));
        assert_eq!((Shape::of(1).lines, Shape::of(128).lines, Shape::of(129).lines), (128, 128, 256));
    }

    #[test]
    fn a_size_that_no_device_has_memory_for_is_more_than_any_number_of_bytes() {
        assert_eq!(Shape::of(u32::MAX).bytes(), u64::MAX);
    }
}
