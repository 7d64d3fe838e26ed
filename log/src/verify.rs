//! Verifying: every byte below the watermark is read, every root computed again, every payload hashed. Segments are
//! independent of each other, since each begins with the tree's right edge, so several are verified at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::against::{ForeignCheckpoint, KeptCheckpoint};
use crate::beyond::{self, Beyond};
use crate::chain::{Chain, Signatures};
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::disk::{Disk, SystemDisk};
use crate::fault::{Fault, Wrong, same_number, same_root};
use crate::hash::Hash;
use crate::hotkey::Hotkey;
use crate::place::{LogIndex, TreeSize};
use crate::publish::leads_to;
use crate::published;
use crate::read_error::ReadError;
use crate::reader::Reader;
use crate::segment::{Frame, Head, SegmentWalk, Stored};
use crate::survey::{SurveyedSegment, shorter};
use crate::tree::RightEdge;
use crate::vkey::Vkey;
use crate::watermark::Slots;

/// What to verify, and how.
pub struct Verification {
    /// Which signatures; the one at the watermark always, it covers all entries.
    pub signatures: Signatures,
    /// Checkpoints kept elsewhere that the log must lead to.
    pub against: Vec<KeptCheckpoint>,
    /// How many segments at once.
    pub threads: usize,
    /// Where the log's files are.
    pub disk: Arc<dyn Disk>,
    /// Entries verified so far; may be watched from another thread.
    pub entries_done: Arc<AtomicU64>,
}

/// What was verified. The log is sound if there are no faults.
#[derive(Debug)]
pub struct Verified {
    /// The signed checkpoint at the watermark: all that is said here is said of these entries.
    pub checkpoint: SignedCheckpoint,
    /// The key that entry 0 names.
    pub vkey: Vkey,
    /// The hotkey that it names, if there is one.
    pub hotkey: Option<Hotkey>,
    /// Of the commits whose signatures were checked, those that lack the hotkey's: the recorder ran without it.
    pub without_hotkey: u64,
    /// Files with entries.
    pub segments: u64,
    /// Commits.
    pub frames: u64,
    /// Payloads, each counted where it is stored.
    pub payloads: u64,
    /// Of them, before compression.
    pub payload_bytes: u64,
    /// How many checkpoints handed out or kept elsewhere the log leads to.
    pub checkpoints: u64,
    /// In a damaged segment only the first.
    pub faults: Vec<Fault>,
}

/// Why a log was not verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// It cannot be opened at all; a fault found then is the answer, too.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// What it was to be held against says nothing about it. Nothing was read.
    #[error(transparent)]
    Foreign(#[from] ForeignCheckpoint),
}

/// The roots to look out for, by size: each root that is claimed for it, and where.
type Wanted = BTreeMap<TreeSize, Vec<(Hash, String)>>;

#[derive(Default)]
struct SegmentReport {
    frames: u64,
    payloads: u64,
    payload_bytes: u64,
    without_hotkey: u64,
    recorded_at_ms: Option<(i64, i64)>,
    /// Roots at the sizes that were looked out for.
    roots: BTreeMap<TreeSize, Hash>,
    fault: Option<Fault>,
}

impl Default for Verification {
    fn default() -> Self {
        Self {
            signatures: Signatures::Last,
            against: Vec::new(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            disk: Arc::new(SystemDisk),
            entries_done: Arc::default(),
        }
    }
}

impl Verification {
    /// Verifies the log in `root` up to its watermark; somebody may be writing it meanwhile.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn run(&self, root: &Path) -> Result<Verified, VerifyError> {
        self.verify(root).map_err(|error| match error {
            VerifyError::Read(error) => error.below(root).into(),
            foreign => foreign,
        })
    }

    fn verify(&self, root: &Path) -> Result<Verified, VerifyError> {
        let reader = Reader::patiently(|| Reader::at_watermark(&self.disk, root))?;
        let mut faults = Vec::new();
        // A slot may be half written at this moment; that is over at the next look.
        if let Some(fault) = reader.survey().slots.damaged() {
            faults.extend(Reader::open_on(&self.disk, root).is_err().then_some(fault));
        }
        let wanted = self.wanted(&reader, &mut faults)?;
        let reports = self.verify_segments(&reader, root, &wanted);
        Ok(conclude(&reader, reports, &wanted, faults))
    }

    /// # Errors
    /// What was handed out may not be read by whoever asks, or a checkpoint to hold the log against is not of it.
    fn wanted(&self, reader: &Reader, faults: &mut Vec<Fault>) -> Result<Wanted, VerifyError> {
        let (disk, folder) = reader.files();
        let published = match published::read_all(disk, folder, reader.keys()) {
            Err(fault) if !fault.is_denied() => {
                faults.push(fault);
                Vec::new()
            }
            published => published.map_err(ReadError::from)?,
        };
        let mut wanted = Wanted::new();
        let mut want =
            |claim: &Checkpoint, name| wanted.entry(claim.size).or_default().push((claim.root, name));
        published.into_iter().for_each(|(name, checkpoint)| want(checkpoint.claim(), name));
        for kept in &self.against {
            want(kept.of_this_log(reader.keys())?, kept.name.clone());
        }
        Ok(wanted)
    }

