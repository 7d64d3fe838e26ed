//! The trees over tiles: every path of a tree has the same length.

use annals_log::Hash;

/// Stands for the sibling that the last node of an odd level lacks.
const NOTHING: Hash = Hash([0; 32]);

/// All levels of a tree. A node is SHA-256(0x01 | left | right).
#[derive(Debug, Clone)]
pub struct TileTree {
    levels: Vec<Vec<Hash>>,
}

impl TileTree {
    /// Builds the tree over `leaves`.
    ///
    /// # Panics
    /// If there are none.
    pub fn over(leaves: Vec<Hash>) -> Self {
        assert!(!leaves.is_empty(), "a tree has a leaf");
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let above = below.chunks(2).map(|pair| Hash::node(&pair[0], pair.get(1).unwrap_or(&NOTHING)));
            levels.push(above.collect());
        }
        Self { levels }
    }

    /// Returns the root.
    pub fn root(&self) -> Hash {
        self.levels[self.levels.len() - 1][0]
    }

    /// Returns the siblings on the way from leaf `index` to the root, from below.
    ///
    /// # Panics
    /// If there is no such leaf.
    pub fn path(&self, index: usize) -> Vec<Hash> {
        assert!(index < self.levels[0].len(), "the leaf is in the tree");
        let below_root = &self.levels[..self.levels.len() - 1];
        let sibling =
            |(height, level): (usize, &Vec<Hash>)| *level.get((index >> height) ^ 1).unwrap_or(&NOTHING);
        below_root.iter().enumerate().map(sibling).collect()
    }
}

/// Returns the root to which `path` leads from leaf `index`.
pub fn root_of_path(leaf: Hash, path: &[Hash], index: u64) -> Hash {
    let mut at = index;
    let mut hash = leaf;
    for sibling in path {
        hash = if at.is_multiple_of(2) { Hash::node(&hash, sibling) } else { Hash::node(sibling, &hash) };
        at /= 2;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_leads_to_the_root_and_has_one_length() {
        for count in [1_u8, 2, 3, 4, 5, 6, 7, 9, 25, 100] {
            let leaves: Vec<_> = (0..count).map(|leaf| Hash::of(&[leaf])).collect();
            let tree = TileTree::over(leaves.clone());
            let depth = tree.path(0).len();
            assert_eq!(1 << depth, usize::from(count).next_power_of_two());
            for (index, leaf) in leaves.iter().enumerate() {
                let path = tree.path(index);
                assert_eq!(path.len(), depth);
                assert_eq!(root_of_path(*leaf, &path, index as u64), tree.root());
                assert_ne!(root_of_path(NOTHING, &path, index as u64), tree.root());
            }
        }
    }
}
