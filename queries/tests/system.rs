//! The schema `system`, and what clients ask about tables.

use annals_log::{Batch, TreeSize};
use annals_queries::Limits;

use crate::scratch::{START_MS, STEP_MS, Scratch, ask, checklist, history_row, hotkeys, rows};

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    for batch in 0..60_u64 {
        scratch.tick();
        let row = format!(
            "{{\"noise\":\"{}\"}}",
            annals_log::Hash::of(&batch.to_be_bytes()).to_string().repeat(10)
        );
        let events = vec![history_row("a", batch, &row)];
        log.record(Batch { after: batch, cursor: format!("page {batch}\u{0}").into_bytes(), events })
            .unwrap();
    }
    log.close().unwrap();
    scratch
}

#[test]
fn segments_join_without_a_gap() {
    let scratch = scratch();
    let session = scratch.session();
    let segments =
        rows(&session, "SELECT file, first_index, first_index + entries, sealed FROM system.segments");
    assert!(segments.len() > 2, "{segments:?}");
    assert!(segments[0].starts_with("segments/00000000000000000000.seg|0|"), "{}", segments[0]);
    assert!(
        segments[0].ends_with("|true") && segments.last().unwrap().ends_with("|63|false"),
        "{segments:?}"
    );
    assert_eq!(rows(&session, "SELECT sum(entries) FROM system.segments"), ["63"]);
    let bytes = rows(&session, "SELECT bytes FROM system.segments WHERE sealed LIMIT 1");
    let file = scratch.root().join("segments/00000000000000000000.seg");
    assert_eq!(bytes, [std::fs::metadata(file).unwrap().len().to_string()]);
}

#[test]
fn times_lead_to_sizes_across_segments() {
    let scratch = scratch();
    let reader = scratch.reader();
    // Commit n of the sixty was recorded n minutes after the start, and is one entry.
    for minute in 1..60_u64 {
        let at_ms = START_MS + i64::try_from(minute).unwrap() * STEP_MS;
        assert_eq!(reader.size_at_time(at_ms).unwrap(), Some(TreeSize(minute + 2)), "{minute}");
        assert_eq!(reader.size_at_time(at_ms - 1).unwrap(), Some(TreeSize(minute + 1)), "{minute}");
        assert!(reader.is_signed_at(TreeSize(minute + 1)).unwrap());
    }
    assert_eq!(reader.size_at_time(START_MS - 1).unwrap(), None);
    assert_eq!(reader.size_at_time(i64::MAX).unwrap(), Some(reader.size()));
    assert!(!reader.is_signed_at(TreeSize(1)).unwrap());
    assert!(reader.is_signed_at(TreeSize(64)).is_err());
}

#[test]
fn sources_say_how_far_they_were_read() {
    let sources =
        rows(&scratch().session(), "SELECT source, entries, batches, cursor, log_index FROM system.sources");
    assert_eq!(sources, ["log|3|0||62", "wandb|60|60|page 59\0|61"]);
}

#[test]
fn checkpoints_are_those_handed_out_and_the_newest() {
    let scratch = scratch();
    let root = scratch.reader().checkpoint().claim().root;
    let shown = |scratch: &Scratch| rows(&scratch.session(), "SELECT * FROM system.checkpoints");
    assert_eq!(shown(&scratch), [format!("63|{root}|false")]);
    scratch.reader().publish().unwrap();
    assert_eq!(shown(&scratch), [format!("63|{root}|true")]);
    drop(annals_log::Log::open(&scratch.root(), scratch.options()).unwrap());
    assert_eq!(shown(&scratch)[0], format!("63|{root}|true"));
    assert!(shown(&scratch)[1].starts_with("64|"));
}

#[test]
fn projections_are_listed_with_their_versions() {
    let session = scratch().session_with(vec![hotkeys(), checklist()], Limits::default());
    let sql = "SELECT name, version, rows, position, keeps_history FROM system.projections";
    assert_eq!(rows(&session, sql), ["penalized_hotkeys|3|2|63|true", "penalized_checklist|1|2|63|false"]);
}

#[test]
fn every_table_is_listed_where_clients_look() {
    let session = scratch().session_with(vec![hotkeys(), checklist()], Limits::default());
    let sql = "SELECT table_schema || '.' || table_name FROM information_schema.tables \
               WHERE table_schema <> 'information_schema' ORDER BY 1";
    assert_eq!(
        rows(&session, sql),
        [
            "public.anomalies",
            "public.block_retractions",
            "public.blocks",
            "public.chain_events",
            "public.config_signatures",
            "public.coverage",
            "public.events",
            "public.extrinsics",
            "public.gpu_never_together",
            "public.metric_families",
            "public.penalized",
            "public.penalized_checklist",
            "public.penalized_hotkeys",
            "public.penalized_hotkeys_history",
            "public.pog_attempts",
            "public.recorded_blocks",
            "public.recorded_chain_events",
            "public.recorded_extrinsics",
            "public.samples",
            "public.scrape_refusals",
            "public.scrapes",
            "public.wandb_configs",
            "public.wandb_history",
            "public.wandb_polls",
            "system.checkpoints",
            "system.columns",
            "system.projections",
            "system.segments",
            "system.sources",
            "system.state_roots",
            "system.tables"
        ]
    );
    assert!(rows(&session, "SHOW TABLES").len() >= 20);
    assert_eq!(rows(&session, "DESCRIBE events").len(), 13);
    assert_eq!(rows(&session, "SHOW COLUMNS FROM events").len(), 13);
    assert!(ask(&session, "SELECT * FROM information_schema.routines").unwrap().row_count() > 100);
    let kind = "SELECT data_type FROM information_schema.columns WHERE table_name = 'events' AND column_name = 'recorded_at'";
    assert_eq!(rows(&session, kind), ["Timestamp(ms, \"UTC\")"]);
}

#[test]
fn every_table_can_be_read_whole() {
    let session = scratch().session_with(vec![hotkeys(), checklist()], Limits::default());
    let tables = "SELECT table_schema || '.' || table_name FROM information_schema.tables";
    for table in rows(&session, tables) {
        let answer = ask(&session, &format!("SELECT * FROM {table}")).unwrap();
        let counted = rows(&session, &format!("SELECT count(*) FROM {table}"));
        assert_eq!(counted, [answer.row_count().to_string()], "{table}");
        for batch in &answer.batches {
            assert_eq!(batch.schema().fields(), answer.schema.fields(), "{table}");
        }
    }
    assert_eq!(rows(&session, "SELECT recorded_at FROM events LIMIT 1"), ["2026-01-01T00:00:00Z"]);
}
