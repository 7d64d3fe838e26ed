//! The gate: what sessions share.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use annals_queries::{Gate, Limits, QueryError};

use crate::scratch::{Scratch, ask, history_row, in_runtime};

/// More rows than anybody takes here.
const ENDLESS: &str = "SELECT value FROM generate_series(1, 1000000000000)";

fn scratch() -> Scratch {
    Scratch::with(vec![vec![history_row("a", 1, "{}")]])
}

#[test]
fn two_sessions_of_a_gate_share_its_memory() {
    let scratch = scratch();
    let gate = Gate::new(Limits { memory_bytes: 16 << 20, ..Limits::default() });
    let (one, other) = (scratch.session_of(&gate, Vec::new()), scratch.session_of(&gate, Vec::new()));
    let apart = scratch.session_with(Vec::new(), *gate.limits());
    let sorted = "SELECT value FROM generate_series(1, 1000000) ORDER BY -value";
    in_runtime(async {
        let mut held = one.stream(sorted).await.unwrap();
        held.next().await.unwrap().unwrap();
        assert!(gate.reserved_bytes() > 4 << 20, "{}", gate.reserved_bytes());
        let refused = other.query(sorted).await.unwrap_err();
        assert!(matches!(refused, QueryError::Memory { .. }), "{refused}");
        assert_eq!(apart.stream(sorted).await.unwrap().next().await.unwrap().unwrap().num_rows(), 8192);
        drop(held);
        while gate.reserved_bytes() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(other.stream(sorted).await.unwrap().next().await.unwrap().is_some());
    });
}

#[test]
fn two_sessions_of_a_gate_share_its_places() {
    let scratch = scratch();
    let gate = Gate::new(Limits { places: 1, ..Limits::default() });
    let (one, other) = (scratch.session_of(&gate, Vec::new()), scratch.session_of(&gate, Vec::new()));
    in_runtime(async {
        let mut held = one.stream(ENDLESS).await.unwrap();
        held.next().await.unwrap().unwrap();
        assert_eq!(gate.free_places(), 0);
        let mut waiting = pin!(other.query("SELECT count(*) FROM events"));
        let is_pending = poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_pending())).await;
        assert!(is_pending, "it has no place");
        drop(held);
        assert_eq!(waiting.await.unwrap().row_count(), 1);
    });
}

#[test]
fn a_place_is_free_again_whatever_becomes_of_a_query() {
    let scratch = scratch();
    let gate = Gate::new(Limits { places: 1, ..Limits::default() });
    let session = scratch.session_of(&gate, Vec::new());
    for sql in
        ["SELECT", "SELECT * FROM nowhere", "SELECT 1 / (value - 3) FROM generate_series(1, 5)", "SELECT 1"]
    {
        let _ = ask(&session, sql);
        assert_eq!(gate.free_places(), 1, "{sql}");
    }
}
