//! The steps of an attempt on a device: a product and its tree, a piece of a sweep, and what is read back.

use std::collections::BTreeMap;

use annals_log::Hash;

use super::buffers::{Buffers, GROUP_BYTES, GROUP_TILES, Pieces, Sizes, stored_bytes};
use super::launch::{Argument, Kernel, Memory, Path, Product, SQUARE};
use super::levels::{Levels, node_place};
use super::seam::{Device, DeviceError};
use crate::parameters::Parameters;
use crate::philox::{BLOCK_BYTES, PhiloxKey};
use crate::round::{Round, RoundSeed};
use crate::sweep::SweepKey;
use crate::tile::{TILE_BYTES, TILE_EDGE, Tile};

/// Bytes of a tile that lie together, see `kernels/tiles.cuh`.
const CHUNK_BYTES: usize = 16;

/// A device and the buffers of one attempt.
#[derive(Debug)]
pub(super) struct Work<D> {
    device: D,
    numbers: Parameters,
    path: Path,
    pieces: Pieces,
    buffers: Buffers,
}

/// Which tiles of a product stay.
#[derive(Debug)]
pub(super) enum Keep<'a> {
    /// None: their leaves are all that is wanted.
    Nothing,
    /// All, for the sweeps.
    Round,
    /// Those with these numbers, which are read back.
    Opened(&'a mut BTreeMap<u32, Option<Tile>>),
}

/// Rows of a product that are computed together.
#[derive(Debug, Clone, Copy)]
struct Panel {
    first_row: u32,
    rows: u32,
    first_tile: u32,
    tiles: u32,
}

impl<D: Device> Work<D> {
    pub(super) fn new(
        mut device: D,
        numbers: Parameters,
        path: Path,
        pieces: Pieces,
    ) -> Result<Self, DeviceError> {
        assert!(
            pieces.panel_rows > 0 && pieces.panel_rows.is_multiple_of(SQUARE),
            "panels are of whole squares"
        );
        assert!(pieces.sweep_tiles.is_power_of_two(), "the tree over a piece is a part of the sweep's");
        let buffers = Buffers::allocate(&mut device, &Sizes::of(&numbers, path, pieces))?;
        Ok(Self { device, numbers, path, pieces, buffers })
    }

    /// Computes a product panel by panel, and the tree over its tiles.
    pub(super) fn product(
        &mut self,
        round: u32,
        seed: RoundSeed,
        mut keep: Keep<'_>,
    ) -> Result<(), DeviceError> {
        let size = self.numbers.size;
        let [left_key, right_key] = Round::new(seed, size).keys();
        let [left, right, sums] =
            [self.buffers.left, self.buffers.right, self.buffers.sums].map(|buffer| buffer.at(0));
        self.generate(right, right_key, 0, size)?;
        for panel in self.panels() {
            self.generate(left, left_key, panel.first_row, panel.rows)?;
            self.device.multiply(&Product { path: self.path, size, rows: panel.rows, left, right, sums })?;
            let store = match keep {
                Keep::Nothing => None,
                Keep::Round => Some((self.kept_round(round), 0)),
                Keep::Opened(_) => Some((self.buffers.opened.at(0), panel.first_tile)),
            };
            self.round_leaves(round, panel, store)?;
            if let Keep::Opened(tiles) = &mut keep {
                let of_panel = panel.first_tile..panel.first_tile + panel.tiles;
                for (number, tile) in tiles.range_mut(of_panel) {
                    *tile = Some(self.tile(self.buffers.opened.at(0), number - panel.first_tile)?);
                }
            }
        }
        self.build(&self.round_levels())
    }

    /// Hashes piece `piece` of a sweep, and builds the tree over it.
    pub(super) fn sweep_piece(&mut self, piece: u64, key: SweepKey) -> Result<(), DeviceError> {
        let levels = self.piece_levels(piece);
        let count = self.piece_tiles(piece);
        let arguments = vec![
            Argument::Memory(self.buffers.kept.at(0)),
            Argument::Digest(key.0.0),
            Argument::Number(self.numbers.first_kept_round()),
            Argument::Number(self.numbers.tiles_per_round()),
            Argument::Long(piece * self.pieces.sweep_tiles),
            Argument::Number(u32::try_from(count).expect("a piece is numbered in 32 bits")),
            Argument::Memory(self.buffers.nodes.at(0)),
        ];
        self.device.launch(&Kernel::SweepLeaves.over(count, arguments))?;
        self.build(&levels)
    }

    /// Returns how many pieces a sweep has.
    pub(super) fn sweep_pieces(&self) -> u64 {
        self.numbers.kept_tiles().div_ceil(self.pieces.sweep_tiles)
    }

    /// Returns in which piece a leaf of a sweep is, and where in it.
    pub(super) fn piece_of(&self, leaf: u64) -> (u64, u64) {
        (leaf / self.pieces.sweep_tiles, leaf % self.pieces.sweep_tiles)
    }

    pub(super) fn round_levels(&self) -> Levels {
        Levels::over(self.numbers.tiles_per_round().into(), self.numbers.round_depth())
    }

