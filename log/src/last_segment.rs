//! The last segment at open: walked to its end, and mended. Only here can a crash have left something unfinished.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::PathBuf;

use crate::beyond::{self, Beyond};
use crate::chain::{Chain, Signatures};
use crate::commit::{ActiveSegment, SegmentSize};
use crate::cut;
use crate::disk::{Access, Disk, DiskFile};
use crate::fault::{Fault, Wrong, same_number, same_root};
use crate::folder::{self, Folder};
use crate::hash::Hash;
use crate::open_error::{OpenError, io_while};
use crate::place::TreeSize;
use crate::public_keys::PublicKeys;
use crate::published;
use crate::segment::{Frame, FrameHeader, Head, Seal, SegmentWalk};
use crate::stored_payloads::StoredPayloads;
use crate::survey::{Survey, shorter};

/// What is read or zeroed at once.
const CHUNK: usize = 64 << 10;

/// The last segment, walked to its end.
pub(crate) struct LastSegment {
    /// Behind the last frame that follows, adopted ones included.
    pub(crate) chain: Chain,
    end_offset: u64,
    /// Frames beyond the watermark that follow and verify.
    adopted: Vec<(u64, FrameHeader)>,
    /// The seal behind the last frame: the next segment was about to begin.
    seal: Option<Seal>,
    /// The root at each size where a frame of it ends.
    pub(crate) roots: BTreeMap<TreeSize, Hash>,
    pub(crate) stored: StoredPayloads,
}

/// What opening a log mended: what a crash had left beyond the watermark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mended {
    /// Entries that lay there whole and were taken in.
    pub adopted_entries: u64,
    /// Bytes behind them that were no frame that follows, and were cut.
    pub cut_bytes: u64,
    /// The file that keeps them, relative to the log's folder.
    pub kept: Option<PathBuf>,
}

impl LastSegment {
    pub(crate) fn walk(
        disk: &dyn Disk,
        folder: &Folder,
        survey: &Survey,
        keys: &PublicKeys,
    ) -> Result<Self, Fault> {
        let segment = survey.last();
        let mut walk = segment.walk(disk, folder, SegmentWalk::WHOLE)?;
        let mut last = Self {
            chain: Chain::at_start_of(&segment.header),
            end_offset: walk.offset(),
            adopted: Vec::new(),
            seal: None,
            roots: BTreeMap::new(),
            stored: StoredPayloads::default(),
        };
        while last.chain.edge.size() < survey.mark.size {
            let Head::Frame(header) = walk.head()? else {
                return Err(walk.fault(shorter(&survey.mark, last.chain.edge.size())));
            };
            let offset = walk.offset();
            let frame = walk.take(header)?;
            last.chain
                .follow(&frame, keys, Signatures::Last, |_, _| {})
                .map_err(|wrong| wrong.at(segment.name(), offset))?;
            remember(&frame, &mut last.roots, &mut last.stored);
        }
        same_root("the watermark", survey.mark.root, last.chain.edge.root())
            .and_then(|()| {
                same_number("the watermark's commit number", last.chain.commit - 1, survey.mark.commit)
            })
            .map_err(|wrong| walk.fault(wrong))?;
        last.walk_beyond_watermark(&mut walk, keys)?;
        Ok(last)
    }

    /// # Errors
    /// What would be cut was acknowledged.
    fn walk_beyond_watermark(&mut self, walk: &mut SegmentWalk, keys: &PublicKeys) -> Result<(), Fault> {
        let Self { chain, adopted, roots, stored, .. } = self;
        chain.follow_beyond(walk, keys, |offset, frame| {
            remember(frame, roots, stored);
            adopted.push((offset, frame.header));
        });
        self.end_offset = walk.offset();
        if let Ok(Head::Seal(seal)) = walk.head() {
            let follows = seal.size == self.chain.edge.size()
                && seal.root == self.chain.edge.root()
                && seal.next_commit == self.chain.commit;
            self.seal = follows.then_some(seal);
        }
        match beyond::look(walk, self.chain.commit, self.chain.edge.size(), keys) {
            Some(Beyond { size, is_acknowledged: true, .. }) => Err(walk.fault(Wrong::LostBeyond { size })),
            _ => Ok(()),
        }
    }

