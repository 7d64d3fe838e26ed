//! Upstream's Merkle tree over the rows of a product.

use annals_log::Hash;

use super::matrix::Matrix;

/// All levels of a tree over rows: a leaf is the SHA-256 of a row's bytes (f32, little-endian), a node that of both
/// children, and a node without a sibling is its own. Leaves and nodes are not told apart.
#[derive(Debug)]
pub struct RowTree {
    levels: Vec<Vec<Hash>>,
}

impl RowTree {
    /// Builds the tree over the rows of `product`.
    ///
    /// # Panics
    /// If it has no rows.
    pub fn over(product: &Matrix) -> Self {
        let leaves = (0..product.size()).map(|i| leaf(product.row(i))).collect();
        Self::over_leaves(leaves)
    }

    fn over_leaves(leaves: Vec<Hash>) -> Self {
        assert!(!leaves.is_empty(), "a tree has a leaf");
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let above = below.chunks(2).map(|pair| node(&pair[0], pair.last().unwrap_or(&pair[0]))).collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// Returns the root.
    pub fn root(&self) -> Hash {
        self.levels[self.levels.len() - 1][0]
    }

    /// Returns the siblings on the way from row `index` to the root.
    pub fn proof(&self, index: usize) -> Vec<Hash> {
        let below_root = &self.levels[..self.levels.len() - 1];
        let sibling = |(height, level): (usize, &Vec<Hash>)| {
            let at = index >> height;
            *level.get(at ^ 1).unwrap_or(&level[at])
        };
        below_root.iter().enumerate().map(sibling).collect()
    }
}

/// Returns whether `proof` leads from `row` at `index` to `root`, as `verify_merkle_proof_row` decides it: a proof of
/// any length is taken.
pub fn leads_to_root(row: &[f32], proof: &[Hash], root: &Hash, index: u64) -> bool {
    let mut at = index;
    let mut hash = leaf(row);
    for sibling in proof {
        hash = if at.is_multiple_of(2) { node(&hash, sibling) } else { node(sibling, &hash) };
        at /= 2;
    }
    hash == *root
}

fn leaf(row: &[f32]) -> Hash {
    let bytes: Vec<u8> = row.iter().flat_map(|element| element.to_le_bytes()).collect();
    Hash::of(&bytes)
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut children = [0; 64];
    children[..32].copy_from_slice(&left.0);
    children[32..].copy_from_slice(&right.0);
    Hash::of(&children)
}
