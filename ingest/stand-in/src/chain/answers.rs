//! The recorded answers of a chain, by the questions that they answer.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use annals_ingest::sources::Chain;
use annals_ingest::{Cassette, CassetteError, Exchange, Outcome, Source as _};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::watch;

use super::server::{Head, ServedChain};

/// A chain, as far as it was recorded.
pub struct RecordedChain {
    /// Answers by method and parameters.
    answers: BTreeMap<(String, String), String>,
    /// What runtimes tell of themselves, by spec version and by the question without its block: it is the same after
    /// every block.
    runtimes: BTreeMap<(u64, String), String>,
    /// Values of the state, `null` included, by block hash and key.
    values: BTreeMap<(String, String), String>,
    /// Recorded blocks by height; of two at the same height the one recorded last.
    blocks: BTreeMap<u64, Head>,
    head: watch::Sender<Head>,
    /// Height of the head.
    height: Mutex<u64>,
}

/// Why a recording holds no chain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// A cassette cannot be read.
    #[error(transparent)]
    Cassette(#[from] CassetteError),
    /// No block was recorded.
    #[error("no block was recorded in it: it is no cassette of a chain")]
    NoBlock,
}

impl RecordedChain {
    /// Reads all that cassettes tell of a chain. Its head is the last block.
    ///
    /// # Errors
    /// [`RecordingError`].
    pub fn read<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<Self, RecordingError> {
        let mut exchanges = Vec::new();
        for path in paths {
            let mut cassette = Cassette::open(path)?;
            while let Some(raw) = cassette.next_fetch()? {
                if raw.source == Chain::NAME {
                    exchanges.extend(raw.exchanges);
                }
            }
        }
        Self::of(exchanges).ok_or(RecordingError::NoBlock)
    }

    /// Takes the chain from its answers; `None` when no block is among them.
    pub fn of(exchanges: Vec<Exchange>) -> Option<Self> {
        let (mut answers, mut values, mut headers) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut hashes = BTreeMap::new();
        for Exchange { request, outcome, .. } in exchanges {
            let Outcome::Answer(answer) = outcome else { continue };
            let Ok(answer) = String::from_utf8(answer.body) else { continue };
            let params: Vec<Value> = serde_json::from_str(&request.body).unwrap_or_default();
            let texts: Vec<&str> = params.iter().filter_map(Value::as_str).collect();
            match (request.method.as_str(), texts.as_slice()) {
                ("state_queryStorageAt", [at]) => values.extend(values_in(&answer, at)),
                ("state_getStorage", [key, at]) => {
                    values.insert(((*at).to_owned(), (*key).to_owned()), answer);
                    continue;
                }
                ("chain_getBlock", [hash]) => {
                    headers.extend(header_in(&answer).map(|header| ((*hash).to_owned(), header)));
                }
                ("chain_getBlockHash", _) => {
                    let height = params.first().and_then(Value::as_u64);
                    let hash = serde_json::from_str::<Option<String>>(&answer).ok().flatten();
                    hashes.extend(height.zip(hash));
                }
                _ => {}
            }
            answers.insert((request.method, request.body), answer);
        }
        let head_of = |(height, hash): (u64, String)| {
            let header = headers.get(&hash)?.clone();
            Some((height, Head { hash, header }))
        };
        let blocks: BTreeMap<u64, Head> = hashes.into_iter().filter_map(head_of).collect();
        let (&height, last) = blocks.last_key_value()?;
        let head = watch::Sender::new(last.clone());
        let told = answers.iter().filter_map(|((method, params), answer)| {
            let (at, question) = runtime_question(method, &serde_json::from_str::<Vec<Value>>(params).ok()?)?;
            Some(((spec_version(&answers, &at)?, question), answer.clone()))
        });
        let runtimes = told.collect();
        Some(Self { answers, runtimes, values, blocks, head, height: Mutex::new(height) })
    }

