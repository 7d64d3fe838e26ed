//! A log that is looked at: opened to read, and what has to be said of where it ends.

use std::path::Path;

use annals_log::Reader;

use crate::failure::Failure;
use crate::terminal::say;

/// Opens the log in `data` as it stands. What a crash left beyond its end is said: whoever killed a recorder sees
/// where his last entries are.
pub(crate) fn open(data: &Path) -> Result<Reader, Failure> {
    let reader = Reader::open(data)?;
    if let Some(beyond) = reader.beyond() {
        say(&format!(
            "the log stands at size {}, and whole commits lie beyond its watermark, to size {beyond}: a crash left them \
             unacknowledged, or an older watermark was put back. The next start of the recorder takes them in",
            reader.size()
        ));
    }
    Ok(reader)
}
