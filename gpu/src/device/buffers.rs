//! The memory that an attempt takes on a device, known before any of it is allocated.

use super::launch::{Buffer, Path};
use super::levels::Levels;
use super::seam::{Device, DeviceError, check_free};
use crate::parameters::Parameters;
use crate::tile::{TILE_BYTES, TILE_EDGE};

/// Tiles that lie interleaved, chunk by chunk, as `kernels/tiles.cuh` says.
pub(super) const GROUP_TILES: u32 = 32;
/// Bytes of a group.
pub(super) const GROUP_BYTES: usize = GROUP_TILES as usize * TILE_BYTES;

/// How an attempt is cut. What comes out is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pieces {
    /// Rows of a product that are computed and hashed before the next: a multiple of 64.
    pub panel_rows: u32,
    /// Tiles of a sweep that are hashed before the next: a power of two.
    pub sweep_tiles: u64,
}

impl Default for Pieces {
    /// Pieces that keep every card busy and take little memory beside the kept rounds: a panel is a fifth of a product
    /// of 20,480, and a million tiles are 2 GB.
    fn default() -> Self {
        Self { panel_rows: 4_096, sweep_tiles: 1 << 20 }
    }
}

/// Bytes of each buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    /// A panel of the left matrix.
    left: u64,
    /// All of the right one.
    right: u64,
    /// A panel of the product.
    sums: u64,
    /// The tree of a round, or of a piece of a sweep.
    nodes: u64,
    /// The tiles of a panel, where they are opened.
    opened: u64,
    /// The tiles of all kept rounds.
    kept: u64,
}

/// Where everything is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Buffers {
    pub(super) left: Buffer,
    pub(super) right: Buffer,
    pub(super) sums: Buffer,
    pub(super) nodes: Buffer,
    pub(super) opened: Buffer,
    pub(super) kept: Buffer,
}

impl Pieces {
    /// Returns the height of the tree over one piece of a sweep.
    pub(super) fn sweep_height(&self, numbers: &Parameters) -> usize {
        numbers.sweep_depth().min(self.sweep_tiles.trailing_zeros() as usize)
    }

    fn panel_rows(&self, numbers: &Parameters) -> u32 {
        self.panel_rows.min(numbers.size)
    }
}

impl Sizes {
    pub(super) fn of(numbers: &Parameters, path: Path, pieces: Pieces) -> Self {
        let (size, rows) = (u64::from(numbers.size), u64::from(pieces.panel_rows(numbers)));
        let panel_tiles = pieces.panel_rows(numbers) / TILE_EDGE * (numbers.size / TILE_EDGE);
        let round = Levels::over(numbers.tiles_per_round().into(), numbers.round_depth());
        let piece_tiles = numbers.kept_tiles().clamp(1, pieces.sweep_tiles);
        let piece = Levels::over(piece_tiles, pieces.sweep_height(numbers));
        Self {
            left: rows * size * u64::from(path.element_bytes()),
            right: size * size * u64::from(path.element_bytes()),
            sums: rows * size * 4,
            nodes: round.bytes().max(piece.bytes()),
            opened: stored_bytes(panel_tiles),
            kept: u64::from(numbers.kept_rounds) * stored_bytes(numbers.tiles_per_round()),
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.left + self.right + self.sums + self.nodes + self.opened + self.kept
    }
}

impl Buffers {
    /// Allocates everything.
    ///
    /// # Errors
    /// `Memory` before anything is allocated, if not all of it is free; or what the device says.
    pub(super) fn allocate(device: &mut impl Device, sizes: &Sizes) -> Result<Self, DeviceError> {
        check_free(device, sizes.total())?;
        // An attempt that keeps nothing has a buffer for it all the same.
        let mut allocate = |bytes: u64| device.allocate(bytes.max(16));
        Ok(Self {
            left: allocate(sizes.left)?,
            right: allocate(sizes.right)?,
            sums: allocate(sizes.sums)?,
            nodes: allocate(sizes.nodes)?,
            opened: allocate(sizes.opened)?,
            kept: allocate(sizes.kept)?,
        })
    }
}

/// Returns the bytes that tiles take: whole groups.
pub(super) fn stored_bytes(tiles: u32) -> u64 {
    u64::from(tiles.div_ceil(GROUP_TILES)) * GROUP_BYTES as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_of_full_size_fits_a_card_of_80_gb() {
        let sizes = Sizes::of(&Parameters::FULL, Path::Int8, Pieces::default());
        assert_eq!(sizes.kept, Parameters::FULL.kept_bytes());
        assert_eq!((sizes.left, sizes.right, sizes.sums), (83_886_080, 419_430_400, 335_544_320));
        assert_eq!(sizes.total() - sizes.kept, 1_073_741_792);
        let halves = Sizes::of(&Parameters::FULL, Path::Fp16, Pieces::default());
        assert_eq!(halves.total() - sizes.total(), sizes.left + sizes.right);
    }

    #[test]
    fn a_small_attempt_takes_whole_groups() {
        let numbers = Parameters { size: 64, rounds: 1, kept_rounds: 1, sweeps: 1, ..Parameters::FULL };
        let sizes = Sizes::of(&numbers, Path::Int8, Pieces::default());
        assert_eq!((sizes.kept, sizes.opened), (65_536, 65_536));
        assert_eq!(sizes.nodes, 7 * 32);
    }
}
