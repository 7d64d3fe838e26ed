//! The state of a run as its file tells it, record by record.

use annals_log::json::{Object, Text};
use annals_log::{
    Event, Evidence, Fact, FilePlace, Hash, Payload, RunIdSignature, SourceMemory, WandbFileDamage,
    WandbHistoryRow, WandbRun,
};
use chrono::{DateTime, SecondsFormat};
use prost::Message as _;

use super::error::WandbFileError;
use super::framing::RECORD_BYTES_MAX;
use super::items;
use super::name::NAME;
use super::record::{Config, History, Record, Run, Timestamp, Told};
use crate::raw::{Exchange, Outcome};
use crate::source::{NAME_BYTES_MAX, display_name, shortened};
use crate::sources::wandb::{read_config, verdict};
use crate::sources::wandb_history::observed_at_ms;

/// So much damage is told of before the file names its run.
const EARLY_DAMAGE_MAX: usize = 100;
/// Of one record, so many reasons are told.
const REASONS_MAX: usize = 3;

/// A fold over the records of one file.
#[derive(Debug, Default)]
pub struct RunFile {
    /// Read so far.
    records: u64,
    chain: [u8; 32],
    run: Option<State>,
    /// Met before the file named its run: the record's number, the chain after it, what is wrong.
    early: Vec<(u64, [u8; 32], String)>,
}

/// What is known of the run after the records read so far.
#[derive(Debug)]
struct State {
    run_id: String,
    /// What the file is told from others by: the chain after the record that named the run.
    file_sha256: [u8; 32],
    display_name: String,
    /// As a server writes times; empty when the file has none.
    created_at: String,
    state: &'static str,
    /// In the form in which a server stores it: each top-level value wrapped, as the member `value` of an object.
    config: Object,
    /// Of the state told last.
    told: Option<Hash>,
}

/// What is wrong with one record.
#[derive(Debug, Default)]
struct Reasons {
    first: Vec<String>,
    count: usize,
}

impl RunFile {
    /// Takes a record, and gives the events that it makes unless the log has them: they belong together.
    ///
    /// # Errors
    /// `Changed`.
    pub(super) fn take(
        &mut self,
        exchange: &Exchange,
        memory: &SourceMemory,
    ) -> Result<Vec<Event>, WandbFileError> {
        self.count(exchange);
        let record = read(exchange);
        if let (None, Ok(Some(Told::Run(run)))) = (&self.run, &record)
            && is_name(&run.run_id)
        {
            self.run = Some(State::of(run.run_id.clone(), self.chain));
        }
        let Some(run) = &mut self.run else {
            let early = record.err().filter(|_| self.early.len() < EARLY_DAMAGE_MAX);
            self.early.extend(early.map(|what| (self.records, self.chain, what)));
            return Ok(Vec::new());
        };
        let at = |record, chain_sha256| FilePlace { file_sha256: run.file_sha256, record, chain_sha256 };
        let place = at(self.records, self.chain);
        let early = self.early.drain(..);
        let mut told: Vec<_> =
            early.map(|(record, chain, what)| damage(at(record, chain), &what, None)).collect();
        let body = exchange.outcome.body();
        match record {
            Ok(record) => told.extend(run.take(record, body.unwrap_or_default(), place)),
            Err(what) => told.push(damage(place, &what, body)),
        }
        let known = memory.known(&place.file_key()).copied().unwrap_or_default();
        if known.position == Some(place.record) && known.digest != Some(Hash(place.chain_sha256)) {
            return Err(WandbFileError::Changed { run_id: run.run_id.clone(), records: place.record });
        }
        if known.position >= Some(place.record) {
            return Ok(Vec::new());
        }
        let fetched_at_ms = exchange.fetched_at_ms;
        let whole = |event| Event { native_id: run.run_id.clone(), fetched_at_ms, ..event };
        // States of one file are alike; the last one in the log stands nearest.
        Ok(told.into_iter().map(|event| whole(event).resembling(known.payload)).collect())
    }

    /// # Errors
    /// `NoRun`.
    pub(super) fn end(&self) -> Result<(), WandbFileError> {
        if self.run.is_some() { Ok(()) } else { Err(WandbFileError::NoRun { records: self.records }) }
    }

    fn count(&mut self, exchange: &Exchange) {
        let digest = Hash::of(match &exchange.outcome {
            Outcome::Answer(answer) => &answer.body,
            Outcome::Failed(what) => what.as_bytes(),
        });
        self.records += 1;
        self.chain = Hash::of(&[self.chain, digest.0].concat()).0;
    }
}

impl Reasons {
    fn add(&mut self, what: String) {
        self.count += 1;
        if self.first.len() < REASONS_MAX {
            self.first.push(what);
        }
    }

    fn told(self) -> Option<String> {
        let more = self.count - self.first.len();
        let first = self.first.join("; ");
        match (self.count, more) {
            (0, _) => None,
            (_, 0) => Some(first),
            _ => Some(format!("{first}; and {more} more")),
        }
    }
}

fn read(exchange: &Exchange) -> Result<Option<Told>, String> {
    match &exchange.outcome {
        Outcome::Answer(answer) => match Record::decode(answer.body.as_slice()) {
            Ok(record) => Ok(record.told),
            Err(error) => Err(error.to_string()),
        },
        Outcome::Failed(what) => Err(what.clone()),
    }
}

