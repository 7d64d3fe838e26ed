//! The frame of a `.wandb` file: seven bytes of header, then the log format of `LevelDB`.
//!
//! Blocks of 32 KiB, of which the file's header is the first bytes; in them chunks: CRC-32 of type and data (IEEE,
//! plain, where `LevelDB` has a masked CRC-32C), length in two bytes, type, data. A record is one whole chunk or a
//! first, any middle ones and a last. A rest of a block that has no room for a chunk's header is filled with zeros.
//! Measured on files of wandb 0.19.0 and 0.31.0.

use std::io::{self, Read};

/// A state is told with its record and its config, and both have to fit in a commit.
pub(super) const RECORD_BYTES_MAX: usize = 7 << 20;

const HEADER: [u8; 7] = [b':', b'W', b'&', b'B', 0xe1, 0xbe, 0];
const BLOCK_BYTES: usize = 32 << 10;
const CHUNK_HEADER_BYTES: usize = 7;
const FULL: u8 = 1;
const FIRST: u8 = 2;
const MIDDLE: u8 = 3;
const LAST: u8 = 4;

/// Reads the records of a file in order.
pub(super) struct Records<R> {
    file: R,
    block: Vec<u8>,
    /// In the block: behind the last chunk taken.
    at: usize,
    /// Of the block's first byte in the file.
    block_offset: u64,
    /// What follows damage may be the rest of the record that was damaged.
    is_damaged: bool,
}

/// What lies at a place of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A record, whole.
    Record(Vec<u8>),
    /// What is no record. The next piece is the first record that begins behind the damage.
    Damage { offset: u64, what: &'static str },
}

impl<R: Read> Records<R> {
    /// `None` when the file does not begin like a `.wandb` file.
    pub(super) fn of(file: R) -> io::Result<Option<Self>> {
        let mut records =
            Self { file, block: Vec::new(), at: HEADER.len(), block_offset: 0, is_damaged: false };
        records.fill()?;
        Ok(records.block.starts_with(&HEADER).then_some(records))
    }

    /// The next piece. `None` at the end of the file, and where a record is not whole because the file ends: its writer
    /// has not come further yet.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        let piece = self.piece()?;
        self.is_damaged = matches!(piece, Some(Piece::Damage { .. }));
        Ok(piece)
    }

    fn piece(&mut self) -> io::Result<Option<Piece>> {
        let mut record: Option<Vec<u8>> = None;
        loop {
            let Some((offset, chunk)) = self.chunk()? else { return Ok(None) };
            let what = match (chunk, &mut record) {
                (Chunk::Whole(FULL, data), None) => return Ok(Some(Piece::Record(data))),
                (Chunk::Whole(FIRST, data), None) => {
                    record = Some(data);
                    continue;
                }
                (Chunk::Whole(kind @ (MIDDLE | LAST), data), Some(record))
                    if record.len() + data.len() <= RECORD_BYTES_MAX =>
                {
                    record.extend_from_slice(&data);
                    if kind == MIDDLE {
                        continue;
                    }
                    return Ok(Some(Piece::Record(std::mem::take(record))));
                }
                // One damage is told once, up to the next record that begins.
                (Chunk::Whole(MIDDLE | LAST, _) | Chunk::Damaged(_), None) if self.is_damaged => continue,
                (Chunk::Whole(FULL | FIRST, data), Some(_)) => {
                    // The chunk is good: it is the record before that has no end.
                    self.at -= CHUNK_HEADER_BYTES + data.len();
                    "a record begins inside another one"
                }
                (Chunk::Whole(MIDDLE | LAST, _), Some(_)) => "a record is over 7 MiB",
                (Chunk::Whole(MIDDLE | LAST, _), None) => "a part of a record without its beginning",
                (Chunk::Whole(..), _) => "a chunk of no known type",
                (Chunk::Damaged(what), _) => what,
            };
            return Ok(Some(Piece::Damage { offset, what }));
        }
    }

    /// The next chunk, and where it begins; `None` when nothing more is whole. After damage the rest of the block is
    /// passed: no length in it can be trusted.
    fn chunk(&mut self) -> io::Result<Option<(u64, Chunk)>> {
        while self.rest().len() < CHUNK_HEADER_BYTES {
            if self.is_last() || !self.next_block()? {
                return Ok(None);
            }
        }
        let (offset, is_last, rest) = (self.block_offset + self.at as u64, self.is_last(), self.rest());
        let checksum = u32::from_le_bytes([rest[0], rest[1], rest[2], rest[3]]);
        let end = CHUNK_HEADER_BYTES + usize::from(u16::from_le_bytes([rest[4], rest[5]]));
        let chunk = match rest.get(CHUNK_HEADER_BYTES..end) {
            // The file ends here, and its writer may not have come further.
            None if is_last => return Ok(None),
            _ if is_last && rest.iter().all(|&byte| byte == 0) => return Ok(None),
            None => Chunk::Damaged("a chunk is longer than its block"),
            Some(data) if crc32fast::hash(&rest[6..end]) == checksum => Chunk::Whole(rest[6], data.to_vec()),
            Some(_) => Chunk::Damaged("the checksum of a chunk does not match"),
        };
        self.at = if let Chunk::Whole(..) = chunk { self.at + end } else { self.block.len() };
        Ok(Some((offset, chunk)))
    }

    /// Whether the file ends in this block, as far as it is written.
    fn is_last(&self) -> bool {
        self.block.len() < BLOCK_BYTES
    }

    fn rest(&self) -> &[u8] {
        &self.block[self.at..]
    }

    fn next_block(&mut self) -> io::Result<bool> {
        self.block_offset += self.block.len() as u64;
        self.at = 0;
        self.fill()?;
        Ok(!self.block.is_empty())
    }

    fn fill(&mut self) -> io::Result<()> {
        self.block.clear();
        self.file.by_ref().take(BLOCK_BYTES as u64).read_to_end(&mut self.block)?;
        self.at = self.at.min(self.block.len());
        Ok(())
    }
}