    fn verify_segments(&self, reader: &Reader, root: &Path, wanted: &Wanted) -> Vec<SegmentReport> {
        let segments = &reader.survey().segments;
        let next = AtomicUsize::new(0);
        let reports: Mutex<BTreeMap<usize, SegmentReport>> = Mutex::default();
        std::thread::scope(|scope| {
            for _ in 0..self.threads.clamp(1, segments.len()) {
                scope.spawn(|| {
                    let mut worker = Worker { options: self, reader, root, wanted, payloads: None };
                    loop {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        let Some(segment) = segments.get(place) else { break };
                        let report = worker.verify_segment(segment);
                        reports.lock().expect("no thread panics while it holds it").insert(place, report);
                    }
                });
            }
        });
        reports.into_inner().expect("no thread panics while it holds it").into_values().collect()
    }
}

struct Worker<'a> {
    options: &'a Verification,
    reader: &'a Reader,
    root: &'a Path,
    wanted: &'a Wanted,
    /// To fetch payloads that another frame stores.
    payloads: Option<Reader>,
}

impl Worker<'_> {
    fn verify_segment(&mut self, segment: &SurveyedSegment) -> SegmentReport {
        let mut report = SegmentReport::default();
        let outcome = self.walk_segment(segment, &mut report);
        report.fault = outcome.err();
        report
    }

    fn walk_segment(&mut self, segment: &SurveyedSegment, report: &mut SegmentReport) -> Result<(), Fault> {
        let (disk, folder) = self.reader.files();
        let mark = &self.reader.survey().mark;
        let end = segment.seal.as_ref().map_or(mark.size, |seal| seal.size.min(mark.size));
        let mut walk = segment.walk(disk, folder, SegmentWalk::WHOLE)?;
        let mut chain = Chain::at_start_of(&segment.header);
        while chain.edge.size() < end {
            let Head::Frame(header) = walk.head()? else {
                return Err(walk.fault(shorter(mark, chain.edge.size())));
            };
            let (offset, name) = (walk.offset(), segment.name());
            let frame = walk.take(header)?;
            self.verify_frame(&frame, &mut chain, report).map_err(|wrong| wrong.at(name, offset))?;
            self.options.entries_done.fetch_add(u64::from(header.entry_count), Ordering::Relaxed);
        }
        ends_well(segment, &mut walk, &chain, self.reader)?;
        if segment.seal.is_none() { self.nothing_beyond(&mut walk, chain) } else { Ok(()) }
    }

    /// Behind the watermark lie no sound frames, unless somebody is writing them just now.
    fn nothing_beyond(&self, walk: &mut SegmentWalk, mut chain: Chain) -> Result<(), Fault> {
        let keys = self.reader.keys();
        let (size, offset, commit) = (chain.edge.size(), walk.offset(), chain.commit);
        chain.follow_beyond(walk, keys, |_, _| {});
        let found = chain.edge.size();
        let unfollowed = beyond::look(walk, chain.commit, found, keys);
        if found == size && unfollowed.is_none() {
            return Ok(());
        }
        // Somebody wrote them meanwhile, and has moved the watermark, or is about to.
        if Slots::come_to(&*self.options.disk, self.root, TreeSize(size.0 + 1))? {
            return Ok(());
        }
        Err(match unfollowed {
            Some(Beyond { size, is_acknowledged: true, .. }) => walk.fault(Wrong::LostBeyond { size }),
            Some(Beyond { size, .. }) => walk.fault(Wrong::DamagedBeyond { size }),
            None => {
                walk.seek(offset);
                let wrong = match beyond::look(walk, commit, size, keys) {
                    Some(Beyond { is_acknowledged: true, .. }) => {
                        Wrong::AcknowledgedBeyond { mark: size, size: found }
                    }
                    _ => Wrong::BeyondWatermark { size: found },
                };
                wrong.at(walk.name(), offset)
            }
        })
    }

    fn verify_frame(
        &mut self,
        frame: &Frame<'_>,
        chain: &mut Chain,
        report: &mut SegmentReport,
    ) -> Result<(), Wrong> {
        let keys = self.reader.keys();
        let sizes = frame.first().size_through()..=frame.size();
        let wanted: Vec<_> = self.wanted.range(sizes).map(|(&size, _)| size).collect();
        chain.follow(frame, keys, self.options.signatures, |index, edge| {
            if wanted.contains(&index.size_through()) {
                report.roots.insert(index.size_through(), edge.root());
            }
        })?;
        for record in frame.payloads() {
            let bytes = self.payloads()?.expand(record.clone(), frame.first()).map_err(unreadable_payload)?;
            if !matches!(record.stored, Stored::Earlier { .. }) {
                report.payloads += 1;
                report.payload_bytes += bytes.len() as u64;
            }
        }
        report.frames += 1;
        report.without_hotkey += u64::from(self.is_checked(frame) && keys.lacks_hotkey(frame.checkpoint()));
        let recorded = frame.header.recorded_at_ms;
        report.recorded_at_ms = Some((report.recorded_at_ms.map_or(recorded, |(first, _)| first), recorded));
        Ok(())
    }

    /// The last signature was checked when the log was opened.
    fn is_checked(&self, frame: &Frame<'_>) -> bool {
        self.options.signatures == Signatures::All || frame.size() == self.reader.size()
    }

    fn payloads(&mut self) -> Result<&mut Reader, Wrong> {
        if self.payloads.is_none() {
            let reader = Reader::patiently(|| Reader::at_watermark(&self.options.disk, self.root));
            self.payloads = Some(reader.map_err(unreadable_payload)?);
        }
        Ok(self.payloads.as_mut().expect("it was just opened"))
    }
}

