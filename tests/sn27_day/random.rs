//! Numbers and times of the day: the same on every machine, for ever.

use chrono::DateTime;

/// 2026-03-14, 00:00 UTC, in milliseconds since 1970.
pub(super) const MIDNIGHT_MS: i64 = 1_773_446_400_000;
pub(super) const SECOND_MS: i64 = 1000;
pub(super) const MINUTE_MS: i64 = 60 * SECOND_MS;
pub(super) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(super) const DAY_MS: i64 = 24 * HOUR_MS;

/// A moment of the day.
pub(super) const fn at(hour: i64, minute: i64) -> i64 {
    MIDNIGHT_MS + hour * HOUR_MS + minute * MINUTE_MS
}

/// What chance is asked of a thing. The numbers are in every byte of the cassette.
#[derive(Clone, Copy)]
#[repr(u64)]
pub(super) enum Question {
    // Of a miner: its machine,
    GpuName = 1,
    GpuCount = 2,
    Cores = 20,
    DiskSize = 21,
    RamSize = 22,
    CpuFrequency = 23,
    GraphicsSpeed = 24,
    GpuMemorySpeed = 25,
    // and what it finds anew each time it looks.
    DiskUsed = 100,
    RamTaken = 200,
    DiskWriteSpeed = 300,
    DiskReadSpeed = 400,
    RamReadSpeed = 500,
    RamWriteSpeed = 600,
    /// Whether it is rented out when the day begins, by whom, and by another one, too.
    IsRented = 50,
    RentedBy = 51,
    IsRentedTwice = 52,
    /// Of a miner that stopped before the day began.
    StoppedAt = 90,
    StoppedHow = 91,
    /// Of a validator and a miner.
    HasRow = 30,
    Measured = 40,
    /// Of a publication: whether a rental ends or begins, and where the search for a free miner does.
    Churn = 60,
    ChurnFrom = 61,
    /// Of a run.
    RunId = 3,
    CreatedAt = 70,
    Heartbeat = 80,
    /// Of a half hour: who tells its specs anew.
    TellsSpecs = 95,
}

/// A number that depends on thing and question, and on nothing else.
pub(super) fn chance(thing: usize, question: Question) -> u64 {
    drawn(thing, question as u64)
}

/// One below `bound`.
pub(super) fn below(bound: u64, thing: usize, question: Question) -> u64 {
    chance(thing, question) % bound
}

/// The same, another one each time: `time` is below 100.
pub(super) fn below_anew(bound: u64, thing: usize, question: Question, time: u64) -> u64 {
    drawn(thing, question as u64 + time) % bound
}

/// `SplitMix64`.
fn drawn(thing: usize, question: u64) -> u64 {
    let mut state =
        (thing as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ question.wrapping_mul(0xd1b5_4a32_d192_ed03);
    for _ in 0..2 {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^= state >> 31;
    }
    state
}

/// As W&B writes a time: `2026-03-14T05:12:33Z`.
pub(super) fn wandb_time(ms: i64) -> String {
    written(ms, "%FT%TZ")
}

/// As `SQLite`'s `CURRENT_TIMESTAMP`: `2026-03-14 05:12:33`.
pub(super) fn sqlite_time(ms: i64) -> String {
    written(ms, "%F %T")
}

fn written(ms: i64, form: &str) -> String {
    DateTime::from_timestamp_millis(ms).unwrap().format(form).to_string()
}

#[test]
fn times_are_written_as_their_writers_do() {
    assert_eq!(wandb_time(MIDNIGHT_MS), "2026-03-14T00:00:00Z");
    assert_eq!(sqlite_time(at(24, 0) - 1), "2026-03-14 23:59:59");
}