    /// Returns the heights of the recorded blocks, the lowest first.
    pub fn heights(&self) -> impl Iterator<Item = u64> + '_ {
        self.blocks.keys().copied()
    }

    /// Moves the head to this block. Nothing above it is told.
    ///
    /// # Panics
    /// If the block was not recorded.
    pub fn set_head(&self, height: u64) {
        *self.height.lock().expect("nobody panics while it is held") = height;
        self.head.send_replace(self.blocks[&height].clone());
    }

    fn values(&self, params: &str) -> Result<String, String> {
        let (keys, at): (Vec<String>, String) =
            serde_json::from_str(params).map_err(|error| error.to_string())?;
        let value = |key: &String| {
            let value = self.values.get(&(at.clone(), key.clone())).ok_or_else(|| not_recorded(params))?;
            Ok(format!("[\"{key}\",{value}]"))
        };
        let changes: Vec<String> = keys.iter().map(value).collect::<Result<_, String>>()?;
        Ok(format!("[{{\"block\":\"{at}\",\"changes\":[{}]}}]", changes.join(",")))
    }
}

impl ServedChain for RecordedChain {
    fn answer(&self, method: &str, params: &str) -> Result<String, String> {
        let texts: Vec<Value> = serde_json::from_str(params).map_err(|error| error.to_string())?;
        let text = |place: usize| texts.get(place).and_then(Value::as_str).unwrap_or_default().to_owned();
        match method {
            "state_queryStorageAt" => return self.values(params),
            "state_getStorage" => {
                let value = self.values.get(&(text(1), text(0)));
                return value.cloned().ok_or_else(|| not_recorded(params));
            }
            "chain_getHeader" => {
                let block = self.blocks.values().find(|block| block.hash == text(0));
                return Ok(block.map_or_else(|| "null".to_owned(), |block| block.header.clone()));
            }
            "chain_getBlockHash" => {
                let height = texts.first().and_then(Value::as_u64).unwrap_or_default();
                if height > *self.height.lock().expect("nobody panics while it is held") {
                    return Ok("null".to_owned());
                }
            }
            _ => {}
        }
        let of_runtime = || {
            let (at, question) = runtime_question(method, &texts)?;
            self.runtimes.get(&(spec_version(&self.answers, &at)?, question))
        };
        let params = Value::from(texts.clone());
        let answer = self.answers.get(&(method.to_owned(), params.to_string())).or_else(of_runtime);
        answer.cloned().ok_or_else(|| not_recorded(&format!("{method} {params}")))
    }

    fn head(&self) -> watch::Receiver<Head> {
        self.head.subscribe()
    }
}

fn not_recorded(what: &str) -> String {
    let what: String = what.chars().take(300).collect();
    format!("nobody recorded the answer to {what}")
}

/// Returns the block after which metadata is asked for, and the question without it; `None` of any other question.
fn runtime_question(method: &str, params: &[Value]) -> Option<(String, String)> {
    let (at, rest) = params.split_last()?;
    let asks = match (method, rest) {
        ("state_getMetadata", []) => true,
        ("state_call", [call, ..]) => call.as_str()?.starts_with("Metadata_"),
        _ => false,
    };
    asks.then_some((at.as_str()?.to_owned(), format!("{method} {}", Value::from(rest))))
}

/// Returns the spec version of the runtime in force after a block.
fn spec_version(answers: &BTreeMap<(String, String), String>, at: &str) -> Option<u64> {
    let question = ("state_getRuntimeVersion".to_owned(), format!("[\"{at}\"]"));
    let version: Value = serde_json::from_str(answers.get(&question)?).ok()?;
    version.get("specVersion")?.as_u64()
}

fn header_in(block: &str) -> Option<String> {
    let block: BTreeMap<String, Box<RawValue>> = serde_json::from_str(block).ok()?;
    let block: BTreeMap<String, Box<RawValue>> = serde_json::from_str(block.get("block")?.get()).ok()?;
    Some(block.get("header")?.get().to_owned())
}

fn values_in(answer: &str, at: &str) -> Vec<((String, String), String)> {
    #[derive(serde::Deserialize)]
    struct Changes {
        changes: Vec<(String, Option<String>)>,
    }
    let sets: Vec<Changes> = serde_json::from_str(answer).unwrap_or_default();
    let changes = sets.into_iter().flat_map(|set| set.changes);
    let text =
        |value: Option<String>| value.map_or_else(|| "null".to_owned(), |value| format!("\"{value}\""));
    changes.map(|(key, value)| ((at.to_owned(), key), text(value))).collect()
}
