//! A look at a log that may be written to meanwhile: taken again after a fault, past the watermark, and at what was
//! handed out.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::beyond;
use crate::disk::{Disk, SystemDisk};
use crate::fault::{Fault, Wrong};
use crate::lock::Lock;
use crate::publish::check_newest;
use crate::read_error::ReadError;
use crate::reader::Reader;
use crate::segment::{Head, SegmentWalk};
use crate::survey::Survey;
use crate::watermark::Slots;

/// Two files may be caught at different moments, so a fault is looked at again, at most this many times in all.
const LOOKS_MAX: u32 = if cfg!(feature = "fuzzing") { 2 } else { 10 };
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(if cfg!(feature = "fuzzing") { 0 } else { 2 });

impl Reader {
    /// Opens the log in `root` at its watermark, whose checkpoint is verified with the keys that entry 0 names.
    ///
    /// # Errors
    /// [`ReadError`]; a fault is called one only after ten looks.
    pub fn open(root: &Path) -> Result<Self, ReadError> {
        Self::open_on(&(Arc::new(SystemDisk) as Arc<dyn Disk>), root)
    }

    /// The same, on another disk.
    ///
    /// # Errors
    /// As of [`Reader::open`].
    pub fn open_on(disk: &Arc<dyn Disk>, root: &Path) -> Result<Self, ReadError> {
        Self::patiently(|| {
            let mut reader = Self::at_watermark(disk, root)?;
            // Which slot was lost, the newest or the one before, nobody can tell from here: perhaps the log goes on.
            if let Some(fault) = reader.survey.slots.damaged() {
                return Err(fault.into());
            }
            reader.look_beyond()?;
            check_newest(&mut reader)?;
            Ok(reader)
        })
        .map_err(|error| error.below(root))
    }

    /// Looks again after a fault: the writer may have been between two steps.
    pub(crate) fn patiently<T>(mut look: impl FnMut() -> Result<T, ReadError>) -> Result<T, ReadError> {
        for _ in 1..LOOKS_MAX {
            match look() {
                Err(ReadError::Fault(_)) => std::thread::sleep(LOOK_AGAIN_AFTER),
                outcome => return outcome,
            }
        }
        look()
    }

    /// Looks one header past the watermark, and further only where something stands there.
    ///
    /// # Errors
    /// Somebody was told of what lies there: this reader would show a shorter log.
    fn look_beyond(&mut self) -> Result<(), Fault> {
        let Survey { slots, mark, .. } = self.survey;
        let segment = self.survey.last();
        let is_begun = mark.size.next_index() > segment.first();
        let mut walk = segment.walk(&*self.disk, &self.folder, SegmentWalk::HEADERS)?;
        if is_begun {
            walk.seek(self.end_offset);
        }
        if matches!(walk.head(), Ok(Head::Nothing)) {
            return Ok(());
        }
        let Some(found) = beyond::look(&mut walk, mark.commit + 1, mark.size, &self.keys) else {
            return Ok(());
        };
        // Somebody wrote meanwhile, held or not: they have moved it.
        if Slots::read(&*self.disk, self.folder.root())?.mark() != mark {
            return Ok(());
        }
        // Within a segment both slots say the same only where a writer begins or has ended.
        let is_put_back = slots.are_level() && is_begun && found.goes_on;
        if found.is_acknowledged || is_put_back {
            return Err(walk.fault(Wrong::AcknowledgedBeyond { mark: mark.size, size: found.size }));
        }
        // Who has a log locked may be writing these; or only says so, which hides no more than a remark.
        self.beyond = (!Lock::is_held(self.folder.root())).then_some(found.size);
        Ok(())
    }
}
