//! Proofs: whatever is accepted proves an entry that the log has, at its place.

use annals_log::{LogIndex, SignedEvent};

use crate::golden::{GOLDEN, reader};

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut reader = reader(&GOLDEN.disk).unwrap();
    [0, 1, 31, 64, 82].map(|index| reader.prove(LogIndex(index)).unwrap().to_string().into_bytes()).into()
}

pub(crate) fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(proof) = SignedEvent::parse(text) else { return };
    // Only one text says this.
    assert_eq!(proof.to_string(), text);
    if let Ok((_, checkpoint)) = proof.verify(&GOLDEN.vkey) {
        assert_eq!(checkpoint.size.0, GOLDEN.entries.len() as u64);
        let entry = usize::try_from(proof.index().0).ok().and_then(|index| GOLDEN.entries.get(index));
        assert_eq!(entry.map(Vec::as_slice), Some(proof.entry()), "forged");
    }
}