    /// Makes the disk agree with what was decided, and with what could be read: a process that was killed leaves
    /// names and bytes that were never synced. Frames that were taken in are written again and read back, so is a
    /// seal, what follows is kept elsewhere and zeroed, leftovers of an interrupted rotation go.
    pub(crate) fn mend(
        &self,
        disk: &dyn Disk,
        folder: &Folder,
        survey: &Survey,
        keys: &PublicKeys,
    ) -> Result<Mended, OpenError> {
        let size = self.chain.edge.size();
        let mut mended = Mended { adopted_entries: size.0 - survey.mark.size.0, ..Mended::default() };
        remove_leftovers(disk, folder).map_err(io_while("removing what an interrupted rotation left"))?;
        disk.sync_folder(&folder.join(folder::SEGMENTS)).map_err(io_while("syncing the segments' names"))?;
        let path = folder.join(survey.last().name());
        let file = disk.open(&path, Access::Write).map_err(io_while("opening the last segment"))?;
        self.adopt(&*file, disk, folder, survey, keys)?;
        if let Some(seal) = &self.seal {
            seal.write(&*file, self.end_offset).map_err(io_while("sealing the last segment again"))?;
            return Ok(mended);
        }
        let what = "finding the end of an interrupted append";
        let end_offset = end_of_bytes(&*file, self.end_offset).map_err(io_while(what))?;
        if end_offset > self.end_offset {
            let rest = self.end_offset..end_offset;
            mended.cut_bytes = end_offset - self.end_offset;
            let kept = cut::keep(disk, folder, &*file, rest.clone(), size);
            mended.kept = Some(kept.map_err(io_while("keeping the rest of an interrupted append in cut/"))?);
            zero(&*file, rest).map_err(io_while("zeroing the rest of an interrupted append"))?;
        }
        Ok(mended)
    }

    /// Only a write that is synced and then read from the disk itself says that a frame is there: after an error the
    /// kernel has marked the pages of the first try as clean, and a second sync of them proves nothing.
    fn adopt(
        &self,
        file: &dyn DiskFile,
        disk: &dyn Disk,
        folder: &Folder,
        survey: &Survey,
        keys: &PublicKeys,
    ) -> Result<(), OpenError> {
        let Some((start, _)) = self.adopted.first() else { return Ok(()) };
        let mut walk = survey.last().walk(disk, folder, SegmentWalk::WHOLE)?;
        let what = "writing the frames beyond the watermark again";
        for (offset, header) in &self.adopted {
            walk.seek(*offset);
            file.write_at(walk.raw(header)?, *offset).map_err(io_while(what))?;
        }
        file.sync().and_then(|()| file.forget_cached()).map_err(io_while(what))?;

        let mut walk = survey.last().walk(disk, folder, SegmentWalk::WHOLE)?;
        walk.seek(*start);
        for (offset, header) in &self.adopted {
            let root = self.roots[&header.size()];
            let frame = walk.take(*header)?;
            same_root("the frame, read back,", root, frame.checkpoint().claim().root)
                .and_then(|()| keys.verify(frame.checkpoint()).map(|_| ()).map_err(Wrong::Note))
                .map_err(|wrong| wrong.at(survey.last().name(), *offset))?;
        }
        Ok(())
    }

    /// To go on behind the last frame; `None` when the segment is sealed.
    pub(crate) fn reopen(
        &self,
        disk: &dyn Disk,
        folder: &Folder,
        survey: &Survey,
        segment_size: SegmentSize,
    ) -> io::Result<Option<ActiveSegment>> {
        if self.seal.is_some() {
            return Ok(None);
        }
        let path = folder.join(survey.last().name());
        let bytes = segment_size.of_segment(survey.segments.len() - 1);
        ActiveSegment::reopen(disk, &path, self.end_offset, bytes).map(Some)
    }
}

fn remember(frame: &Frame<'_>, roots: &mut BTreeMap<TreeSize, Hash>, stored: &mut StoredPayloads) {
    roots.insert(frame.size(), frame.checkpoint().claim().root);
    stored.remember(frame.first(), frame.payloads());
}

/// A `.new` was never part of the log: it gets its name only when it is durable.
fn remove_leftovers(disk: &dyn Disk, folder: &Folder) -> io::Result<()> {
    published::remove_leftovers(disk, folder)?;
    for place in [folder::SEGMENTS, folder::KEYS, folder::INDEX, ""] {
        let place = folder.join(place);
        let names = match disk.list(&place) {
            // `index/` comes and goes, and a log is recorded where it has no place.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                continue;
            }
            names => names?,
        };
        for name in names.iter().filter(|name| name.ends_with(".new")) {
            disk.remove(&place.join(name))?;
        }
    }
    Ok(())
}

/// Zeroes what is not zero in `range`, and nothing else: a copy may have holes of terabytes, which zeros would fill.
fn zero(file: &dyn DiskFile, range: Range<u64>) -> io::Result<()> {
    let mut at = range.start;
    while let Some(data) = file.data_from(at)?.filter(|&data| data < range.end) {
        let mut chunk = [0; CHUNK];
        let count = usize::try_from(range.end - data).map_or(CHUNK, |left| left.min(CHUNK));
        let read = file.read_full_at(&mut chunk[..count], data)?;
        if chunk[..read].iter().any(|&byte| byte != 0) {
            file.write_at(&[0; CHUNK][..read], data)?;
        }
        at = data + read.max(1) as u64;
    }
    file.sync()
}

/// Behind the last byte from `start` on that is not zero.
fn end_of_bytes(file: &dyn DiskFile, start: u64) -> io::Result<u64> {
    let (mut at, mut end) = (start, start);
    while let Some(data) = file.data_from(at)? {
        let mut chunk = [0; CHUNK];
        let read = file.read_full_at(&mut chunk, data)?;
        if let Some(last) = chunk[..read].iter().rposition(|&byte| byte != 0) {
            end = data + last as u64 + 1;
        }
        at = data + read.max(1) as u64;
    }
    Ok(end)
}
