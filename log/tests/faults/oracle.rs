//! What an attack may lead to: each question is answered as the undamaged log answers it, or refused with the name of
//! a place. Never a panic, a hang, a shorter log in silence, or a wrong proof; and a log that is refused is left as
//! it was.
//!
//! Excused, each for its reason:
//! - a part of a log that was not held to the root is read without the tree, and its caller says so;
//! - `LOCK` is no part of a log: it says who tried to write last;
//! - `published/` without some of its files: nobody can know what is gone, and the log itself is whole;
//! - behind the last frame of the last segment anything may lie: it was never promised, and the next writer cuts it;
//! - whole frames beyond the watermark that follow no whole one are cut, and kept in `cut/`, where they are no more
//!   than a power cut leaves of commits that were on their way: then nobody was told of them, as far as can be seen;
//! - a watermark of before the last commits is taken up by a writer where its frames are whole: then nothing is
//!   missing;
//! - the recorder reads no payload when it opens: one whose bytes are others under a right checksum is told to
//!   whoever asks.

use std::collections::BTreeMap;
use std::path::Path;

use annals_log::{
    Envelope, Log, LogIndex, OpenError, PayloadRef, ReadError, Reader, Signatures, SignedEvent, SourceMemory,
    TreeSize, Verification, Vkey,
};

use super::attacker::{Files, lay_out, newest, published_name, read_folder, segments};
use super::evidence::{evidence, stops_the_recorder};
use super::verdict::{Lie, Verdict};
use super::world::{batch, held};
use crate::scratch::events;

/// Commits that wait for one sync together, at most.
const UNDER_WAY_MAX: u64 = 4;
/// The test event that is recorded once more.
const RECORDED_ON: u64 = 900;

/// The undamaged log, and all that is asked of it.
pub(crate) struct Oracle {
    files: Files,
    entries: Vec<Vec<u8>>,
    payloads: Vec<(LogIndex, PayloadRef, Vec<u8>)>,
    proofs: Vec<SignedEvent>,
    /// Of all sizes that commits end at.
    roots: BTreeMap<u64, annals_log::Hash>,
    sizes_at_time: Vec<(i64, Option<TreeSize>)>,
    vkey: Vkey,
    memory: SourceMemory,
}

impl Oracle {
    pub(crate) fn of(files: &Files) -> Self {
        let folder = tempfile::tempdir().unwrap();
        lay_out(files, folder.path());
        let mut reader = Reader::open(folder.path()).unwrap();
        let entries = crate::scratch::all_entries(&reader);
        let mut payloads = Vec::new();
        for (entry, index) in entries.iter().zip((0..).map(LogIndex)) {
            for payload in Envelope::decode(entry).unwrap().payloads() {
                payloads.push((index, payload, reader.payload(index, payload).unwrap()));
            }
        }
        let size = reader.size().0;
        let proofs =
            [0, size / 3, size / 2, size - 1].map(|index| reader.prove(LogIndex(index)).unwrap()).to_vec();
        let root_at = |size| Some((size, reader.clone().root_of_commit(TreeSize(size)).unwrap()?));
        let roots = (2..=size).filter_map(root_at).collect();
        let first_ms = crate::scratch::START_MS;
        let times = [-1, 0, 1, 3_600_000, 3_605_000, 3_609_500, 9_000_000].map(|after| first_ms + after);
        let sizes_at_time = times.map(|at_ms| (at_ms, reader.size_at_time(at_ms).unwrap())).to_vec();
        let vkey = reader.vkey().clone();
        let mut log = Log::open(folder.path(), held()).unwrap();
        let memory = log.memory("runs").unwrap().clone();
        Self { files: files.clone(), entries, payloads, proofs, roots, sizes_at_time, vkey, memory }
    }

    fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Asks everything of a log with these files, records on, puts back what was damaged, and asks again.
    pub(crate) fn judge(&self, damaged: &Files) -> Verdict {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        lay_out(damaged, root);
        let mut verdict = Verdict::default();
        verdict.guarded("reading", |verdict| self.read(root, verdict));
        verdict.guarded("verifying", |verdict| self.verify(root, damaged, verdict));
        verdict.guarded("publishing", |verdict| self.publish(root, damaged, verdict));
        lay_out(damaged, root);
        verdict.guarded("recording on", |verdict| self.record_on(root, damaged, verdict));
        verdict.guarded("after the repair", |verdict| self.repaired(root, damaged, verdict));
        verdict
    }

