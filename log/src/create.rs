//! Making a log: key, watermark, then the first segment with entry 0, in this order.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::commit::{Committer, Poison};
use crate::compose::Composer;
use crate::disk::{Disk, Readers, put_new_small};
use crate::event::{About, Event, LOG_SOURCE, LogOpened, RecorderStarted};
use crate::folder::{self, Folder};
use crate::hash::Hash;
use crate::hotkey::HotkeySigner;
use crate::last_segment::Mended;
use crate::lock::Lock;
use crate::log::Log;
use crate::open::Opening;
use crate::open_error::{OpenError, io_while};
use crate::options::Options;
use crate::place::{LogId, TreeSize};
use crate::stored_payloads::StoredPayloads;
use crate::tree::RightEdge;
use crate::vkey::NoteSigner;
use crate::watermark::{Slots, Watermark, WatermarkFile};

/// What entry 0 is to say, besides [`Options::hotkey`].
#[derive(Debug, Clone, Default)]
pub struct NewLog {
    /// First line of every checkpoint; `annals.local/sn<netuid>/<start of the log id>` when not given.
    pub origin: Option<String>,
    /// The genesis hash of the chain it will record, `0x` and hex; any when not given.
    pub genesis: Option<String>,
    /// The subnet.
    pub netuid: u16,
    /// For tests: a log whose bytes are the same each time. It says so in entry 0.
    pub fixture: Option<FixtureIdentity>,
    /// Told in the first commit, behind `recorder_started`: the log never exists without them.
    pub events: Vec<Event>,
}

/// What is random in any other log.
#[derive(Debug, Clone, Copy)]
pub struct FixtureIdentity {
    /// The log id.
    pub log_id: LogId,
    /// The seed of its Ed25519 key. Everybody may know it.
    pub seed: [u8; 32],
}

impl Log {
    /// Makes a log in `root`, which must be empty or not exist, and holds it. Its entries are then `log_opened`,
    /// `recorder_started` and [`NewLog::events`], in one commit.
    ///
    /// # Errors
    /// [`OpenError`]. After `Io` and `Append` the folder may hold a part of a log, which [`Log::open`] calls
    /// interrupted; remove it.
    pub fn create(root: &Path, new: NewLog, options: Options) -> Result<Self, OpenError> {
        if !options.clock.is_real() && new.fixture.is_none() {
            return Err(OpenError::NotAFixture);
        }
        let (log_id, seed) = identity(new.fixture).map_err(io_while("asking for randomness"))?;
        let origin = new.origin.unwrap_or_else(|| default_origin(new.netuid, log_id));
        let signer = NoteSigner::from_seed(&origin, seed).map_err(OpenError::Origin)?;
        let (netuid, fixture) = (new.netuid, new.fixture.is_some());
        let hotkey = options.hotkey.as_ref().map(|signer| signer.hotkey().to_string());
        let about = About { origin, hotkey, genesis: new.genesis, netuid, fixture };
        let opened = LogOpened::new(log_id, signer.vkey().to_string(), about);

        let (disk, folder) = (Arc::clone(&options.disk), Folder::new(root));
        make_folders(&*disk, &folder)?;
        let write = io_while("writing key and watermark");
        let key = signer.to_secret_text();
        // Of two who make a log here at once, one puts its key, which it then locks.
        match put_new_small(&*disk, &folder.join(folder::KEY_FILE), key.as_bytes(), Readers::Owner) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(OpenError::NotEmpty(root.to_owned()));
            }
            outcome => outcome.map_err(&write)?,
        }
        let mut lock = Lock::take(&*disk, &folder)?;
        lock.say(&folder, &options.recorder).map_err(io_while("saying in LOCK who records"))?;
        // Before the first segment: from here on a log without its watermark has lost it.
        WatermarkFile::create(&*disk, root, log_id).map_err(&write)?;
        let slots = Slots::read(&*disk, root)?;
        let watermark = WatermarkFile::open(&*disk, root, &slots).map_err(&write)?;
        watermark.watch(&mut lock, root).map_err(&write)?;
        let committer = Committer {
            disk: Arc::clone(&disk),
            log_id,
            durability: options.durability,
            segment_size: options.segment_size,
            active: None,
            segments: 0,
            watermark,
            mark: slots.mark(),
            unsynced_since: None,
            poison: Poison::default(),
            index: None,
            folder,
            lock,
        };
        let signers = (signer, options.hotkey.clone());
        let composer = first_composer(slots.mark(), signers, options.clock.now_ms());
        let started =
            RecorderStarted { recorder: options.recorder.clone(), adopted_entries: 0, cut_bytes: 0 };
        let mended = Mended::default();
        let opening = Opening { opened: opened.clone(), composer, committer, mended, scrub: None };
        let now_ms = options.clock.now_ms();
        let mut log = Self::start(root, options, opening);
        let mut events = vec![
            Event::new(LOG_SOURCE, &log_id.to_string(), now_ms, &opened),
            Event::new(LOG_SOURCE, "", now_ms, &started),
        ];
        events.extend(new.events);
        log.append(events)?;
        Ok(log)
    }
}

fn identity(fixture: Option<FixtureIdentity>) -> io::Result<(LogId, [u8; 32])> {
    if let Some(FixtureIdentity { log_id, seed }) = fixture {
        return Ok((log_id, seed));
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok((LogId::random()?, seed))
}

fn default_origin(netuid: u16, log_id: LogId) -> String {
    format!("annals.local/sn{netuid}/{}", &log_id.to_string()[..16])
}

fn first_composer(
    mark: Watermark,
    (signer, hotkey): (NoteSigner, Option<HotkeySigner>),
    now_ms: i64,
) -> Composer {
    assert_eq!((mark.size, mark.root), (TreeSize(0), Hash::of(&[])), "a new log is empty");
    Composer {
        log_id: mark.log_id,
        signer,
        hotkey,
        edge: RightEdge::empty(),
        commit: 1,
        recorded_at_ms: now_ms,
        stored: StoredPayloads::default(),
    }
}

fn make_folders(disk: &dyn Disk, folder: &Folder) -> Result<(), OpenError> {
    let make = io_while("making the log's folders");
    match disk.list(folder.root()) {
        Ok(names) if names.is_empty() => {}
        Ok(_) => return Err(OpenError::NotEmpty(folder.root().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(make(error)),
    }
    for (name, readers) in
        [("", Readers::Anyone), (folder::SEGMENTS, Readers::Anyone), (folder::PUBLISHED, Readers::Anyone)]
    {
        disk.create_folder(&folder.join(name), readers).map_err(&make)?;
    }
    disk.create_folder(&folder.join(folder::KEYS), Readers::Owner).map_err(&make)?;
    // The folder's own name lies in the one above.
    let above =
        folder.root().parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    disk.sync_folder(folder.root()).and_then(|()| disk.sync_folder(above)).map_err(&make)
}
