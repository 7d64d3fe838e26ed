//! Filters that leave out entries: the same rows as without them, of fewer entries.

use annals_log::{ChainBlock, ChainCall, Event, EventPhase, PollOutcome, PollScope, ToldExtrinsic};
use annals_queries::Session;

use crate::facts::counted;
use crate::recorded_chain::{block_of, call, event, extrinsic, fact};
use crate::scratch::{START_MS, STEP_MS, Scratch, history_row, plan, poll, rows};

/// Texts of which each is in some blocks, and all of which are somewhere in the log.
const PALLETS: [&str; 4] = ["Balances", "SubtensorModule", "System", "%_\\"];

/// Twelve commits a minute apart, of rows of history, polls and blocks.
fn scratch(rng: &mut fastrand::Rng) -> Scratch {
    let commits = (0..12).map(|_| (0..rng.usize(1..9)).map(|_| any_event(rng)).collect());
    Scratch::with(commits.collect())
}

fn any_event(rng: &mut fastrand::Rng) -> Event {
    match rng.usize(..4) {
        0 => poll(PollScope::Recent, PollOutcome::Complete),
        1 => history_row(["a", "b", "ab"][rng.usize(..3)], rng.u64(..9), "{}"),
        2 => Event { source: "other".into(), ..history_row("a", rng.u64(..9), "{}") },
        _ => any_block(rng),
    }
}

fn any_block(rng: &mut fastrand::Rng) -> Event {
    let number = rng.u64(1..6);
    let pallet = || PALLETS[rng.usize(..PALLETS.len())].to_owned();
    let pallets: Vec<String> = std::iter::repeat_with(pallet).take(4).collect();
    let events = (0..).zip(&pallets[..2]).map(|(index, pallet)| annals_log::ChainEvent {
        pallet: pallet.clone(),
        // Long enough that some bodies lie beside their entry.
        fields: format!("{{\"of\":\"{}\"}}", pallet.repeat(rng.usize(..2) * 2000)),
        ..event(index, EventPhase::Finalization)
    });
    let events = events.collect();
    let called = ToldExtrinsic::Call(ChainCall { pallet: pallets[2].clone(), ..call() });
    let undecoded = ToldExtrinsic::Undecoded(format!("{} bytes are left", pallets[3]));
    let extrinsics = vec![extrinsic(0, called), extrinsic(1, undecoded)];
    block_of(number, rng.u8(..4), &ChainBlock { events, extrinsics, ..fact(number) })
}

/// A condition on a column that each of these tables has, or that only chain tables have.
fn condition(rng: &mut fastrand::Rng, is_chain: bool) -> String {
    let operator = ["=", "<", "<=", ">", ">=", "<>"][rng.usize(..6)];
    let index = rng.i64(-1..70);
    let time = |rng: &mut fastrand::Rng| {
        let ms = START_MS + STEP_MS * rng.i64(-1..14) + rng.i64(-1..2);
        format!("arrow_cast({ms}, 'Timestamp(ms, \"UTC\")')")
    };
    let pallet = PALLETS[rng.usize(..PALLETS.len())];
    match rng.usize(..if is_chain { 9 } else { 5 }) {
        0 => format!("log_index {operator} {index}"),
        1 => format!("log_index IN ({index}, {}, {}, {})", rng.u64(..70), rng.u64(..70), rng.u64(..70)),
        2 if !is_chain => format!("recorded_at {operator} {}", time(rng)),
        3 if !is_chain => format!("recorded_at BETWEEN {} AND {}", time(rng), time(rng)),
        4 if !is_chain => {
            let column = ["native_id", "kind", "source"][rng.usize(..3)];
            let values = ["a", "b", "wandb", "other", "wandb_poll", "chain_block", "wandb_history_row"];
            let value = |rng: &mut fastrand::Rng| values[rng.usize(..values.len())];
            match rng.usize(..3) {
                0 => format!("{column} = '{}'", value(rng)),
                1 => format!("{column} <> '{}'", value(rng)),
                _ => format!("{column} IN ('{}', '{}', '{}', 'x')", value(rng), value(rng), value(rng)),
            }
        }
        2 | 3 => format!("block_number {operator} {}", rng.u64(..7)),
        4 => format!("block_number IN ({}, {}, {}, 9)", rng.u64(..7), rng.u64(..7), rng.u64(..7)),
        5 => format!("pallet = '{pallet}'"),
        6 => format!("pallet LIKE '%{}%'", &pallet[..rng.usize(..3)]),
        7 => format!("pallet NOT LIKE '{pallet}'"),
        _ => format!("pallet IS NULL OR pallet IN ('{pallet}', 'x', 'y', 'z')"),
    }
}

fn filter(rng: &mut fastrand::Rng, is_chain: bool, depth: usize) -> String {
    if depth == 0 || rng.usize(..3) == 0 {
        return condition(rng, is_chain);
    }
    let joined = ["AND", "AND", "OR"][rng.usize(..3)];
    format!("({}) {joined} ({})", filter(rng, is_chain, depth - 1), filter(rng, is_chain, depth - 1))
}

/// What DataFusion makes of the filter alone: it hands on none with dice in it.
fn unpushed(filter: &str) -> String {
    format!("({filter}) OR random() < 0")
}