    /// All that a reader can be asked.
    fn read(&self, root: &Path, verdict: &mut Verdict) {
        let Some(mut reader) = verdict.asked("opening", Reader::open(root)) else { return };
        if reader.beyond().is_some() {
            // Who asks is told that there may be more; what is shown is a part of the truth.
            verdict.told = true;
            let shown = scanned(&reader).is_ok_and(|entries| self.entries.starts_with(&entries));
            verdict.same("the beginning of the log", &shown, &true);
            return;
        }
        let claim = reader.checkpoint().claim().clone();
        let proven = self.proofs[0].checkpoint().claim();
        if reader.size().0 != self.size() || claim != *proven {
            verdict.lies.push(format!("a reader shows size {} and root {}", reader.size(), claim.root));
            return;
        }
        verdict.same("the checkpoint's signature", &reader.checkpoint().verify(&self.vkey).is_ok(), &true);
        verdict.answer("the scan", scanned(&reader), &self.entries);
        for proof in &self.proofs {
            let what = format!("the proof of entry {}", proof.index());
            let proven = reader.prove(proof.index());
            let is_sound = |proof: &SignedEvent| proof.verify(&self.vkey).is_ok();
            verdict.same(format!("{what} verifies"), &proven.as_ref().ok().is_none_or(is_sound), &true);
            let said = proven.map(|proof| (proof.entry().to_vec(), proof.checkpoint().claim().clone()));
            verdict.answer(&what, said, &(proof.entry().to_vec(), proof.checkpoint().claim().clone()));
        }
        // Whoever reads a part of the log holds it to the root before.
        if verdict.asked("holding it to the root", reader.hold_to_root()).is_some() {
            self.read_parts(reader, verdict);
        }
    }

    /// Single entries, payloads, and the log as it was.
    fn read_parts(&self, mut reader: Reader, verdict: &mut Verdict) {
        for (entry, index) in self.entries.iter().zip((0..).map(LogIndex)) {
            verdict.answer(&format!("entry {index}"), reader.entry(index), entry);
        }
        for (index, payload, bytes) in &self.payloads {
            verdict.answer(&format!("a payload of entry {index}"), reader.payload(*index, *payload), bytes);
        }
        for (&size, known) in self.roots.iter().step_by(7) {
            verdict.answer(
                &format!("the root at {size}"),
                reader.root_of_commit(TreeSize(size)),
                &Some(*known),
            );
            let then = reader.back_to(TreeSize(size)).and_then(|then| scanned(&then));
            let known = self.entries[..usize::try_from(size).unwrap()].to_vec();
            verdict.answer(&format!("the log as it was at {size}"), then, &known);
        }
        for (at_ms, size) in &self.sizes_at_time {
            verdict.answer(&format!("the size at {at_ms}"), reader.size_at_time(*at_ms), size);
        }
    }

    /// Whatever of the evidence is not as it was has to be found.
    fn verify(&self, root: &Path, damaged: &Files, verdict: &mut Verdict) {
        let read_was_told = verdict.told;
        let Some(verified) = verdict.asked("verifying", all_signatures().run(root)) else { return };
        if !verified.is_sound() {
            let named: Vec<_> = verified.faults.iter().map(ToString::to_string).collect();
            named.iter().for_each(|fault| verdict.named("verifying", fault));
            return;
        }
        if verified.checkpoint.claim() != self.proofs[0].checkpoint().claim() {
            verdict.lies.push(format!("verify calls size {} sound", verified.size()));
        } else if read_was_told {
            verdict.lies.push("verify says sound where a reader was refused".to_owned());
        } else if evidence(&self.files, damaged) != evidence(&self.files, &self.files) {
            verdict.lies.push("verify says sound, and the evidence is another".to_owned());
        }
    }

