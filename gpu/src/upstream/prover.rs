//! What upstream's script does on the miner, on the CPU.

use annals_log::Hash;

use super::matrix::Matrix;
use super::responses::Response;
use super::tree::RowTree;

/// The product of one GPU, committed to.
#[derive(Debug)]
pub struct MinerProduct {
    seeds: (u64, u64),
    product: Matrix,
    tree: RowTree,
}

impl MinerProduct {
    /// Makes both matrices, multiplies them, and builds the tree over the rows (`process_gpu`).
    ///
    /// # Panics
    /// If `size` is 0.
    pub fn compute(seed_a: u64, seed_b: u64, size: usize) -> Self {
        let product = Matrix::generate(seed_a, size).multiply(&Matrix::generate(seed_b, size));
        Self::of(seed_a, seed_b, product)
    }

    /// Takes a product as it is, however it was come by.
    ///
    /// # Panics
    /// If it has no rows.
    pub fn of(seed_a: u64, seed_b: u64, product: Matrix) -> Self {
        Self { seeds: (seed_a, seed_b), tree: RowTree::over(&product), product }
    }

    /// Returns the root that the miner announces.
    pub fn root(&self) -> Hash {
        self.tree.root()
    }

    /// Returns the row and the proof that answer `index` (`run_proof_gpu`), whole: the script itself loses bytes of
    /// some siblings, see [`super::Sibling::as_saved`].
    ///
    /// # Panics
    /// If there is no such row.
    pub fn respond(&self, index: (u64, u64)) -> Response {
        let row = usize::try_from(index.0).expect("a row that is there");
        let (seed_a, seed_b) = self.seeds;
        let (root, proof) = (self.tree.root(), self.tree.proof(row));
        Response { seed_a, seed_b, root, index, row: self.product.row(row).to_vec(), proof }
    }
}
