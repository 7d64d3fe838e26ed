//! What W&B and its files tell, and what was written there.

use annals_log::{
    Account, ConfigClaim, ConfigVerdict, Event, Evidence, Fact, FilePlace, Hash, ListedRun, PollOutcome,
    PollScope, RunIdSignature, SendOutcome, WandbConfigSigned, WandbFileDamage, WandbHistoryRow, WandbPoll,
    WandbPublished, WandbRun, WandbRunGone, WandbRunUnseen,
};

use crate::scratch::START_MS;

const PLACE: FilePlace = FilePlace { file_sha256: [1; 32], record: 300, chain_sha256: [2; 32] };

/// One of each kind, and of each form in which its evidence comes.
pub(super) fn events() -> Vec<Event> {
    let node = br#"{"name":"0djlnjjs","state":"running","createdAt":"2025-06-02T08:36:23","config":"{}"}"#;
    let list = [ListedRun { run_id: "0djlnjjs".into(), heartbeat_at: None, state: "running".into() }];
    let list = ListedRun::encode_list(&list);
    let row = WandbHistoryRow { step: Some(7), evidence: Evidence::File(PLACE) };
    let damage = WandbFileDamage { place: PLACE, what: "at byte 40000: a chunk of no known type".into() };
    let unseen = WandbRunUnseen { sweep_started_at_ms: START_MS - 250, sweep_finished_at_ms: START_MS };
    let gone = WandbRunGone { unseen_since_ms: START_MS };
    let poll = Event { native_id: String::new(), ..event("wandb", &poll(), &[&list, b"<html>"]) };
    let unread = WandbConfigSigned { hotkey: None, claim: None, verdict: ConfigVerdict::Malformed };
    let refused = published(SendOutcome::Refused("HTTP status 403".into()), None);
    let unknown = Some(SendOutcome::Unknown("the connection was lost".into()));
    let taken = published(SendOutcome::Accepted, unknown);
    vec![
        event("wandb", &run(), &[node]),
        poll,
        event("wandb_offline", &run_from_file(), &[b"record", b"{}"]),
        event("wandb_offline", &row, &[br#"{"_step":7}"#]),
        event("wandb_offline", &damage, &[]),
        event("wandb", &unseen, &[]),
        event("wandb", &gone, &[br#"{"data":{"project":{"run":null}}}"#]),
        event("wandb", &signed(), &[]),
        event("wandb", &unread, &[]),
        event("outward", &refused, &[b"{}"]),
        event("outward", &taken, &[b"{}", b"{\"_step\":7}\n"]),
    ]
}

fn event<F: Fact>(source: &str, fact: &F, attached: &[&[u8]]) -> Event {
    let attached = attached.iter().map(|bytes| bytes.to_vec().into()).collect();
    Event { attached, ..Event::new(source, "0djlnjjs", START_MS, fact) }
}

fn run() -> WandbRun {
    WandbRun {
        display_name: Some("validator-5F9K".into()),
        state: "running".into(),
        created_at: "2025-06-02T08:36:23".into(),
        heartbeat_at: Some("2025-06-21T23:44:07".into()),
        config_sha256: Some(Hash::of(b"{}").0),
        signature: RunIdSignature::Valid,
        evidence: Evidence::Answer,
    }
}

fn run_from_file() -> WandbRun {
    let evidence = Evidence::File(PLACE);
    WandbRun { heartbeat_at: None, signature: RunIdSignature::Absent, evidence, ..run() }
}

fn poll() -> WandbPoll {
    WandbPoll {
        scope: PollScope::Sweep,
        asked: r#"{"project":"opencompute"}"#.into(),
        started_at_ms: START_MS,
        finished_at_ms: START_MS + 250,
        pages: 2,
        outcome: PollOutcome::Failed("answer 2: HTTP status 502".into()),
        missing: vec!["gone".into()],
        unreadable: vec!["answer 1, run 3: the run has no name".into()],
    }
}

fn signed() -> WandbConfigSigned {
    let claim = ConfigClaim {
        origin: "annals.local/sn27/616e".into(),
        tree_size: 7,
        root: [3; 32],
        content_sha256: [4; 32],
    };
    WandbConfigSigned { hotkey: Some("5F9K".into()), claim: Some(claim), verdict: ConfigVerdict::Changed }
}

fn published(config: SendOutcome, rows: Option<SendOutcome>) -> WandbPublished {
    WandbPublished {
        server: "https://api.wandb.ai".into(),
        entity: "neuralinternet".into(),
        project: "opencompute".into(),
        hotkey: Account([11; 32]),
        keys: vec!["stats".into(), "signature".into()],
        config,
        rows,
        tree_size: 7,
        root: [3; 32],
    }
}
