//! The least that an audit can be: every byte read, every checksum and every root checked, and nothing of what the
//! entries say.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use annals_log::{Hash, RightEdge};

const HEADER_BYTES: usize = 80;
const READ_BYTES: usize = 1 << 20;

/// A reader written from LOG-FORMAT.md, for a log that is sound. It shares with the log only the hashing of leaves and
/// nodes: that is what both must do, so what is measured is all that `verify` does besides (whether each entry has
/// its one form, times, payloads, places, checkpoints).
pub(crate) struct BareScan {
    edge: RightEdge,
    buffer: Vec<u8>,
}

impl BareScan {
    /// The root over all entries of the log in `root`.
    ///
    /// # Panics
    /// If a checksum does not match.
    pub(crate) fn root_of(root: &Path) -> Hash {
        let names = std::fs::read_dir(root.join("segments")).unwrap();
        let mut segments: Vec<PathBuf> = names.map(|entry| entry.unwrap().path()).collect();
        segments.sort();
        let mut scan = Self { edge: RightEdge::empty(), buffer: vec![0; READ_BYTES] };
        segments.iter().for_each(|segment| scan.segment(&File::open(segment).unwrap()));
        scan.edge.root()
    }

    fn segment(&mut self, file: &File) {
        // The segment's header tells nothing that the frames do not.
        let mut offset = 4096;
        loop {
            let read = file.read_at(&mut self.buffer, offset).unwrap();
            let mut taken = 0;
            while let Some(frame_bytes) = frame_bytes(&self.buffer[taken..read]) {
                if taken + frame_bytes > read {
                    break;
                }
                self.frame(taken..taken + frame_bytes);
                taken += frame_bytes;
            }
            // Not even one frame: this is the seal, or the zeros behind the last.
            if taken == 0 {
                return;
            }
            offset += taken as u64;
        }
    }

    fn frame(&mut self, place: std::ops::Range<usize>) {
        let (header, body) = self.buffer[place].split_at(HEADER_BYTES);
        assert_eq!(field(header, 4), crc32c::crc32c(&header[8..]) as usize);
        assert_eq!(field(header, 72), crc32c::crc32c(body) as usize);
        let mut entries = &body[..field(header, 52)];
        while let Some((length, rest)) = entries.split_first_chunk() {
            let (entry, rest) = rest.split_at(usize::from(u16::from_be_bytes(*length)));
            self.edge.push(Hash::leaf(entry));
            entries = rest;
        }
    }
}

/// Of the frame that begins here, if one does.
fn frame_bytes(bytes: &[u8]) -> Option<usize> {
    let header = bytes.get(..HEADER_BYTES).filter(|header| header.starts_with(b"AFRM"))?;
    Some(HEADER_BYTES + [52, 60, 64, 68].map(|at| field(header, at)).iter().sum::<usize>())
}

fn field(header: &[u8], at: usize) -> usize {
    u32::from_be_bytes(header[at..at + 4].try_into().unwrap()) as usize
}