    /// Only the checkpoint of the log is handed out, none below or beside one that was, and what was is kept.
    fn publish(&self, root: &Path, damaged: &Files, verdict: &mut Verdict) {
        let Ok(reader) = Reader::open(root) else { return };
        let published = match reader.publish() {
            Ok(checkpoint) => Some(checkpoint.claim().clone()),
            Err(error) => {
                verdict.named("publishing", &error.to_string());
                None
            }
        };
        let is_higher = |name: &&String| {
            let is_other = damaged[*name] != self.files.get(*name).map_or(&[][..], Vec::as_slice);
            name.ends_with(".checkpoint") && **name >= published_name(reader.size().0) && is_other
        };
        if let Some(claim) = published {
            // Where a reader was told that there may be more, the checkpoint is an earlier one of the same log.
            let is_newest = claim.size.0 == self.size() || reader.beyond().is_some();
            if !is_newest || self.roots.get(&claim.size.0) != Some(&claim.root) {
                verdict.lies.push(format!("size {} was handed out", claim.size));
            }
            if let Some(higher) = damaged.keys().filter(|name| name.starts_with("published/")).find(is_higher)
            {
                verdict.lies.push(format!("a checkpoint was handed out beside {higher}"));
            }
        }
        let after = read_folder(root);
        for (name, bytes) in damaged.iter().filter(|(name, _)| name.starts_with("published/")) {
            let is_kept = after.get(name) == Some(bytes);
            verdict.same(format!("{name} is kept"), &(is_kept || !name.ends_with(".checkpoint")), &true);
        }
    }

    /// A log that opens to write has all its entries and goes on; one that is refused is as it was.
    fn record_on(&self, root: &Path, damaged: &Files, verdict: &mut Verdict) {
        match Log::open(root, held()) {
            Err(error) => {
                if !matches!(error, OpenError::NoLog(_)) || is_a_log(damaged) {
                    verdict.named("opening to write", &error.to_string());
                }
                if without_lock(read_folder(root)) != without_lock(damaged.clone()) {
                    verdict.lies.push(format!("a log that was refused was changed: {error}"));
                }
            }
            Ok(log) => {
                verdict.recorded = Some(0);
                if let Some(kept) = log.mended().kept.clone().filter(|_| self.may_be_under_way(damaged)) {
                    verdict.told = true;
                    verdict.lies.extend(is_kept(&root.join(kept), damaged).err());
                    return;
                }
                if let Some(what) = stops_the_recorder(&self.files, damaged) {
                    verdict.lies.push(format!("the recorder went on, and {what}"));
                }
                self.go_on(log, verdict);
                if let Err(lie) = self.has_grown(root, verdict.recorded.unwrap_or(0)) {
                    verdict.told_or(lie);
                }
            }
        }
    }

    /// Whether a power cut can leave this: the watermark is behind by no more commits than may be on their way to the
    /// disk.
    fn may_be_under_way(&self, damaged: &Files) -> bool {
        let commit =
            |files: &Files| files.get("watermark").and_then(|bytes| newest(bytes)).map(|mark| mark.commit);
        commit(damaged)
            .zip(commit(&self.files))
            .is_some_and(|(then, now)| then < now && now - then <= UNDER_WAY_MAX)
    }

    /// Records what a source tells next, and an event.
    fn go_on(&self, mut log: Log, verdict: &mut Verdict) {
        match log.memory("runs") {
            Ok(memory) => {
                if *memory != self.memory {
                    verdict.lies.push(format!("a source remembers batch {}", memory.sequence));
                }
            }
            Err(error) => verdict.named("asking for a source's memory", &error.to_string()),
        }
        let mut acknowledged = 0;
        match log.append(events(RECORDED_ON, 2)) {
            Ok(_) => acknowledged += 2,
            Err(error) => verdict.named("appending", &error.to_string()),
        }
        match log.record(batch(self.memory.sequence, RECORDED_ON)) {
            Ok(_) => acknowledged += 1,
            Err(error) => verdict.named("recording a batch", &error.to_string()),
        }
        verdict.recorded = Some(acknowledged);
        if let Err(error) = log.close() {
            verdict.named("closing", &error.to_string());
        }
    }

