//! Upstream's matrices on the CPU, in f32 and row by row.

use super::prng::miner_element;

/// A square matrix of f32.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    size: usize,
    elements: Vec<f32>,
}

impl Matrix {
    /// Returns the matrix that the miner's script makes of a seed.
    pub fn generate(seed: u64, size: usize) -> Self {
        let mut elements = Vec::with_capacity(size * size);
        for i in 0..size as u64 {
            elements.extend((0..size as u64).map(|j| miner_element(seed, i, j)));
        }
        Self { size, elements }
    }

    /// Returns the matrix with these rows.
    ///
    /// # Panics
    /// If there are not `size` times `size` elements.
    pub fn from_elements(size: usize, elements: Vec<f32>) -> Self {
        assert_eq!(elements.len(), size * size, "a matrix is square");
        Self { size, elements }
    }

    /// Returns the product of both, each element summed from left to right. A GPU sums in another order; the tolerance
    /// covers that.
    pub fn multiply(&self, other: &Self) -> Self {
        assert_eq!(self.size, other.size, "both have one size");
        let mut elements = vec![0.0; self.size * self.size];
        for i in 0..self.size {
            let sums = &mut elements[i * self.size..][..self.size];
            for (k, &left) in self.row(i).iter().enumerate() {
                for (sum, &right) in sums.iter_mut().zip(other.row(k)) {
                    *sum += left * right;
                }
            }
        }
        Self { size: self.size, elements }
    }

    /// Returns how many rows there are.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Returns row `i`.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.elements[i * self.size..][..self.size]
    }
}