    pub(super) fn piece_levels(&self, piece: u64) -> Levels {
        Levels::over(self.piece_tiles(piece), self.pieces.sweep_height(&self.numbers))
    }

    /// Reads the root of the tree that was built last.
    pub(super) fn root(&mut self, levels: &Levels) -> Result<Hash, DeviceError> {
        self.node(levels.root())
    }

    /// Reads a path of the tree that was built last.
    pub(super) fn path(&mut self, levels: &Levels, leaf: u64) -> Result<Vec<Hash>, DeviceError> {
        let mut siblings = Vec::new();
        for place in levels.path(leaf) {
            siblings.push(match place {
                Some(place) => self.node(place)?,
                None => Hash([0; 32]),
            });
        }
        Ok(siblings)
    }

    /// Reads a tile of a round that is kept.
    pub(super) fn kept_tile(&mut self, round: u32, tile: u32) -> Result<Tile, DeviceError> {
        self.tile(self.kept_round(round), tile)
    }

    fn panels(&self) -> Vec<Panel> {
        let size = self.numbers.size;
        let across = size / TILE_EDGE;
        let mut panels = Vec::new();
        for first_row in (0..size).step_by(self.pieces.panel_rows as usize) {
            let rows = self.pieces.panel_rows.min(size - first_row);
            let first_tile = first_row / TILE_EDGE * across;
            panels.push(Panel { first_row, rows, first_tile, tiles: rows / TILE_EDGE * across });
        }
        panels
    }

    fn generate(
        &mut self,
        lines: Memory,
        key: PhiloxKey,
        first_line: u32,
        count: u32,
    ) -> Result<(), DeviceError> {
        let kernel = match self.path {
            Path::Int8 => Kernel::GenerateInt8,
            Path::Fp16 => Kernel::GenerateFp16,
        };
        let line_blocks = self.numbers.size / BLOCK_BYTES;
        let blocks = count * line_blocks;
        let arguments = vec![
            Argument::Memory(lines),
            Argument::MatrixKey(key.words()),
            Argument::Number(first_line),
            Argument::Number(line_blocks),
            Argument::Number(blocks),
        ];
        self.device.launch(&kernel.over(blocks.into(), arguments))
    }

    /// Hashes the tiles of a panel, and stores them if there is a place, and a number of the first tile there.
    fn round_leaves(
        &mut self,
        round: u32,
        panel: Panel,
        store: Option<(Memory, u32)>,
    ) -> Result<(), DeviceError> {
        let kernel = match self.path {
            Path::Int8 => Kernel::RoundLeavesInt32,
            Path::Fp16 => Kernel::RoundLeavesFp32,
        };
        let (place, first_stored) = match store {
            Some((place, first_stored)) => (Argument::Memory(place), first_stored),
            None => (Argument::Nothing, 0),
        };
        let arguments = vec![
            Argument::Memory(self.buffers.sums.at(0)),
            Argument::Number(round),
            Argument::Number(panel.first_tile),
            Argument::Number(panel.tiles),
            Argument::Number(self.numbers.size / TILE_EDGE),
            Argument::Memory(self.buffers.nodes.at(0)),
            place,
            Argument::Number(first_stored),
        ];
        self.device.launch(&kernel.over(panel.tiles.into(), arguments))
    }

    /// Builds the levels over the leaves with which the nodes begin.
    fn build(&mut self, levels: &Levels) -> Result<(), DeviceError> {
        for launch in levels.launches(Kernel::TreeLevel, self.buffers.nodes) {
            self.device.launch(&launch)?;
        }
        Ok(())
    }

    fn piece_tiles(&self, piece: u64) -> u64 {
        self.pieces.sweep_tiles.min(self.numbers.kept_tiles() - piece * self.pieces.sweep_tiles)
    }

    fn kept_round(&self, round: u32) -> Memory {
        let kept_before = u64::from(round - self.numbers.first_kept_round());
        self.buffers.kept.at(kept_before * stored_bytes(self.numbers.tiles_per_round()))
    }

    fn node(&mut self, node: u64) -> Result<Hash, DeviceError> {
        let mut hash = Hash([0; 32]);
        self.device.read(node_place(self.buffers.nodes, node), &mut hash.0)?;
        Ok(hash)
    }

    /// Reads tile `tile` of those that are stored at `store`.
    fn tile(&mut self, store: Memory, tile: u32) -> Result<Tile, DeviceError> {
        let mut group = vec![0; GROUP_BYTES];
        let at = store.at + u64::from(tile / GROUP_TILES) * GROUP_BYTES as u64;
        self.device.read(store.buffer.at(at), &mut group)?;
        let lane = (tile % GROUP_TILES) as usize;
        let mut bytes = Box::new([0; TILE_BYTES]);
        let chunks = group.as_chunks::<CHUNK_BYTES>().0.iter().skip(lane).step_by(GROUP_TILES as usize);
        for (to, from) in bytes.as_chunks_mut().0.iter_mut().zip(chunks) {
            *to = *from;
        }
        Ok(Tile(bytes))
    }
}