    /// Everything is there and more has come, and the log is sound; or else it is told what is not.
    fn has_grown(&self, root: &Path, by: usize) -> Result<(), Lie> {
        let reader = Reader::open(root).map_err(|error| Lie::of_error(&error))?;
        let entries = scanned(&reader).map_err(|error| Lie::of_error(&error))?;
        let verified = all_signatures().run(root).map_err(|error| Lie::of_error(&error))?;
        if !entries.starts_with(&self.entries) {
            return Err(Lie::Silent(format!("recorded on, the log shows {} other entries", entries.len())));
        }
        let told = |entries: &[Vec<u8>]| entries.iter().filter(|entry| is_told(entry)).count();
        if told(&entries) < told(&self.entries) + by {
            return Err(Lie::Silent("recorded on, not all of it is there".to_owned()));
        }
        verified.faults.first().map_or(Ok(()), |fault| Err(Lie::Told(fault.to_string())))
    }

    /// What was damaged comes back from a backup, unless the recorder wrote the file since. A log that was refused,
    /// or not recorded on, is then the one that it was; one that was has everything.
    fn repaired(&self, root: &Path, damaged: &Files, verdict: &mut Verdict) {
        let now = read_folder(root);
        let is_damaged = |name: &String| damaged.get(name) != self.files.get(name);
        let names = self.files.keys().chain(damaged.keys()).filter(|name| is_damaged(name));
        let mut restored = now.clone();
        for name in names {
            if now.get(name) != damaged.get(name) {
                // The recorder has written it: what a backup has is older.
                return;
            }
            match self.files.get(name) {
                Some(bytes) => drop(restored.insert(name.clone(), bytes.clone())),
                None => drop(restored.remove(name)),
            }
        }
        lay_out(&restored, root);
        if verdict.recorded.is_none() {
            let mut after = Verdict::default();
            self.read(root, &mut after);
            self.verify(root, &restored, &mut after);
            if after.told || !after.lies.is_empty() {
                verdict.lies.push(format!("put back, the log is not what it was: {:?}", after.lies));
            }
            match Log::open(root, held()) {
                Ok(log) => self.go_on(log, verdict),
                Err(error) => verdict.lies.push(format!("put back, it does not open: {error}")),
            }
        }
        if let Err(lie) = self.has_grown(root, verdict.recorded.unwrap_or(0)) {
            verdict.lies.push(format!("put back and recorded on: {}", lie.text()));
        }
    }
}

/// What was cut lies in a file, to the byte.
fn is_kept(kept: &Path, damaged: &Files) -> Result<(), String> {
    let kept = std::fs::read(kept).map_err(|error| format!("{}: {error}", kept.display()))?;
    let last = segments(damaged).pop().map(|last| damaged[&last].as_slice()).unwrap_or_default();
    let end = last.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    if !kept.is_empty() && last[..end].ends_with(&kept) {
        Ok(())
    } else {
        Err("what was cut is not kept as it lay there".to_owned())
    }
}

/// Every entry, in order; one that stands at another index than where it comes counts as wrong.
pub(crate) fn scanned(reader: &Reader) -> Result<Vec<Vec<u8>>, ReadError> {
    let mut entries = Vec::new();
    let mut scan = reader.scan(LogIndex(0)..reader.size().next_index());
    while let Some(frame) = scan.next_frame()? {
        for (index, entry) in frame.entries() {
            let is_next = index.0 == entries.len() as u64;
            entries.push(if is_next { entry.to_vec() } else { Vec::new() });
        }
    }
    Ok(entries)
}

fn all_signatures() -> Verification {
    Verification { signatures: Signatures::All, threads: 1, ..Verification::default() }
}

/// Not one of the log's own.
fn is_told(entry: &[u8]) -> bool {
    Envelope::decode(entry).is_ok_and(|envelope| envelope.source != annals_log::LOG_SOURCE)
}

fn is_a_log(files: &Files) -> bool {
    files.contains_key("watermark") || !segments(files).is_empty()
}

fn without_lock(mut files: Files) -> Files {
    files.remove("LOCK");
    files
}