fn unreadable_payload(error: ReadError) -> Wrong {
    match error {
        ReadError::Fault(fault) => fault.what,
        _ => Wrong::Malformed("a payload is said to be stored where the log has no entry"),
    }
}

/// Behind the last frame of a segment stands its seal, or it is the last and ends at the watermark.
fn ends_well(
    segment: &SurveyedSegment,
    walk: &mut SegmentWalk,
    chain: &Chain,
    reader: &Reader,
) -> Result<(), Fault> {
    let mark = &reader.survey().mark;
    let outcome = match &segment.seal {
        Some(seal) if seal.size <= mark.size => match walk.head()? {
            Head::Seal(found) if found == *seal => same_root("the seal", chain.edge.root(), seal.root)
                .and_then(|()| same_number("the seal's next commit number", chain.commit, seal.next_commit)),
            _ => Err(Wrong::Malformed("something stands between the last frame and the seal")),
        },
        _ => same_root("the watermark", chain.edge.root(), mark.root)
            .and_then(|()| same_number("the watermark's commit number", chain.commit - 1, mark.commit)),
    };
    outcome.map_err(|wrong| walk.fault(wrong))
}

fn conclude(
    reader: &Reader,
    reports: Vec<SegmentReport>,
    wanted: &Wanted,
    mut faults: Vec<Fault>,
) -> Verified {
    // No frame ends there, and every log leads to it.
    let mut roots = BTreeMap::from([(TreeSize(0), RightEdge::empty().root())]);
    let mut recorded_at_ms = i64::MIN;
    let segments = reader.survey().segments.len() as u64;
    let (mut frames, mut payloads, mut payload_bytes, mut checkpoints, mut without_hotkey) = (0, 0, 0, 0, 0);
    for (report, segment) in reports.into_iter().zip(&reader.survey().segments) {
        frames += report.frames;
        payloads += report.payloads;
        payload_bytes += report.payload_bytes;
        without_hotkey += report.without_hotkey;
        roots.extend(report.roots);
        if let Some((first, last)) = report.recorded_at_ms {
            if first < recorded_at_ms {
                let wrong = Wrong::Malformed("the segment was recorded before the one in front of it");
                faults.push(wrong.at(segment.name(), None));
            }
            recorded_at_ms = last;
        }
        faults.extend(report.fault);
    }
    // A damaged segment gives no roots, and has its own fault already.
    let whole = faults.is_empty();
    let claims = wanted.iter().flat_map(|(size, claims)| claims.iter().map(move |claim| (*size, claim)));
    for (size, (root, name)) in claims {
        let known = roots.get(&size).copied();
        match leads_to(size, *root, reader.size(), known) {
            Ok(()) => checkpoints += 1,
            Err(Wrong::NoSuchCheckpoint(_)) if !whole => {}
            Err(wrong) => faults.push(wrong.at(name, None)),
        }
    }
    Verified {
        checkpoint: reader.checkpoint().clone(),
        vkey: reader.vkey().clone(),
        hotkey: reader.hotkey().cloned(),
        without_hotkey,
        segments,
        frames,
        payloads,
        payload_bytes,
        checkpoints,
        faults,
    }
}

impl Verified {
    /// Nothing is missing and nothing was changed, as far as this log can know of itself.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }

    /// How many entries all this is said of.
    pub fn size(&self) -> TreeSize {
        self.checkpoint.claim().size
    }

    /// The last of them.
    pub fn last(&self) -> LogIndex {
        LogIndex(self.size().0 - 1)
    }
}