impl State {
    fn of(run_id: String, file_sha256: [u8; 32]) -> Self {
        Self {
            run_id,
            file_sha256,
            display_name: String::new(),
            created_at: String::new(),
            state: "running",
            config: Object::default(),
            told: None,
        }
    }

    /// The events of a record: what is wrong with it, and what it tells.
    fn take(&mut self, record: Option<Told>, bytes: &[u8], place: FilePlace) -> Vec<Event> {
        let mut wrong = Reasons::default();
        let event = match record {
            Some(Told::Run(run)) => {
                self.begin(run, &mut wrong);
                self.tell(bytes, place, &mut wrong)
            }
            Some(Told::Config(config)) => {
                self.update(&config, &mut wrong);
                self.tell(bytes, place, &mut wrong)
            }
            Some(Told::Exit(exit)) => {
                self.state = if exit.exit_code == 0 { "finished" } else { "failed" };
                self.tell(bytes, place, &mut wrong)
            }
            Some(Told::History(history)) => row_of(&history, place, &mut wrong),
            None => None,
        };
        let wrong = wrong.told().map(|what| damage(place, &what, Some(bytes)));
        wrong.into_iter().chain(event).collect()
    }

    /// What a record tells of the run as such, for the first time or again.
    fn begin(&mut self, run: Run, wrong: &mut Reasons) {
        if run.run_id != self.run_id {
            return wrong.add("it names another run than the records before it, or none".to_owned());
        }
        self.display_name = display_name(&run.display_name);
        self.created_at = match run.start_time.map(|time| iso(&time)) {
            Some(Some(time)) => time,
            Some(None) => {
                wrong.add("its start time is none".to_owned());
                String::new()
            }
            None => String::new(),
        };
        self.update(&run.config.unwrap_or_default(), wrong);
    }

    fn update(&mut self, config: &Config, wrong: &mut Reasons) {
        let stored = |mut path: Vec<String>| {
            path.insert(1, "value".to_owned());
            path
        };
        for item in &config.update {
            match items::read(item) {
                Ok((path, value)) => items::set(&mut self.config, &stored(path), value),
                Err(what) => wrong.add(what),
            }
        }
        for item in &config.remove {
            match items::read_path(item) {
                Ok(path) if path.len() == 1 => items::remove(&mut self.config, &path),
                Ok(path) => items::remove(&mut self.config, &stored(path)),
                Err(what) => wrong.add(what),
            }
        }
    }

    /// The present state, if it is another than the one told last.
    fn tell(&mut self, record: &[u8], place: FilePlace, wrong: &mut Reasons) -> Option<Event> {
        let text = self.config.to_json();
        if text.len() > RECORD_BYTES_MAX {
            wrong
                .add(format!("the config has {} bytes, at most {RECORD_BYTES_MAX} are recorded", text.len()));
            return None;
        }
        let text = Text::from(text);
        let payload = Payload::new(text.as_bytes().to_vec());
        let mut run = WandbRun {
            display_name: Some(self.display_name.clone()).filter(|name| !name.is_empty()),
            state: self.state.to_owned(),
            created_at: self.created_at.clone(),
            heartbeat_at: None,
            config_sha256: Some(payload.digest().0),
            signature: RunIdSignature::Absent,
            evidence: Evidence::File(place),
        };
        let digest = Some(run.state_digest());
        if self.told == digest {
            return None;
        }
        self.told = digest;
        run.signature = verdict(&Text::from(self.run_id.as_str()), &read_config(Some(&text)));
        Some(event(&run, vec![Payload::new(record.to_vec()), payload]))
    }
}

fn is_name(run_id: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&run_id.len())
}

/// Whose it is, and when it was read, is filled in when it is handed out.
fn event<F: Fact>(fact: &F, attached: Vec<Payload>) -> Event {
    Event { attached, ..Event::new(NAME, "", 0, fact) }
}

fn damage(place: FilePlace, what: &str, bytes: Option<&[u8]>) -> Event {
    let attached = bytes.map(|bytes| Payload::new(bytes.to_vec())).into_iter().collect();
    event(&WandbFileDamage { place, what: shortened(what) }, attached)
}

fn row_of(history: &History, place: FilePlace, wrong: &mut Reasons) -> Option<Event> {
    let mut row = Object::default();
    for item in &history.item {
        match items::read(item) {
            Ok((path, value)) => items::set(&mut row, &path, value),
            Err(what) => wrong.add(what),
        }
    }
    let text = row.to_json();
    if text.len() > RECORD_BYTES_MAX {
        wrong.add(format!("the row has {} bytes, at most {RECORD_BYTES_MAX} are recorded", text.len()));
        return None;
    }
    let step = history.step.as_ref().and_then(|step| u64::try_from(step.num).ok());
    let told = WandbHistoryRow { step, evidence: Evidence::File(place) };
    let attached = vec![Payload::new(text.into_bytes())];
    Some(Event { observed_at_ms: observed_at_ms(&row), ..event(&told, attached) })
}

/// As a server writes times, `None` when it is none.
fn iso(time: &Timestamp) -> Option<String> {
    let time = DateTime::from_timestamp(time.seconds, u32::try_from(time.nanos).ok()?)?;
    Some(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}
