//! The RFC 6962 tree over the entries: its right edge, its root, and inclusion paths.

use std::ops::Range;

use crate::hash::Hash;
use crate::place::{LogIndex, TreeSize};

/// A tree has at most this many hashes on its right edge, one for each bit of its size.
pub(crate) const EDGE_HASHES_MAX: usize = 64;

/// The roots of the complete subtrees that a tree of some size falls into, largest (leftmost) first.
///
/// This is all that is needed to go on appending; a root alone cannot be continued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightEdge {
    size: u64,
    hashes: Vec<Hash>,
}

impl RightEdge {
    /// The edge of the empty tree.
    pub fn empty() -> Self {
        Self { size: 0, hashes: Vec::new() }
    }

    /// The edge that was taken apart into its size and [`RightEdge::hashes`]; `None` when a tree of `size` has
    /// another number of hashes on its edge.
    pub fn from_parts(size: TreeSize, hashes: Vec<Hash>) -> Option<Self> {
        (hashes.len() == size.0.count_ones() as usize).then_some(Self { size: size.0, hashes })
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> TreeSize {
        TreeSize(self.size)
    }

    /// Largest subtree first; as many as `size` has bits set.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Adds the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.push_showing(leaf, |_, _| {});
    }

    /// Adds the next leaf, and shows each subtree that is complete with it: its level, 0 for the leaf, and its root.
    pub(crate) fn push_showing(&mut self, leaf: Hash, mut show: impl FnMut(u32, Hash)) {
        self.size += 1;
        let mut subtree = leaf;
        show(0, subtree);
        for level in 1..=self.size.trailing_zeros() {
            let left = self.hashes.pop().expect("an even size has a complete left sibling on its edge");
            subtree = Hash::node(&left, &subtree);
            show(level, subtree);
        }
        self.hashes.push(subtree);
    }

    /// The Merkle tree hash; SHA-256 of nothing for the empty tree.
    pub fn root(&self) -> Hash {
        let mut smallest_first = self.hashes.iter().rev();
        let Some(&smallest) = smallest_first.next() else { return Hash::of(&[]) };
        smallest_first.fold(smallest, |right, left| Hash::node(left, &right))
    }
}

/// The leaves under each sibling on the way from `index` to the root, leaf's sibling first (RFC 6962 section 2.1.1).
pub(crate) fn sibling_ranges(index: LogIndex, size: TreeSize) -> Vec<Range<u64>> {
    let mut under = 0..size.0;
    let mut siblings = Vec::new();
    while under.end - under.start > 1 {
        // The left subtree is the largest power of two below the number of leaves.
        let left = 1 << (under.end - under.start - 1).ilog2();
        let split = under.start + left;
        if index.0 < split {
            siblings.push(split..under.end);
            under.end = split;
        } else {
            siblings.push(under.start..split);
            under.start = split;
        }
    }
    siblings.reverse();
    siblings
}

/// Builds an inclusion path from leaf hashes fed in order of their index; holds one edge a sibling, not the leaves.
pub(crate) struct InclusionPath {
    /// With the place in the path, ordered by the leaves they cover.
    siblings: Vec<(Range<u64>, usize, RightEdge)>,
    next: u64,
    current: usize,
    size: u64,
}

impl InclusionPath {
    /// # Panics
    /// If `index` does not lie below `size`.
    pub(crate) fn new(index: LogIndex, size: TreeSize) -> Self {
        assert!(index.0 < size.0, "index {index} lies outside of a tree of size {size}");
        let mut siblings: Vec<_> = sibling_ranges(index, size)
            .into_iter()
            .enumerate()
            .map(|(place, leaves)| (leaves, place, RightEdge::empty()))
            .collect();
        siblings.sort_by_key(|(leaves, ..)| leaves.start);
        Self { siblings, next: 0, current: 0, size: size.0 }
    }

    pub(crate) fn push(&mut self, leaf: Hash) {
        let at = self.next;
        self.next += 1;
        while self.siblings.get(self.current).is_some_and(|(leaves, ..)| leaves.end <= at) {
            self.current += 1;
        }
        // The leaf that the path is for lies in no sibling.
        if let Some((leaves, _, edge)) = self.siblings.get_mut(self.current)
            && leaves.contains(&at)
        {
            edge.push(leaf);
        }
    }

    /// # Panics
    /// If not every leaf below the size was pushed.
    pub(crate) fn finish(mut self) -> Vec<Hash> {
        assert_eq!(self.next, self.size, "a path needs every leaf of the tree");
        self.siblings.sort_by_key(|&(_, place, _)| place);
        self.siblings.iter().map(|(_, _, edge)| edge.root()).collect()
    }
}

