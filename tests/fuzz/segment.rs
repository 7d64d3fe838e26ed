//! Segments under right checksums: a byte says which, the rest is the file. Checksums protect against accidents, and
//! whoever changes bytes on purpose makes them right.

use crate::golden::GOLDEN;

const HEADER_BYTES: usize = 4096;
const FRAME_HEADER_BYTES: usize = 80;

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let segments = GOLDEN.files("segments");
    (0..).zip(segments).map(|(place, (_, bytes)): (u8, _)| [&[place], bytes].concat()).collect()
}

pub(crate) fn run(input: &[u8]) {
    let Some((which, file)) = input.split_first() else { return };
    let mut file = file.to_vec();
    make_checksums_right(&mut file);
    let segments = GOLDEN.files("segments");
    let (name, _) = &segments[usize::from(*which) % segments.len()];
    GOLDEN.check(&GOLDEN.with(name, file));
}

fn make_checksums_right(file: &mut [u8]) {
    let Some(header) = file.get_mut(..HEADER_BYTES) else { return };
    seal(header);
    let mut at = HEADER_BYTES;
    while let Some(block) = file.get(at..at + FRAME_HEADER_BYTES)
        && block.starts_with(b"AFRM")
    {
        let length =
            |at: usize| u32::from_be_bytes(block[at..at + 4].try_into().expect("four bytes")) as usize;
        let end = at + FRAME_HEADER_BYTES + [52, 60, 64, 68].map(length).iter().sum::<usize>();
        let Some(frame) = file.get_mut(at..end) else { break };
        let checksum = crc32c::crc32c(&frame[FRAME_HEADER_BYTES..]);
        frame[72..76].copy_from_slice(&checksum.to_be_bytes());
        seal(&mut frame[..FRAME_HEADER_BYTES]);
        at = end;
    }
    if let Some(block) = file.get_mut(at..at + FRAME_HEADER_BYTES)
        && block.starts_with(b"ASEL")
    {
        seal(block);
    }
}

/// Magic, then CRC-32C of what follows.
pub(crate) fn seal(block: &mut [u8]) {
    let checksum = crc32c::crc32c(&block[8..]);
    block[4..8].copy_from_slice(&checksum.to_be_bytes());
}
