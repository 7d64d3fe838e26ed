//! Where the levels of a tree lie when a device builds them, one after the other.

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
pub(super) struct Step {
    pub(super) below: u64,
    pub(super) below_count: u64,
    pub(super) above: u64,
    pub(super) above_count: u64,
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

    /// Returns the nodes of all levels.
    pub(super) fn nodes(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Returns the place of the root, in nodes.
    pub(super) fn root(&self) -> u64 {
        self.starts[self.starts.len() - 1]
    }

    /// Returns what has to be built, in order.
    pub(super) fn steps(&self) -> impl Iterator<Item = Step> {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_lie_one_after_the_other() {
        let levels = Levels::over(5, 3);
        assert_eq!((levels.nodes(), levels.root()), (5 + 3 + 2 + 1, 10));
        let steps: Vec<_> = levels.steps().map(|step| (step.below, step.below_count, step.above)).collect();
        assert_eq!(steps, [(0, 5, 5), (5, 3, 8), (8, 2, 10)]);
        assert_eq!(levels.path(4).collect::<Vec<_>>(), [None, None, Some(8)]);
        assert_eq!(levels.path(1).collect::<Vec<_>>(), [Some(0), Some(6), Some(9)]);
    }

    #[test]
    fn a_part_of_a_larger_tree_has_its_height() {
        let levels = Levels::over(1, 3);
        assert_eq!((levels.nodes(), levels.root()), (4, 3));
        assert_eq!(levels.path(0).collect::<Vec<_>>(), [None; 3]);
        assert_eq!(Levels::over(1, 0).nodes(), 1);
    }
}
