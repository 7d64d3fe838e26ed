//! Files that were derived from the log and are kept for speed: what the log's own key attests was made by its holder.

use crate::fault::Fault;
use crate::hash::Hash;
use crate::key_file::read_key;
use crate::note::SignedNote;
use crate::place::LogId;
use crate::reader::Reader;
use crate::vkey::NoteSigner;

/// First line of what is signed. A checkpoint begins with the log's origin, so neither is ever taken for the other.
const FIRST_LINE: &str = "annals derived file v1";

/// The log's key, for files beside the log. A file that it attests was made from this log by a holder of the key.
/// Nobody else has to believe that: a reader without the key makes the file again, or checks it against the tree.
pub struct Attester {
    signer: NoteSigner,
    log_id: String,
}

impl Attester {
    /// The key of the log that `reader` looks at.
    ///
    /// # Errors
    /// A fault that names the key file: it is missing, may not be read, or is another log's.
    pub fn of(reader: &Reader) -> Result<Self, Fault> {
        let (disk, folder) = reader.files();
        let signer = read_key(disk, folder, reader.vkey())?;
        Ok(Self { signer, log_id: reader.opened().log_id().to_string() })
    }

    /// The key of a log that is held, which has perhaps no entry yet.
    pub(crate) fn with(signer: NoteSigner, log_id: LogId) -> Self {
        Self { signer, log_id: log_id.to_string() }
    }

    /// A signed note for the file `name` with this digest, in less than 1 KiB.
    pub fn attest(&self, name: &str, digest: Hash) -> String {
        self.signer.sign(&self.text(name, digest))
    }

    /// Whether `note` is what [`Attester::attest`] gives for this name and digest.
    pub fn has_attested(&self, name: &str, digest: Hash, note: &str) -> bool {
        let Ok(note) = SignedNote::parse(note) else { return false };
        note.text == self.text(name, digest) && note.verify(self.signer.vkey()).is_ok()
    }

    fn text(&self, name: &str, digest: Hash) -> String {
        format!("{FIRST_LINE}\n{}\n{name}\n{digest}\n", self.log_id)
    }
}
