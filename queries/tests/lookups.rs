//! Questions in the process that holds the log: its index finds entries, and the rows are those of a scan.

use std::sync::Arc;
use std::time::Duration;

use annals_log::{Event, Log};
use annals_queries::{Gate, Limits, Session};

use crate::facts::counted;
use crate::recorded_chain::block;
use crate::scratch::{Scratch, folded, history_row, rows};

/// Fewer frames than a thousand in all: of more a plan shows no exact count.
const RUNS: u64 = 20;
const STEPS: u64 = 20;

/// A log of many small commits, held, and its index at the end.
fn held(scratch: &Scratch) -> Log {
    let mut log = scratch.create();
    for step in 0..STEPS {
        for run in 0..RUNS {
            log.append(vec![history_row(&format!("run-{run}"), step, "{}")]).unwrap();
        }
        log.append(vec![block(step, 1)]).unwrap();
    }
    assert!(log.index().unwrap().catch_up(Duration::from_secs(60)), "the index follows");
    log
}

/// Sessions over the log as it is now: one that scans, and one that may look things up.
fn sessions(scratch: &Scratch, log: &Log) -> [Session; 2] {
    let (reader, gate) = (scratch.reader(), Gate::new(Limits::default()));
    let tables = Arc::new(folded(&reader));
    let lookups = log.index().unwrap().lookups();
    let scanning = Session::open(&reader, Arc::clone(&tables), &gate).unwrap();
    [scanning, Session::open_beside(lookups, &reader, tables, &gate).unwrap()]
}

#[test]
fn what_the_index_finds_is_what_a_scan_finds_and_few_frames_are_read() {
    let scratch = Scratch::new();
    let mut log = held(&scratch);
    // What is appended behind the index is scanned for.
    let late: Vec<Event> = (0..3).map(|step| history_row("run-7", STEPS + step, "{}")).collect();
    log.append(late).unwrap();
    let [scanning, looking] = sessions(&scratch, &log);
    for (sql, frames_max) in [
        ("SELECT * FROM wandb_history WHERE source = 'wandb' AND run_id = 'run-7'", 2 * STEPS),
        (
            "SELECT * FROM events WHERE source = 'wandb' AND native_id = 'run-3' AND log_index > 200",
            2 * STEPS,
        ),
        ("SELECT log_index, kind, body FROM events WHERE block_number = 5", 40),
        ("SELECT log_index FROM events WHERE kind = 'recorder_started'", 40),
        ("SELECT log_index FROM events WHERE kind = 'recorder_started' LIMIT 1", 40),
        ("SELECT log_index FROM events WHERE kind = 'no_such_kind'", RUNS * STEPS * 2),
        ("SELECT log_index FROM events WHERE source = 'elsewhere' AND native_id = 'run-7'", 40),
    ] {
        let found = rows(&looking, sql);
        assert_eq!(found, rows(&scanning, sql), "{sql}");
        assert_eq!(found.is_empty(), sql.contains("no_such_kind") || sql.contains("elsewhere"), "{sql}");
        let frames = counted(&looking, sql, "frames_read");
        assert!(frames <= frames_max, "{frames} frames for {sql}");
    }
    let all =
        counted(&scanning, "SELECT log_index FROM events WHERE kind = 'recorder_started'", "frames_read");
    assert!(all > RUNS * STEPS, "a scan reads every frame");
}

#[test]
fn once_the_log_was_let_go_of_questions_are_answered_by_scanning() {
    let scratch = Scratch::new();
    let log = held(&scratch);
    let [scanning, looking] = sessions(&scratch, &log);
    log.close().unwrap();
    let sql = "SELECT count(*) FROM events WHERE source = 'wandb' AND native_id = 'run-3'";
    assert_eq!(rows(&looking, sql), rows(&scanning, sql));
}