enum Chunk {
    Damaged(&'static str),
    /// Type and data.
    Whole(u8, Vec<u8>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::seeded;

    /// As W&B's client writes records.
    fn file(records: &[Vec<u8>]) -> Vec<u8> {
        let mut file = HEADER.to_vec();
        for record in records {
            let (mut rest, mut is_first) = (record.as_slice(), true);
            loop {
                let room = BLOCK_BYTES - file.len() % BLOCK_BYTES;
                if room < CHUNK_HEADER_BYTES {
                    file.resize(file.len() + room, 0);
                    continue;
                }
                let (data, after) = rest.split_at(rest.len().min(room - CHUNK_HEADER_BYTES));
                let kind = match (is_first, after.is_empty()) {
                    (true, true) => FULL,
                    (true, false) => FIRST,
                    (false, false) => MIDDLE,
                    (false, true) => LAST,
                };
                let typed = [&[kind], data].concat();
                file.extend_from_slice(&crc32fast::hash(&typed).to_le_bytes());
                file.extend_from_slice(&u16::try_from(data.len()).unwrap().to_le_bytes());
                file.extend_from_slice(&typed);
                (rest, is_first) = (after, false);
                if rest.is_empty() {
                    break;
                }
            }
        }
        file
    }

    fn pieces(file: &[u8]) -> Vec<Piece> {
        let mut records = Records::of(file).unwrap().unwrap();
        std::iter::from_fn(|| records.next().unwrap()).collect()
    }

    fn records(rng: &mut fastrand::Rng) -> Vec<Vec<u8>> {
        let longest = [50, 5_000, 40_000, 120_000][rng.usize(..4)];
        (0..rng.usize(1..30)).map(|_| (0..rng.usize(1..longest)).map(|_| rng.u8(1..)).collect()).collect()
    }

    #[test]
    fn records_of_any_length_are_read_and_a_cut_file_ends_before_the_cut() {
        let mut rng = seeded("lengths");
        for _ in 0..50 {
            let records = records(&mut rng);
            let whole = file(&records);
            let expected: Vec<_> = records.into_iter().map(Piece::Record).collect();
            assert!(pieces(&whole) == expected);
            let cut = pieces(&whole[..rng.usize(HEADER.len()..whole.len())]);
            assert!(cut.len() < expected.len() && cut == expected[..cut.len()]);
        }
    }

    /// The blocks that a record has a part in.
    fn blocks_of(records: &[Vec<u8>]) -> Vec<std::ops::RangeInclusive<usize>> {
        let ends = (1..=records.len()).map(|count| file(&records[..count]).len());
        let begins = std::iter::once(HEADER.len()).chain(ends.clone());
        begins.zip(ends).map(|(begin, end)| begin / BLOCK_BYTES..=(end - 1) / BLOCK_BYTES).collect()
    }

    #[test]
    fn a_flipped_bit_is_damage_once_and_costs_no_record_of_another_block() {
        let mut rng = seeded("bits");
        let mut damaged = 0;
        for _ in 0..200 {
            let records = records(&mut rng);
            let mut bytes = file(&records);
            let at = rng.usize(HEADER.len()..bytes.len());
            bytes[at] ^= 1 << rng.u8(..8);
            let found = pieces(&bytes);
            let mut good: Vec<_> = found
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Record(record) => Some(record),
                    Piece::Damage { .. } => None,
                })
                .collect();
            damaged += found.len() - good.len();
            assert!(found.len() - good.len() <= 2, "a record without its end, and an end without its record");
            // Nothing is made up, and what is not in the block is there, in order.
            assert!(good.iter().all(|record| records.contains(record)));
            for (record, blocks) in records.iter().zip(blocks_of(&records)) {
                if !blocks.contains(&(at / BLOCK_BYTES)) {
                    let place = good.iter().position(|found| *found == record).expect("of another block");
                    good.drain(..=place);
                }
            }
        }
        assert!(damaged > 100, "{damaged}");
    }

    #[test]
    fn a_hole_of_zeros_in_a_record_is_damage_and_not_a_splice() {
        let records = [vec![1; 10], vec![2; 3 * BLOCK_BYTES], vec![3; 10]];
        let mut bytes = file(&records);
        bytes[BLOCK_BYTES..2 * BLOCK_BYTES].fill(0);
        let found = pieces(&bytes);
        let what = "the checksum of a chunk does not match";
        let hole = Piece::Damage { offset: BLOCK_BYTES as u64, what };
        assert_eq!(found, [Piece::Record(records[0].clone()), hole, Piece::Record(records[2].clone())]);
    }

    #[test]
    fn a_record_that_is_too_long_is_passed_whole() {
        let records = [vec![1; RECORD_BYTES_MAX + 1], vec![2; 10], vec![3; RECORD_BYTES_MAX]];
        let found = pieces(&file(&records));
        assert!(matches!(found[0], Piece::Damage { what: "a record is over 7 MiB", .. }));
        assert!(found[1..] == [Piece::Record(records[1].clone()), Piece::Record(records[2].clone())]);
    }
}