#[test]
fn any_filter_gives_the_rows_that_it_gives_without_help() {
    let seed = std::env::var("ANNALS_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("ANNALS_SEED={seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    for _ in 0..4 {
        let session = scratch(&mut rng).session();
        for _ in 0..60 {
            let is_chain = rng.bool();
            let tables: &[&str] = if is_chain {
                &["recorded_chain_events", "recorded_extrinsics", "chain_events", "extrinsics"]
            } else {
                &["events"]
            };
            let table = tables[rng.usize(..tables.len())];
            let filter = filter(&mut rng, is_chain, 2);
            let of = |filter: &str| rows(&session, &format!("SELECT * FROM {table} WHERE {filter}"));
            assert_eq!(of(&filter), of(&unpushed(&filter)), "{table}: {filter}");
        }
    }
}

/// A row a commit: entry n was recorded n - 1 minutes after the start.
fn minutes() -> Scratch {
    Scratch::with(
        (0..30).map(|step| vec![history_row(["a", "b", "c"][step % 3], step as u64, "{}")]).collect(),
    )
}

fn seen(session: &Session, filter: &str) -> (Vec<String>, u64) {
    let sql = format!("SELECT log_index FROM events WHERE {filter}");
    (rows(session, &sql), counted(session, &sql, "entries_seen"))
}

#[test]
fn a_range_of_times_is_one_of_entries() {
    let session = minutes().session();
    let filter = "recorded_at >= '2026-01-01T00:05:00Z' AND recorded_at < '2026-01-01T00:08:00Z'";
    let plan = plan(&session, &format!("SELECT log_index FROM events WHERE {filter}"));
    let pushed = "recorded_at=2026-01-01T00:05:00Z..=2026-01-01T00:07:59.999Z";
    assert!(plan.contains(pushed) && !plan.contains("FilterExec"), "{plan}");
    assert_eq!(seen(&session, filter), (vec!["6".into(), "7".into(), "8".into()], 3));
    assert_eq!(seen(&session, "recorded_at = '2026-01-01T00:05:00Z'"), (vec!["6".into()], 1));
    assert_eq!(seen(&session, "recorded_at <= '2025-12-31'"), (Vec::new(), 0));
    assert_eq!(seen(&session, "recorded_at > '2027-01-01'"), (Vec::new(), 0));
    // Before entry 0 and after the last nothing was recorded: that is the whole log.
    assert_eq!(seen(&session, "recorded_at BETWEEN '2025-01-01' AND '2027-01-01'").1, 33);
}

#[test]
fn times_are_compared_in_the_steps_of_the_log() {
    let session = minutes().session();
    let at = |ns: i64| {
        format!("arrow_cast({}, 'Timestamp(ns, \"UTC\")')", (START_MS + 5 * STEP_MS) * 1_000_000 + ns)
    };
    for ns in [0, 1, -1] {
        for op in ["<", "<=", ">", ">=", "="] {
            let filter = format!("recorded_at {op} {}", at(ns));
            let sql = |filter: &str| format!("SELECT log_index FROM events WHERE {filter}");
            assert_eq!(rows(&session, &sql(&filter)), rows(&session, &sql(&unpushed(&filter))), "{filter}");
        }
    }
    let ago = plan(&session, "SELECT log_index FROM events WHERE recorded_at > now() - interval '1 hour'");
    assert!(ago.contains("recorded_at=2") && !ago.contains("FilterExec"), "{ago}");
}

#[test]
fn a_native_id_leaves_out_the_entries_of_all_others() {
    let session = minutes().session();
    let plan = plan(&session, "SELECT step FROM wandb_history WHERE run_id = 'b'");
    assert!(plan.contains("native_id=b") && !plan.contains("FilterExec"), "{plan}");
    assert_eq!(seen(&session, "native_id = 'b'").1, 10);
    assert_eq!(seen(&session, "native_id IN ('a', 'b', 'x', 'y')").1, 20);
    assert_eq!(seen(&session, "native_id = 'b' OR kind = 'recorder_started'").1, 33);
    assert_eq!(rows(&session, "SELECT 1 FROM events WHERE native_id = 'a' AND native_id = 'b'"), [""; 0]);
}

#[test]
fn a_list_of_indexes_is_read_from_its_first_to_its_last() {
    let session = minutes().session();
    let (rows, seen) = seen(&session, "log_index IN (12, 3, 7, 4)");
    assert_eq!((rows.join(" "), seen), ("3 4 7 12".into(), 10));
}

#[test]
fn a_text_that_is_not_in_a_body_leaves_the_block_unread() {
    let mut rng = fastrand::Rng::with_seed(1);
    let blocks = (0..8).map(|_| any_block(&mut rng)).collect();
    let session = Scratch::with(vec![blocks]).session();
    let of = |filter: &str, what: &str| {
        counted(&session, &format!("SELECT event FROM recorded_chain_events WHERE {filter}"), what)
    };
    assert_eq!(of("pallet = 'Nobody'", "bodies_left_out"), 8);
    assert_eq!(of("fields LIKE '%no such text%'", "bodies_left_out"), 8);
    let with = rows(
        &session,
        "SELECT count(DISTINCT log_index) FROM recorded_chain_events WHERE pallet = 'Balances'",
    );
    let left_out = of("pallet = 'Balances'", "bodies_left_out");
    assert!(left_out > 0 && left_out <= 8 - with[0].parse::<u64>().unwrap(), "{left_out} of 8, {with:?}");
    // Looked at twice, read once.
    let payloads = of("true", "payloads_read");
    assert_eq!(of("event LIKE '%Served'", "payloads_read"), payloads);
    let plan = plan(
        &session,
        "SELECT 1 FROM recorded_chain_events WHERE pallet = 'Balances' AND event LIKE 'Pro%_d'",
    );
    assert!(plan.contains(r#"in_body="Balances", in_body="Pro""#) && plan.contains("FilterExec"), "{plan}");
    let escaped =
        crate::scratch::plan(&session, r"SELECT 1 FROM recorded_chain_events WHERE event LIKE '%a\%b%'");
    assert!(!escaped.contains("in_body"), "{escaped}");
}
