//! What is told of GPUs.

use annals_log::{
    Account, Event, GpuInventory, Hash, PogAttempt, PogAttestation, PogBeacon, PogBeaconKind, PogFigures,
    PogRoots, PogSize, PogTerms, PogTimes, PogVerdict, UpstreamTerms,
};

use crate::scratch::START_MS;

const WORKER: &str = "http://127.0.0.1:8086";

/// The roots of an attempt, one that passed, one that nobody answered, each protocol, and a GPU of which little is
/// told.
pub(super) fn events() -> Vec<Event> {
    let seed = Hash([9; 32]).to_string();
    let roots = PogRoots { worker: WORKER.into(), terms: terms(PogBeaconKind::Log) };
    let roots = Event::new("gpu", &seed, START_MS, &roots);
    let upstream = PogVerdict::Upstream {
        terms: UpstreamTerms { validator: None, miner: Some(Account([2; 32])), size: 14_624, gpus: 2 },
        outcome: "wrong_tile".into(),
        detail: Some("GPU 1".into()),
    };
    let event = |native_id: &str, fact: &PogAttempt, attached: &[&[u8]]| Event {
        attached: attached.iter().map(|bytes| bytes.to_vec().into()).collect(),
        ..Event::new("gpu", native_id, START_MS, fact)
    };
    let told = |uuid| {
        let told = inventory(uuid);
        Event::new("gpu", &GpuInventory::native_id(WORKER, &told.label), START_MS, &told)
    };
    vec![
        Event { attached: vec![b"roots".to_vec().into()], ..roots },
        event(&seed, &attempt(Some(WORKER), passed(), &["clock", "anchor"]), &[b"transcript"]),
        event(&seed, &attempt(Some(WORKER), silent(), &[]), &[]),
        event("evidence", &attempt(None, upstream, &["clock"]), &[b"{}"]),
        told(Some("GPU-7")),
        told(None),
    ]
}

fn beacon(kind: PogBeaconKind, number: u64) -> PogBeacon {
    PogBeacon { kind, number, hash: [number.to_le_bytes()[0]; 32] }
}

fn terms(kind: PogBeaconKind) -> PogTerms {
    PogTerms {
        netuid: 27,
        validator: Account([1; 32]),
        miner: Account([2; 32]),
        gpu: "GPU-7".into(),
        beacon: beacon(kind, 12),
        size: PogSize {
            size: 128,
            rounds: 4,
            kept_rounds: 2,
            sweeps: 3,
            round_openings: 8,
            sweep_openings: 9,
            rounds_ms_max: 1_000,
            sweeps_ms_max: 2_000,
        },
    }
}

fn attempt(worker: Option<&str>, verdict: PogVerdict, unchecked: &[&str]) -> PogAttempt {
    PogAttempt {
        worker: worker.map(str::to_owned),
        verdict,
        unchecked: unchecked.iter().map(|&name| name.to_owned()).collect(),
        verifier: "annals 0.1.0".into(),
        reported: worker.map(|_| r#"{"prover":"cpu"}"#.into()),
        attestation: worker
            .map(|_| PogAttestation { verdict: "verified".into(), certificate_serial: Some("3db1".into()) }),
    }
}

fn passed() -> PogVerdict {
    let times = PogTimes {
        challenge_sent_ns: 1_000_000_001,
        rounds_received_ns: 1_100_000_002,
        sweep_sent_ns: 1_100_000_003,
        sweeps_received_ns: 1_200_000_004,
        open_sent_ns: 1_300_000_005,
        openings_received_ns: 1_400_000_006,
        round_trip_min_ns: 7,
        round_trip_median_ns: 8,
    };
    let figures = PogFigures {
        version: 1,
        int8_ops_per_second: 4_518_167,
        resident_bytes: 0,
        bytes_per_second: u64::MAX,
    };
    PogVerdict::Own {
        terms: terms(PogBeaconKind::Log),
        outcome: "passed".into(),
        detail: None,
        open_beacon: Some(beacon(PogBeaconKind::Log, 13)),
        times: Some(times),
        figures: Some(figures),
    }
}

fn silent() -> PogVerdict {
    PogVerdict::Own {
        terms: terms(PogBeaconKind::Chain),
        outcome: "timeout".into(),
        detail: Some("no roots within 1 s".into()),
        open_beacon: None,
        times: None,
        figures: None,
    }
}

fn inventory(uuid: Option<&str>) -> GpuInventory {
    GpuInventory {
        hotkey: Account([2; 32]),
        worker: WORKER.into(),
        label: uuid.unwrap_or("cpu").into(),
        name: uuid.map(|_| "NVIDIA H200".into()),
        uuid: uuid.map(str::to_owned),
        serial: uuid.map(|_| "1650924012345".into()),
        pci: uuid.map(|_| "00000000:18:00.0".into()),
        memory_bytes: uuid.map(|_| 150_754_820_096),
        driver: uuid.map(|_| "570.86.15".into()),
        confidential: uuid.map(|_| "off".into()),
        told: r#"{"mig":false}"#.into(),
    }
}