/// The root that `path` leads to from `leaf` at `index` in a tree of `size`, or `None` when the path has another
/// length than such a tree asks for (RFC 9162 section 2.1.3.2).
pub(crate) fn root_of_path(leaf: Hash, index: LogIndex, size: TreeSize, path: &[Hash]) -> Option<Hash> {
    let mut place = index.0;
    let mut last = size.0.checked_sub(1)?;
    if place > last {
        return None;
    }
    let mut root = leaf;
    for sibling in path {
        if last == 0 {
            return None;
        }
        if place & 1 == 1 || place == last {
            root = Hash::node(sibling, &root);
            // A right edge without a sibling on a level moves up unhashed.
            let lonely = if place & 1 == 0 { place.trailing_zeros().min(63) } else { 0 };
            place >>= lonely;
            last >>= lonely;
        } else {
            root = Hash::node(&root, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(root)
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;

    use super::*;

    fn leaves(count: u64) -> Vec<Vec<u8>> {
        (0..count).map(|i| i.to_be_bytes().repeat(1 + usize::try_from(i % 5).unwrap())).collect()
    }

    fn edge_of(leaves: &[Vec<u8>]) -> RightEdge {
        let mut edge = RightEdge::empty();
        leaves.iter().for_each(|leaf| edge.push(Hash::leaf(leaf)));
        edge
    }

    #[test]
    fn roots_are_those_of_the_certificate_transparency_vectors() {
        let leaves: Vec<Vec<u8>> = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ]
        .iter()
        .map(|leaf| hex::decode(leaf).unwrap())
        .collect();
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        for (size, root) in roots.iter().enumerate() {
            assert_eq!(edge_of(&leaves[..size]).root().to_string(), *root, "size {size}");
        }
    }

    #[test]
    fn roots_and_paths_agree_with_an_independent_tree() {
        let mut oracle = MemoryBackedTree::<sha2::Sha256, Vec<u8>>::new();
        let all = leaves(130);
        for (count, leaf) in (1..).zip(&all) {
            oracle.push(leaf.clone());
            let size = TreeSize(count);
            let root = edge_of(&all[..usize::try_from(count).unwrap()]).root();
            assert_eq!(root.0.as_slice(), oracle.root().as_bytes().as_slice());
            for index in 0..count {
                let mut path = InclusionPath::new(LogIndex(index), size);
                all[..usize::try_from(count).unwrap()].iter().for_each(|leaf| path.push(Hash::leaf(leaf)));
                let path = path.finish();
                let proof = oracle.prove_inclusion(usize::try_from(index).unwrap());
                assert_eq!(path.iter().flat_map(|hash| hash.0).collect::<Vec<_>>(), proof.as_bytes());
                let leaf = Hash::leaf(&all[usize::try_from(index).unwrap()]);
                assert_eq!(root_of_path(leaf, LogIndex(index), size, &path), Some(root));
            }
        }
    }

    #[test]
    fn a_path_of_the_wrong_length_or_place_leads_nowhere() {
        let all = leaves(11);
        let mut path = InclusionPath::new(LogIndex(10), TreeSize(11));
        all.iter().for_each(|leaf| path.push(Hash::leaf(leaf)));
        let path = path.finish();
        let leaf = Hash::leaf(&all[10]);
        let root = edge_of(&all).root();
        assert_eq!(root_of_path(leaf, LogIndex(10), TreeSize(11), &path), Some(root));
        assert_eq!(root_of_path(leaf, LogIndex(10), TreeSize(11), &path[..1]), None);
        assert_eq!(root_of_path(leaf, LogIndex(10), TreeSize(11), &[&path[..], &path[..1]].concat()), None);
        assert_eq!(root_of_path(leaf, LogIndex(11), TreeSize(11), &path), None);
        assert_eq!(root_of_path(leaf, LogIndex(0), TreeSize(0), &[]), None);
        for index in 0..10 {
            assert_ne!(root_of_path(leaf, LogIndex(index), TreeSize(11), &path), Some(root), "index {index}");
        }
        let huge = TreeSize(u64::MAX);
        assert_eq!(root_of_path(leaf, LogIndex(u64::MAX - 1), huge, &path), None);
    }

    #[test]
    fn an_edge_has_as_many_hashes_as_its_size_has_bits() {
        let edge = edge_of(&leaves(13));
        assert_eq!(RightEdge::from_parts(TreeSize(13), edge.hashes().to_vec()), Some(edge.clone()));
        assert_eq!(RightEdge::from_parts(TreeSize(12), edge.hashes().to_vec()), None);
    }
}
