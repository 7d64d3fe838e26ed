//! Where the levels of a tree lie when a device builds them, one after the other.

use super::launch::{Argument, Buffer, Kernel, Launch, Memory};

/// Bytes of a node.
const NODE_BYTES: u64 = 32;

/// The levels of a tree of a given height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Levels {
    /// Nodes of each level, leaves first.
    counts: Vec<u64>,
    /// Nodes before each level.
    starts: Vec<u64>,
}

/// Two levels, the upper of which follows from the lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    below: u64,
    below_count: u64,
    above: u64,
    above_count: u64,
}

impl Levels {
    /// Returns `height` levels over `leaves` leaves. A tree that is higher than its leaves need is part of a larger
    /// one: its single node is then paired with nothing, again and again.
    pub(super) fn over(leaves: u64, height: usize) -> Self {
        let (mut counts, mut starts) = (vec![leaves], vec![0]);
        for level in 0..height {
            starts.push(starts[level] + counts[level]);
            counts.push(counts[level].div_ceil(2));
        }
        assert_eq!(counts[height], 1, "a tree has one root");
        Self { counts, starts }
    }

    /// Returns the bytes that the nodes of all levels take.
    pub(super) fn bytes(&self) -> u64 {
        self.counts.iter().sum::<u64>() * NODE_BYTES
    }

    /// Returns the place of the root, in nodes.
    pub(super) fn root(&self) -> u64 {
        self.starts[self.starts.len() - 1]
    }

    /// Returns what builds the tree over the leaves with which `nodes` begins, in order: a launch of `kernel` a level.
    pub(super) fn launches(&self, kernel: Kernel, nodes: Buffer) -> impl Iterator<Item = Launch> {
        self.steps().map(move |step| {
            let arguments = vec![
                Argument::Memory(node_place(nodes, step.below)),
                Argument::Number(u32::try_from(step.below_count).expect("a tree is numbered in 32 bits")),
                Argument::Memory(node_place(nodes, step.above)),
            ];
            kernel.over(step.above_count, arguments)
        })
    }

    fn steps(&self) -> impl Iterator<Item = Step> {
        (1..self.counts.len()).map(|above| Step {
            below: self.starts[above - 1],
            below_count: self.counts[above - 1],
            above: self.starts[above],
            above_count: self.counts[above],
        })
    }

    /// Returns the places of the siblings on the way from `leaf` to the root, from below; `None` where there is no such
    /// node.
    pub(super) fn path(&self, leaf: u64) -> impl Iterator<Item = Option<u64>> {
        let height = self.counts.len() - 1;
        (0..height).map(move |level| {
            let sibling = (leaf >> level) ^ 1;
            (sibling < self.counts[level]).then(|| self.starts[level] + sibling)
        })
    }

    /// Returns the same places for a tree in which a node without a sibling is its own.
    pub(super) fn path_of_pairs(&self, leaf: u64) -> impl Iterator<Item = u64> {
        let on_the_way = self.starts.iter().enumerate().map(move |(level, start)| start + (leaf >> level));
        self.path(leaf).zip(on_the_way).map(|(sibling, itself)| sibling.unwrap_or(itself))
    }
}

/// Returns where node `node` of a tree is.
pub(super) fn node_place(nodes: Buffer, node: u64) -> Memory {
    nodes.at(node * NODE_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_lie_one_after_the_other() {
        let levels = Levels::over(5, 3);
        assert_eq!((levels.bytes(), levels.root()), ((5 + 3 + 2 + 1) * 32, 10));
        let steps: Vec<_> = levels.steps().map(|step| (step.below, step.below_count, step.above)).collect();
        assert_eq!(steps, [(0, 5, 5), (5, 3, 8), (8, 2, 10)]);
        assert_eq!(levels.path(4).collect::<Vec<_>>(), [None, None, Some(8)]);
        assert_eq!(levels.path(1).collect::<Vec<_>>(), [Some(0), Some(6), Some(9)]);
        assert_eq!(levels.path_of_pairs(4).collect::<Vec<_>>(), [4, 7, 8]);
        assert_eq!(levels.path_of_pairs(1).collect::<Vec<_>>(), [0, 6, 9]);
    }

    #[test]
    fn a_part_of_a_larger_tree_has_its_height() {
        let levels = Levels::over(1, 3);
        assert_eq!((levels.bytes(), levels.root()), (4 * 32, 3));
        assert_eq!(levels.path(0).collect::<Vec<_>>(), [None; 3]);
        assert_eq!(Levels::over(1, 0).bytes(), 32);
    }
}
