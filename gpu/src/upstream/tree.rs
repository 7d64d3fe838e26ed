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
            let above = below.chunks(2).map(|pair| node(&pair[0].0, &pair[pair.len() - 1].0)).collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// Returns the root.
    pub fn root(&self) -> Hash {
        self.levels[self.levels.len() - 1][0]
    }

    /// Returns the siblings on the way from row `index` to the root.
    pub fn proof(&self, index: usize) -> Vec<Sibling> {
        let below_root = &self.levels[..self.levels.len() - 1];
        let sibling = |(height, level): (usize, &Vec<Hash>)| {
            let at = index >> height;
            Sibling(level.get(at ^ 1).unwrap_or(&level[at]).0.to_vec())
        };
        below_root.iter().enumerate().map(sibling).collect()
    }
}

/// A node of a proof: the 32 bytes of a digest, or fewer where upstream's script has lost some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sibling(pub Vec<u8>);

impl Sibling {
    /// Returns what is left after the script has saved its tree and read it back: numpy takes zeros at the end of
    /// bytes for filling. An honest proof with such a sibling does not lead to the root, which is upstream's error:
    /// at 15 levels 6 % of them.
    pub fn as_saved(mut self) -> Self {
        let kept = self.0.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        self.0.truncate(kept);
        self
    }
}

/// Returns whether `proof` leads from `row` at `index` to `root`, as `verify_merkle_proof_row` decides it: a proof of
/// any length is taken.
pub fn leads_to_root(row: &[f32], proof: &[Sibling], root: &Hash, index: u64) -> bool {
    let mut at = index;
    let mut hash = leaf(row);
    for sibling in proof {
        let (hashed, sibling) = (hash.0, &sibling.0[..]);
        hash = if at.is_multiple_of(2) { node(&hashed, sibling) } else { node(sibling, &hashed) };
        at /= 2;
    }
    hash == *root
}

fn leaf(row: &[f32]) -> Hash {
    let bytes: Vec<u8> = row.iter().flat_map(|element| element.to_le_bytes()).collect();
    Hash::of(&bytes)
}

fn node(left: &[u8], right: &[u8]) -> Hash {
    Hash::of(&[left, right].concat())
}
